"""Analyzers of where a photo was taken and what is in it: places, things, lettering, background, the file itself.

Begin with `objects.py`; `facts.py` is the smallest analyzer there is.
"""
