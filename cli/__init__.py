"""The `heckler` command: everything on one machine, supervised, and the small tools around it."""
