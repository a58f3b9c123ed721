"""What belongs to the product "roast" and is needed on both sides of the log: its events, policy, personas, evidence.

Begin with `product.py`, as which it is registered, and `events.py`; `policy.py` is what may be said about people.
"""
