"""`heckler replay`: a request shown again, run again, compared, exported and imported.

Begin with `command.py`, then `actions.py`.
"""
