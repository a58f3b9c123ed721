"""What the house has said lately, so that a folder of photos does not get the same jokes, nor two photos the same line.

Nothing of a photo is kept: lines as numbers, and the places of the house's own templates.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from typing import Any

CAPACITY = 20_000
"""Lines remembered: some four thousand roasts."""

LATELY = 24
"""Roasts for which a thing that was said counts as said lately: about what one evening can bear."""

NEVER = 1_000_000_000
"""The age, in roasts, of what was never said."""

_TIMES = 8
"""How often a thing's telling is remembered: what a roast that is told again must look back to."""


class Memory:
    """Which photo got which line. A photo may have its own lines again: the same request gives the same roast."""

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


class Diary:
    """When each thing (a frame, an opening, a tag …) was said, counted in roasts.

    A roast that is asked for again gets its old place in the diary, and sees only what stood before it; so the same
    request is told in the same words, whatever was told after it.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._pages: OrderedDict[int, int] = OrderedDict()
        self._written = 0
        self._said: OrderedDict[str, list[int]] = OrderedDict()

    def page(self, roast: int, photo: str = "") -> Page:
        """The place of the roast over `photo` that has this number (its brief's): a new one, or the one that it had."""
        if roast not in self._pages:
            self._written += 1
            self._pages[roast] = self._written
            _trim(self._pages, self._capacity)
        return Page(self, self._pages[roast], photo)

    def age(self, thing: str, page: int) -> int:
        """How many roasts before `page` `thing` was last said; NEVER when it was not."""
        times = self._said.get(thing, [])
        before = bisect_left(times, page)
        return page - times[before - 1] if before else NEVER

    def note(self, thing: str, page: int) -> None:
        """Notes that `thing` is said on `page`."""
        times = self._said.setdefault(thing, [])
        if page not in times:
            insort(times, page)
            del times[:-_TIMES]
        self._said.move_to_end(thing)
        _trim(self._said, self._capacity)


class Page:
    """One roast's view of the diary."""

    def __init__(self, diary: Diary, number: int, photo: str) -> None:
        self._diary, self._number, self._photo = diary, number, photo

    def age(self, thing: str) -> int:
        """How many roasts ago `thing` was last said in another one; NEVER when it was not."""
        return self._diary.age(thing, self._number)

    def is_fresh(self, thing: str) -> bool:
        """Whether `thing` was not said lately."""
        return self.age(thing) > LATELY

    def is_told_here(self, thing: str) -> bool:
        """Whether another roast of the same photo had `thing`, in whatever voice."""
        return self.age(self._here(thing)) < NEVER

    def note(self, thing: str) -> None:
        """Notes that `thing` is said in this roast."""
        self._diary.note(thing, self._number)

    def note_here(self, thing: str) -> None:
        """Notes that `thing` is said over this photo."""
        self._diary.note(self._here(thing), self._number)

    def _here(self, thing: str) -> str:
        return f"{self._photo}: {thing}"


def _trim(entries: OrderedDict[Any, Any], capacity: int) -> None:
    if len(entries) > capacity:
        entries.popitem(last=False)
