"""What the product "roast" does when a join is complete: cues, that is, what is worth a joke, each with its evidence.

Begin with `cues.py`, which asks every rule in turn; `findings_view.py` is what a rule sees of a photo. Imports the bus
and nothing of the join.
"""
