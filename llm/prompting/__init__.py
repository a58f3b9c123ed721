"""The messages to a language model, and what of its answer may be shown.

Begin with `prompt.py`; `answer_parser.py` and `guard.py` read what comes back.
"""
