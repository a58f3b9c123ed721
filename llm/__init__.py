"""Turns cues into words.

Begin with `service.py`, then `brief.py` (what a writer is told) and `writers/`. Imports the bus and no sibling.
"""
