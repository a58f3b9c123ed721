"""The page of an evaluation: photos, cues, and two writers side by side without their names, to be judged blind."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from bus.findings import Frozen
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Rejected
from llm.quality.evaluation import Case, Sample, Scores

THUMBNAIL = 360
"""Pixels of the longer side of a photo on the page."""


class Pair(Frozen):
    """Two roasts of the same photo, voice, heat and seed; which is left and which right is decided by a hash."""

    id: str
    left: Sample
    right: Sample


def pairs(samples: Sequence[Sample]) -> list[Pair]:
    """The roasts of the first two writers, laid side by side; none when there is only one writer."""
    writers = list(dict.fromkeys(sample.writer for sample in samples))[:2]
    if len(writers) < 2:
        return []
    first, second = ({_key(s): s for s in samples if s.writer == writer} for writer in writers)
    return [_pair(key, first[key], second[key]) for key in first if key in second]


def page(cases: Sequence[Case], samples: Sequence[Sample], scores: Mapping[str, Scores], folder: Path) -> str:
    """The whole page, which needs nothing else. Thumbnails of the photos that are in `folder`."""
    both = pairs(samples)
    body = "\n".join(_section(case, samples, both, folder) for case in cases)
    known = json.dumps([pair.id for pair in both])
    blind = _BLIND if both else ""
    return _PAGE.format(table=_table(scores) if not both else "", blind=blind, body=body, pairs=known, script=_SCRIPT)


def _key(sample: Sample) -> tuple[str, str, str, int]:
    return sample.case, sample.persona, sample.heat, sample.seed


def _pair(key: tuple[str, str, str, int], one: Sample, other: Sample) -> Pair:
    id = hashlib.sha256(json.dumps([*key, one.writer, other.writer]).encode()).hexdigest()[:16]
    left, right = (one, other) if int(id[0], 16) % 2 else (other, one)
    return Pair(id=id, left=left, right=right)


def _section(case: Case, samples: Sequence[Sample], both: Sequence[Pair], folder: Path) -> str:
    cues = "".join(f"<li><b>{escape(cue.kind)}</b> {escape(cue.text)}</li>" for cue in case.cues)
    shown = [pair for pair in both if pair.left.case == case.name]
    rows = _rows(shown) if both else (_roast(sample, sample.writer) for sample in samples if sample.case == case.name)
    return (
        f"<section><h2>{escape(case.name)}</h2><div class=seen>{_thumbnail(folder / case.name)}"
        f"<details><summary>{len(case.cues)} cues</summary><ul>{cues}</ul></details></div>{''.join(rows)}</section>"
    )


def _rows(shown: Sequence[Pair]) -> Iterator[str]:
    for pair in shown:
        choices = (("left", "A is better"), ("tie", "as good"), ("right", "B is better"))
        buttons = "".join(f'<button data-pair={pair.id} data-choice="{c}">{text}</button>' for c, text in choices)
        yield f"<div class=pair>{_roast(pair.left, 'A')}{_roast(pair.right, 'B')}<p class=vote>{buttons}</p></div>"


def _roast(sample: Sample, who: str) -> str:
    lines = "".join(f'<p title="{escape(", ".join(line.cues))}">{escape(line.text)}</p>' for line in sample.lines)
    said = lines or f"<p><i>{escape(sample.failed or 'nothing was fit to print')}</i></p>"
    return f"<article><h3>{escape(who)} <small>{escape(sample.persona)}, {sample.heat}</small></h3>{said}</article>"


def _thumbnail(file: Path) -> str:
    try:
        small = normalise(file.read_bytes(), Limits(side=THUMBNAIL)).data
    except (OSError, Rejected):
        return ""
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(small).decode()}">'


def _table(scores: Mapping[str, Scores]) -> str:
    names = list(Scores.model_fields)
    head = "".join(f"<th>{escape(writer)}</th>" for writer in scores)
    rows = "".join(
        f"<tr><td>{name.replace('_', ' ')}</td>"
        + "".join(f"<td>{getattr(score, name):.4g}</td>" for score in scores.values())
        + "</tr>"
        for name in names
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


_BLIND = "<p>Which of the two is funnier, and kinder? They are not told apart here.</p><p id=state></p>"

_SCRIPT = """
const known = new Set(PAIRS), served = location.protocol.startsWith("http"), key = "heckler-votes-" + PAIRS.join("");
let votes = {};
try { votes = JSON.parse(localStorage.getItem(key) || "{}"); } catch { votes = {}; }
const state = document.getElementById("state");
function show(problem) {
  for (const b of document.querySelectorAll("button[data-pair]"))
    b.classList.toggle("chosen", votes[b.dataset.pair] === b.dataset.choice);
  if (state) state.textContent = problem || Object.keys(votes).length + " of " + known.size + " judged";
}
async function vote(pair, choice) {
  if (served) {
    try {
      const answer = await fetch("votes", { method: "POST", body: JSON.stringify({ pair, choice }) });
      if (!answer.ok) throw new Error(await answer.text());
    } catch (error) { return show("Not saved: " + error.message + ". Is heckler eval still running?"); }
  }
  votes[pair] = choice;
  try { localStorage.setItem(key, JSON.stringify(votes)); } catch { /* private window: the file is the record */ }
  show();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-pair]");
  if (button) vote(button.dataset.pair, button.dataset.choice);
});
if (!served && known.size) {
  const save = document.createElement("button");
  save.textContent = "Save the votes as a file";
  save.onclick = () => {
    const lines = Object.entries(votes).map(([pair, choice]) => JSON.stringify({ pair, choice })).join("\\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines + "\\n"]));
    link.download = "votes.jsonl";
    link.click();
  };
  state.after(save);
}
show();
"""

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Heckler: roasts to judge</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
section {{ border-top: 1px solid #8886; margin-top: 2rem; }} .seen {{ display: flex; gap: 1rem; align-items: start; }}
img {{ max-width: 18rem; border-radius: 6px; }} .pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }}
.vote {{ grid-column: 1 / -1; }} button {{ font: inherit; padding: .3rem 1rem; margin-right: .5rem; }}
.chosen {{ background: #2563eb; color: #fff; }} td, th {{ padding: .1rem .8rem; text-align: left; }}
</style>
<h1>Roasts to judge</h1>
{blind}{table}
{body}
<script>const PAIRS = {pairs};{script}</script>
</html>
"""
