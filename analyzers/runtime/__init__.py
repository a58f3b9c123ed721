"""How analyzers are run: the pool of loaded ones, what works when, caches, processes of their own, fetching weights.

Begin with `worker_pool.py`; `analyzers.service` puts it together. Knows the log, and of an analyzer no more than
`analyzers.base` says.
"""
