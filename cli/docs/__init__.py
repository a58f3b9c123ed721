"""The pages of `docs/` that are made from the code: commands, settings, analyzers.

Begin with `command.py`.
"""
