"""An evaluation from end to end: roasts written, measured, kept in a folder, shown, and voted on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from bus.settings import Settings
from cli.eval.evaluation import CannotJudge, Plan, out_of, run
from cli.eval.page import page, pairs
from cli.eval.vote_server import Ballot, serve, tally
from llm.quality.evaluation import Case, Sample, Scores, score

_samples = TypeAdapter(tuple[Sample, ...])


def judge(
    settings: Settings, plan: Plan, photos: tuple[Sequence[Case], Path], folder: Path | None
) -> dict[str, Scores]:
    """Each writer's scores over the photos (their cases, and where they lie); a page in `folder`, when one is given.

    Raises CannotJudge, OSError.
    """
    cases, source = photos
    samples = run(settings, plan, cases)
    if not samples:
        raise CannotJudge("There is nothing to write: name at least one writer, and one heat.")
    scores = {name: score([s for s in samples if s.writer == name], cases) for name in plan.writers}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        shown, kept, _ = out_of(folder)
        shown.write_text(page(cases, samples, scores, source), "utf-8")
        kept.write_text(json.dumps([sample.model_dump() for sample in samples], indent=1), "utf-8")
    return scores


def until_stopped(folder: Path, say: Callable[[str], None]) -> None:
    """Serves the page in `folder` and saves its votes, until Ctrl-C; then says how they fell. Raises OSError."""
    shown, kept, votes = out_of(folder)
    ballot = Ballot(votes, pairs(_samples.validate_json(kept.read_bytes())))
    with serve(shown, ballot) as server:
        say(f"judge at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it); votes go to {votes}")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    if votes.exists():
        say(", ".join(f"{name}: {count}" for name, count in sorted(tally(votes).items())))
