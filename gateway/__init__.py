"""Photos come in by HTTP, events go out as a stream. The gateway keeps no state of its own.

Begin with `app.py`, then `intake.py` (a photo becomes a request)
`routes/` and `products/`, which is what it adds for each product. Imports the bus and no sibling.
"""
