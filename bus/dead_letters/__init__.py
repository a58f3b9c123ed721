"""Messages that could not be handled: how they are set aside, and how they come back.

Begin with `letter.py`, what is stored; `send.py` stores it. The command is `cli.dead_letters`.
"""
