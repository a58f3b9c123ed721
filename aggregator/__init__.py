"""Joins what the analyzers found; what a product makes of it is in a folder of its own.

Begin with `join.py`, which decides when a request is complete, then `service.py`. Imports the bus and no sibling.
"""
