"""Analyzers of people from the neck down: posture, gestures, build, clothes, and what must not be joked about.

Begin with `pose.py`; `fashion.py` and `body_type.py` need its findings. Shared networks are in `analyzers.inference`.
"""
