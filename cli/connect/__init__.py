"""How a command finds what runs: the file that `heckler up` leaves, the HTTP API, the log.

Begin with `run_file.py`.
"""
