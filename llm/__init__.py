"""Turns cues into words.

Begin with `service.py`, then `brief.py` (what a writer gets) and `writers/`. Imports the bus and no sibling.
"""
