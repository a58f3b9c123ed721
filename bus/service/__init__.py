"""What every process of Heckler does besides its work: it tells that it is there, hears of cancellations, and ends.

Begin with `presence.py`; `bus.lifecycle` puts it together.
"""
