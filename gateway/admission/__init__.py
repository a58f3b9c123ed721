"""Whether another photo can be finished in time, before any work goes into it.

Begin with `admission.py`; `forecast.py` is the arithmetic. (Decision 0029.)
"""
