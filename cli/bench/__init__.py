"""`heckler bench`: how much this machine can do, and what holds it up.

Begin with `command.py`, then `measurement.py`; `verdict.py` says what the numbers mean.
"""
