"""`heckler batch --dry-run`: what would be done, found out by decoding every file; nothing is sent or written."""

from __future__ import annotations

import json
from collections import Counter

from rich.console import Console

from bus.settings import Settings
from cli.batch.decoding import File, Reader, Unusable
from cli.batch.folder_watch import Arrivals
from cli.batch.job import Job, ledger_of
from cli.batch.journal import Ledger
from cli.batch.run import source_of
from cli.terminal.output import say


async def look(settings: Settings, job: Job, out: Console, err: Console) -> int:
    """Says of each file whether it would be roasted, is a copy, was told of before, or is no photo; the exit status.

    Raises BadJournal.
    """
    ledger, reader, counts = ledger_of(job), Reader(settings), Counter[str]()
    firsts = {sha256: name for sha256, (_, name, _) in ledger.firsts.items()}
    reader.start()
    try:
        async for path in source_of(job, Arrivals(), lambda _: None):
            file = File.at(path)
            verdict = await _verdict(file, reader, ledger, firsts)
            counts[verdict["would"]] += 1
            _print({"path": file.name, **verdict}, job.as_json, out)
    finally:
        await reader.close()
    words = {"roast": "to roast", "copy": "copies", "bad": "not readable", "skip": "told before"}
    say(
        err, ", ".join(f"{counts[key]} {word}" for key, word in words.items() if counts[key]) or "nothing to do", "bold"
    )
    return 1 if counts["bad"] or not counts else 0


async def _verdict(file: File, reader: Reader, ledger: Ledger, firsts: dict[str, str]) -> dict[str, str]:
    if ledger.knows(file.key, file.stat):
        return {"would": "skip"}
    try:
        sha256 = (await reader.read(file)).sha256
    except Unusable as why:
        return {"would": "bad", "code": why.code, "detail": why.detail}
    if firsts.setdefault(sha256, file.name) != file.name:
        return {"would": "copy", "copy_of": firsts[sha256]}
    return {"would": "roast"}


def _print(row: dict[str, str], as_json: bool, out: Console) -> None:
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
        return
    why = {"copy": f" (of {row.get('copy_of')})", "bad": f": {row.get('detail')}"}.get(row["would"], "")
    say(out, f"{row['would']:5} {row['path']}{why}")
