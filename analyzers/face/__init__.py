"""Analyzers of faces: where they are, their mesh, expression, emotion, and what is estimated from them.

Begin with `faces.py`, whose boxes the others need. Aligning and cropping is in `analyzers.inference`.
"""
