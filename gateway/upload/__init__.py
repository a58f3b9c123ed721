"""From the bytes of an upload to a plain photo: multipart, URLs, decoding in processes of its own.

Begin with `multipart.py`, then `decoder.py` and, in the other process, `decode.py`.
"""
