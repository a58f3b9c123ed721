"""The `heckler` command: everything on one machine, supervised, and the tools around it, a folder for each command.

Begin with `main.py`, where every command is listed. Imports everything; nothing imports it.
"""

import time

STARTED = time.monotonic()
"""When this process began to load the command: what a user waits for includes the imports."""
