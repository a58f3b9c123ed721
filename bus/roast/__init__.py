"""What belongs to the product "roast" and is needed on both sides of the log: policy, personas, evidence.

Begin with `policy.py`: what may be said about people.
"""
