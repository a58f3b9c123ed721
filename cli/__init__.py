"""The `heckler` command: everything on one machine, supervised, and the small tools around it."""

import time

STARTED = time.monotonic()
"""When this process began to load the command: what a user waits for includes the imports."""
