"""What the gateway adds for each product: its document, and what it checks of its options besides their model.

Begin with `registry.py`, which lists them.
"""
