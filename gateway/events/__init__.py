"""A request's events for a browser: live, again, and how many photos come before it.

Begin with `sse.py`.
"""
