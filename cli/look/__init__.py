"""`heckler look` and `heckler analyzers`: one photo looked at without a server, and the list of the analyzers.

Begin with `command.py`.
"""
