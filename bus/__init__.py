"""The ground floor: what may happen to a request, the log that keeps it, and the one loop that works on it.

Begin with `events.py`, then `client.py` and `worker.py`; the server itself is in `jetstream/`. Products
are listed in `products.py`, and nothing else of the core knows one. Imports no sibling.
"""
