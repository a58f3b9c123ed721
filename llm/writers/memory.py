"""What the house has said lately: no line is told over two photos while anybody may still remember it."""

from __future__ import annotations

from collections import OrderedDict

CAPACITY = 20_000
"""Lines remembered: some four thousand roasts."""


class Memory:
    """Who got which line. A photo may have its own lines again: the same request gives the same roast."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._owners: OrderedDict[int, str] = OrderedDict()

    def claim(self, line: str, photo: str) -> bool:
        """Whether `line` may be told over `photo`; if so, it is this photo's from now on."""
        key = hash(line)
        owner = self._owners.setdefault(key, photo)
        if owner != photo:
            return False
        self._owners.move_to_end(key)
        if len(self._owners) > self._capacity:
            self._owners.popitem(last=False)
        return True
