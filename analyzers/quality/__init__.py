"""Analyzers of the picture itself: sharpness, light, colours, composition, how pleasing it is.

Begin with `quality.py`. They look at the whole photo and need no other finding.
"""
