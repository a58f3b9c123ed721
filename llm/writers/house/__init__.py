"""The writer that needs no language model: jokes that people wrote, chosen by cues.

Begin with `writer.py`; the jokes are in `jokes/`.
"""
