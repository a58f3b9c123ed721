"""`heckler watch`: the whole pipeline live in a terminal.

Begin with `command.py`; `collector.py` collects, `view.py` draws.
"""
