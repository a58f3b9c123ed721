"""Deleted means deleted: overwriting a request in the server's files, and photos that no request is about.

Begin with `overwrite.py` (decision 0026).
"""
