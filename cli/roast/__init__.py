"""`heckler roast`: photos sent to what runs, and their roasts in the terminal.

Begin with `roasting.py`.
"""
