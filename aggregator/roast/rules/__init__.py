"""One module for each kind of observation: findings in, cues out.

Begin with `objects.py`. A new rule is a function over `aggregator.roast.findings_view` and one line in
`aggregator.roast.cues`. Rules import neither each other's cues nor the log.
"""
