"""`heckler look` and `heckler analyzers`: one photo looked at without a server, and the list of those who can.

Begin with `command.py`.
"""
