"""`heckler models` and `heckler train`: weights fetched, converted, listed, trained.

Begin with `command.py`; the files themselves are `analyzers.weights`.
"""
