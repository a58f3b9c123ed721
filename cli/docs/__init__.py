"""The pages of the documentation that are made from the code: commands, settings, analyzers.

Begin with `command.py`.
"""
