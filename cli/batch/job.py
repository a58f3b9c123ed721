"""What a batch is asked to do, and the files that it keeps: the output, and the journal beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bus.roast.personas import available
from bus.roast.product import ROAST
from bus.roast.style import Style
from bus.settings import Settings
from cli.batch.contact_sheet import Sheet
from cli.batch.inputs import STDIN
from cli.batch.journal import BadJournal, Begun, Journal, Ledger, read, sync_folder
from cli.batch.results import Csv, JsonLines, Output, Shape
from gateway.products.roast import check_persona
from gateway.upload.options import read_options

SHAPES: Mapping[str, type[Shape]] = {
    ".jsonl": JsonLines, ".ndjson": JsonLines, ".csv": Csv, ".html": Sheet, ".htm": Sheet,
}  # fmt: skip


class BadJob(Exception):
    """The command line does not add up; the message says what to change."""


@dataclass(frozen=True)
class Job:
    """What the command line asks for. `fields` are the options of the requests that were given."""

    arguments: tuple[str, ...]
    fields: Mapping[str, str]
    out: Path | None = None
    resume: bool = False
    watch: bool = False
    nul: bool = False
    in_flight: int | None = None
    as_json: bool = False

    @property
    def from_list(self) -> bool:
        return STDIN in self.arguments

    def shape(self) -> Shape:
        """How the output looks, by its ending. Raises BadOrder."""
        assert self.out
        make = SHAPES.get(self.out.suffix.lower())
        if make is None:
            raise BadJob(f"--out {self.out}: let it end in {', '.join(SHAPES)}, which says what is written")
        return make()


@dataclass(frozen=True)
class Outputs:
    """The files that a batch writes; both None without --out."""

    style: Style
    analyzers: tuple[str, ...] | None = None
    journal: Journal | None = None
    output: Output | None = None

    def close(self) -> None:
        """Ends the output, and leaves no trace of a batch that never got as far as its first photo."""
        if self.journal is None or self.output is None:
            return
        ledger = self.journal.ledger
        self.output.close(dict(ledger.counts))
        if not ledger.told and not ledger.pending:
            self.output.path.unlink(missing_ok=True)
            self.journal.path.unlink(missing_ok=True)
        self.journal.close()


def open_outputs(settings: Settings, job: Job) -> Outputs:
    """Begins or takes up the output and its journal. Raises BadOrder, BadJournal, OutputGone, Problem, OSError."""
    personas = {persona.name for persona in available(settings.data)}
    if job.out is None:
        return Outputs(*_asked(job.fields, personas))
    shape, beside = job.shape(), beside_of(job.out)
    if not job.resume and (job.out.exists() or beside.exists()):
        raise BadJob(f"{job.out} is there already: go on with --resume, or name another file")
    journal = Journal(beside)
    try:
        begun = journal.ledger.begun
        style, analyzers = _asked({**_fields(begun), **job.fields}, personas)
        options = {**style.model_dump(mode="json"), "analyzers": list(analyzers) if analyzers is not None else None}
        output = Output(job.out, shape, f"Roasts by {style.persona}")
        if begun is None:
            journal.append([Begun(kind=shape.name, options=options, size=output.size)])
            sync_folder(beside.parent)
            output.open()
        else:
            _check_same(begun, shape, options)
            output.reopen(journal.ledger.size)
    except BaseException:
        if journal.ledger.begun is None:  # it is not to be in the way of the next attempt
            beside.unlink(missing_ok=True)
        journal.close()
        raise
    return Outputs(style, analyzers, journal, output)


def beside_of(out: Path) -> Path:
    """Where the journal of the output `out` lies."""
    return out.with_name(f"{out.name}.journal")


def ledger_of(job: Job) -> Ledger:
    """What an earlier run has told, where this one would go on with it; nothing is changed. Raises BadJournal."""
    if job.out is None or not job.resume or not (beside := beside_of(job.out)).exists():
        return Ledger()
    try:
        return Ledger(read(beside.read_bytes())[0])
    except BadJournal as error:
        raise BadJournal(f"{beside} cannot be used: {error}") from error


def _fields(begun: Begun | None) -> dict[str, str]:
    """The options that a batch was begun with, as form fields."""
    given = {name: value for name, value in (begun.options if begun else {}).items() if value is not None}
    return {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in given.items()}


def _asked(fields: Mapping[str, str], personas: set[str]) -> tuple[Style, tuple[str, ...] | None]:
    """The style, and the analyzers if not all. Raises Problem."""
    asked = read_options(fields, ROAST.name)
    check_persona(asked, personas)
    return Style.model_validate(asked.options.model_dump()), asked.analyzers


def _check_same(begun: Begun, shape: Shape, options: Mapping[str, Any]) -> None:
    now = {**options, "out": shape.name}
    then = {**begun.options, "out": begun.kind}
    if other := sorted(name for name in now if now[name] != then.get(name)):
        said = ", ".join(f"--{name} {then.get(name)}" for name in other)
        raise BadJob(f"this batch was begun with {said}: leave that out to go on, or name another file with --out")
