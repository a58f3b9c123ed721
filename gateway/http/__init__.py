"""What holds for every connection and every answer: limits, headers, origins, errors.

Begin with `problems.py`: every error that the API may answer with.
"""
