"""`heckler eval`: writers compared over the same photos, by numbers and by people.

Begin with `command.py`, then `evaluation.py`.
"""
