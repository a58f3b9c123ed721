"""`heckler doctor`: what is missing, and what to do about it.

Begin with `doctor.py`; `findings.py` is how an answer looks.
"""
