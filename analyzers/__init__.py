"""The analyzers: each looks at a photo in its own way and knows nothing of the others. The folder is the group.

Begin with `base.py`, what an analyzer is, and `roster.py`, which there are; `service.py` runs them. Imports the bus and
no sibling.
"""
