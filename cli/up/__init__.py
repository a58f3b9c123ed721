"""`heckler up` and `heckler work`: every process of Heckler started, kept running, and stopped in order.

Begin with `up.py`, then `startup_plan.py` (what is started) and `supervisor.py` (how it is kept).
"""
