"""Logs, metrics and traces, and what must not get into them.

Begin with `logs.py`. Imports no other part of the bus but its settings, and events to leave secrets out of them.
"""
