"""NATS JetStream: everything that talks to the server, or runs it, and how events look on the wire.

Begin with `publish.py` (writing once) and `direct_get.py` (reading); `follow.py` joins both for those that watch.
Imports events and settings; everything else uses `bus.client`.
"""
