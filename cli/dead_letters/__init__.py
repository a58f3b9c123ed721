"""`heckler dead`: what failed for good, and sending it back.

Begin with `command.py`; the letters themselves are `bus.dead_letters`.
"""
