"""What each address does: thin, the work is done in the modules beside this folder.

Begin with `create.py`.
"""
