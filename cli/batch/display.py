"""What a batch says while it runs: a live picture on a terminal; elsewhere a line for each thing that went wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live

from cli.batch.progress import Tally, in_words, picture
from cli.batch.results import Result
from cli.terminal.output import counted, fold, say

NOTE_AGAIN_S = 60.0
"""The same note is not repeated within so many seconds."""


class Show:
    """Counts results and says them. With `print_rows`, roasts go to `out`: as JSON Lines, or as text to read."""

    def __init__(self, tally: Tally, out: Console, err: Console, print_rows: bool, as_json: bool) -> None:
        self.tally = tally
        self._out, self._err = out, err
        self._print_rows, self._as_json = print_rows, as_json
        self._remark = ""
        self._noted: dict[str, float] = {}

    @contextmanager
    def live(self) -> Iterator[None]:
        """Shows the progress meanwhile, if somebody is there to see it."""
        if not self._err.is_interactive:
            yield
            return
        if self._out.is_terminal:  # the same one: what another console prints would run into the picture
            self._out = self._err
        with Live(
            get_renderable=self._picture, console=self._err, refresh_per_second=4, transient=True,
            redirect_stdout=False,  # what is printed is somebody's file, or has been turned to this console already
        ):  # fmt: skip
            yield

    def _picture(self) -> RenderableType:
        return picture(self.tally, time.monotonic(), self._remark)

    def tell(self, result: Result) -> None:
        """One result more."""
        trouble = (result.code or "", result.hint or "") if result.code else None
        self.tally.tells(result.status, trouble, time.monotonic())
        self._remark = ""
        if result.code:
            say(self._err, f"{result.path}: {result.detail}", "red")
        if not self._print_rows:
            return
        if self._as_json:
            say(self._out, result.model_dump_json())
        elif result.status == "copy":
            say(self._out, f"{result.path}: the same photo as {result.copy_of}\n")
        elif result.text:
            say(self._out, result.path)
            fold(self._out, f"{result.text}\n")

    def note(self, text: str) -> None:
        """Something that holds things up, or will be missing."""
        now = time.monotonic()
        self._remark = text
        if now - self._noted.get(text, float("-inf")) > NOTE_AGAIN_S:
            self._noted[text] = now
            say(self._err, text, "yellow")

    def answered(self, text: str) -> None:
        """What `text` was noted about holds nothing up any more."""
        if self._remark == text:
            self._remark = ""
        self._noted.pop(text, None)

    def summary(self) -> dict[str, Any]:
        """What became of the photos of this run, for scripts."""
        counts, took = self.tally.counts, time.monotonic() - self.tally.began
        why = [{"code": code, "hint": hint, "photos": n} for (code, hint), n in self.tally.trouble.most_common()]
        told = {name: counts[name] for name in ("done", "copy", "failed", "bad")}
        return {**told, "before": self.tally.before, "seconds": round(took, 3), "failures": why}

    def conclude(self, rest: str) -> None:
        """The last words: how many, how fast, what failed and why; `rest` says how to go on, if anything is left."""
        if self._as_json and not self._print_rows:
            print(json.dumps(self.summary()))
        found = self.summary()
        words = {"failed": "without a roast", "bad": "not readable", "before": "told before"}
        copies = [counted(found["copy"], "copy", "copies")] if found["copy"] else []
        others = [f"{found[key]} {word}" for key, word in words.items() if found[key]]
        parts = [f"{found['done']} roasted", *copies, *others]
        speed = f", {found['done'] / found['seconds']:.1f} photos/s" if found["done"] and found["seconds"] else ""
        say(self._err, f"{', '.join(parts)}, in {in_words(found['seconds'])}{speed}", "bold")
        for each in found["failures"]:
            fold(self._err, f"  {each['photos']} × {each['code']}: {each['hint']}", hang=4)
        if rest:
            say(self._err, rest)
