"""Analyzers of what a face lets people guess: kept for the details, never for a joke.

Begin with `skin_tone.py`. Age, gender and attractiveness stand with the faces that they are read from,
in `analyzers.face`.
"""
