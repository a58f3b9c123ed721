"""`heckler batch`: a folder of photos in one run that can be killed and resumed.

Begin with `command.py`, then `run.py` and `engine.py`.
"""
