"""Writers that ask a language model, on this machine or by an API.

Begin with `writer.py`; `openai.py` and `mlx.py` are the two ways to ask.
"""
