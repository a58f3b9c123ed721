"""Measurements, each comparing two things in one run. `make bench` runs them all.

Begin with `pipeline.py`; `chaos.py` is the one that breaks things. No part of the product imports this.
"""
