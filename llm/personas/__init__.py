"""The personas: one TOML file each.

Begin with any of them; `loader.py` reads them.
"""
