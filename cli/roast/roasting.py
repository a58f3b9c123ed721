"""`heckler roast`: photos in, roasts out, on a terminal as it happens."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from bus.roast.events import Roast
from cli.connect.api_client import Client, InQueue, Problem
from cli.roast.progress import Progress, describe, picture
from cli.terminal.output import say

CHARACTERS_PER_S = 120
"""How fast words appear on a terminal: fast enough to keep up with a reader."""
_FRAME_S = 0.04


class Roasting:
    """Roasts photos one after the other. Words and documents go to `out`, everything else to `err`."""

    def __init__(self, client: Client, options: Mapping[str, str], out: Console, err: Console) -> None:
        self._client = client
        self._options = options
        self._out = out
        self._err = err

    def run(self, photos: Sequence[Path], as_json: bool) -> int:
        """How many of the photos got no roast; each of those has had its reason said."""
        failures = 0
        for photo in photos:
            try:
                document = self._roast(photo, quiet=as_json)
            except Problem as problem:
                failures += 1
                self._complain(photo, problem)
                continue
            if as_json:
                print(json.dumps(document, ensure_ascii=False, indent=2 if len(photos) == 1 else None), flush=True)
            if reason := _why_not_done(document):
                failures += 1
                self._complain(photo, reason)
            elif not as_json:
                self._print(photo, document, alone=len(photos) == 1)
        return failures

    def _roast(self, photo: Path, quiet: bool) -> dict[str, Any]:
        id = self._client.submit(photo, self._options, lambda problem: self._wait(photo, problem))
        if quiet:
            for _ in self._client.follow(id):
                pass
        elif self._err.is_interactive:
            self._watch(photo, id)
        else:
            self._log(photo, id)
        return self._client.document(id)

    def _wait(self, photo: Path, problem: Problem) -> None:
        say(self._err, f"{photo.name}: {problem.detail} It is sent again in {problem.retry_after} s.", "dim")

    def _log(self, photo: Path, id: str) -> None:
        """A line for each event; of the place in the line once, not whenever it moves on."""
        placed = False
        for event in self._client.follow(id):
            words = None if placed and isinstance(event, InQueue) else describe(event)
            placed = placed or isinstance(event, InQueue)
            if words:
                say(self._err, f"{photo.name}: {words}")

    def _watch(self, photo: Path, id: str) -> None:
        progress, shown = Progress(photo.name), 0
        with Live(picture(progress), console=self._err, transient=self._out.is_terminal, auto_refresh=True) as live:
            for event in self._client.follow(id):
                progress.take(event)
                live.update(picture(progress, shown))
                while shown < len(progress.text):
                    shown += max(1, int(CHARACTERS_PER_S * _FRAME_S))
                    live.update(picture(progress, shown), refresh=True)
                    time.sleep(_FRAME_S)
                if isinstance(event, Roast):
                    break

    def _print(self, photo: Path, document: Mapping[str, Any], alone: bool) -> None:
        roast = document["roast"]
        if not alone or self._out.is_terminal:
            self._out.print(photo.name, style="bold", markup=False, highlight=False)
        self._out.print(roast["text"], markup=False, highlight=False, soft_wrap=not self._out.is_terminal)
        total_s = (document["timings"].get("total_ms") or 0) / 1000
        self._err.print(f"— {roast['persona']}, by the {roast['writer']} writer, in {total_s:.1f} s", style="dim")
        if roast.get("note"):
            self._err.print(roast["note"], style="dim", markup=False)
        for missing in document["missing"]:
            self._err.print(f"without {missing['analyzer']}: {missing['reason']}", style="dim", markup=False)
        if not alone:
            self._out.print()

    def _complain(self, photo: Path, problem: Problem) -> None:
        say(self._err, f"{photo}: {problem.detail}", "red")
        if problem.hint:
            say(self._err, f"  {problem.hint}")


def _why_not_done(document: Mapping[str, Any]) -> Problem | None:
    match document["status"]:
        case "done":
            return None
        case "cancelled":
            return Problem("cancelled", "somebody cancelled it", "Send it again.")
        case _:
            failed = document.get("failed") or {}
            return Problem(
                str(failed.get("code", "unknown")), str(failed.get("detail", "it failed")), str(failed.get("hint", ""))
            )
