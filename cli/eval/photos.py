"""The cues of a folder of photos, for `heckler eval`: found once by the analyzers here, and kept in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from aggregator.roast.cues import find_cues
from aggregator.roast.stage import faces
from analyzers.base import Photo, UnreadablePhoto
from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster
from analyzers.weights.store import store_of
from bus.events import PhotoRef
from bus.roast.policy import needs_gentle
from bus.settings import Settings
from cli.batch.inputs import SUFFIXES
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Rejected
from llm.quality.evaluation import Case

_cases = TypeAdapter(tuple[Case, ...])

Say = Callable[[str], None]


class NothingToJudge(Exception):
    """There are no photos, or a file of cues that cannot be used; the message says what to do."""


def read_cases(settings: Settings, source: Path, say: Say) -> tuple[Case, ...]:
    """The cases of `source`: a folder of photos to look at, or a file of cues from an earlier run.

    `say` is told about each photo that cannot be used. Raises NothingToJudge, BadRoster.
    """
    if source.is_file():
        return load(source)
    files = [path for path in sorted(source.rglob("*")) if path.suffix.lower() in SUFFIXES]
    if not files:
        raise NothingToJudge(f"There is no photo in {source}: put some there ({', '.join(sorted(SUFFIXES))}).")
    cases = tuple(_look(settings, source, files, say))
    if not cases:
        raise NothingToJudge(f"None of the {len(files)} files in {source} could be read as a photo.")
    return cases


def load(file: Path) -> tuple[Case, ...]:
    """The cases that `save` wrote. Raises NothingToJudge."""
    try:
        return _cases.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{len(error.errors())} mistakes in it"
        hint = f"make it anew from the photos: heckler eval FOLDER --cues {file.name}"
        raise NothingToJudge(f"{file} holds no cues ({why}); {hint}") from error


def save(cases: tuple[Case, ...], file: Path) -> None:
    """Writes the cases where `load` finds them: what is known of the photos, without the photos. Raises OSError."""
    text = json.dumps([case.model_dump(mode="json", exclude_defaults=True) for case in cases], indent=1)
    file.write_text(text + "\n", "utf-8")


def _look(settings: Settings, folder: Path, files: list[Path], say: Say) -> Iterator[Case]:
    direct = Direct(load_roster(settings), store_of(settings))
    limits = Limits(settings.max_pixels, settings.max_side)
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            yield _case(direct, name, file.read_bytes(), limits)
        except OSError as error:
            say(f"{name}: cannot be read: {error.strerror}")
        except (Rejected, UnreadablePhoto) as error:
            say(f"{name}: {error}")


def _case(direct: Direct, name: str, data: bytes, limits: Limits) -> Case:
    normal = normalise(data, limits)
    features = direct.look(Photo(normal.data, normal.facts))
    ref = PhotoRef(key=name, sha256=normal.sha256, width=normal.width, height=normal.height, bytes=len(normal.data))
    return Case(
        name=name,
        sha256=normal.sha256,
        cues=find_cues(features, ref),
        gentle=needs_gentle(features),
        people=faces(features),
    )
