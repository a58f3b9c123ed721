"""How good roasts are, in numbers.

Begin with `scoring.py`; `heckler eval` uses it.
"""
