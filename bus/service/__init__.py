"""What every process of Heckler does besides its work: it registers, receives cancellations, and ends in order.

Begin with `presence.py`; `bus.lifecycle` puts it together.
"""
