"""How good roasts are, in numbers. Pure: the shown lines and what is known of the photos in, measures out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from bus.findings import Frozen
from bus.roast.events import Cue
from bus.roast.policy import Policy
from bus.roast.style import Style
from llm.brief import Brief
from llm.prompting.grounding import invented, is_on_topic

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])[”’]?\s+")
_CLAIM = re.compile(
    r"\b(?:there(?:'s| is| are| was| were)|i (?:see|saw|count|spot)|we (?:see|have)|here (?:is|are)|"
    r"is (?:holding|sitting on|riding)|are (?:holding|sitting on|riding)|in the background)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\b(?:like|as if|as though|than|as \w+ as|would|could|should|might|may|once|if|no|not|without|for|in case)\b.*",
    re.IGNORECASE | re.DOTALL,
)


class Case(Frozen):
    """A photo as writers know it. `name` is the file's; `sha256` the photo's; `gentle` spares the people in it."""

    name: str
    sha256: str
    cues: tuple[Cue, ...] = ()
    gentle: bool = False
    people: int = 0

    def brief(self, style: Style | Mapping[str, str], seed: int, policy: Policy | None = None) -> Brief:
        """What a writer is given of this photo."""
        return Brief(
            cues=self.cues,
            style=Style.model_validate(style),
            seed=seed,
            gentle=self.gentle,
            faces=self.people,
            photo=self.sha256,
            policy=policy or Policy(),
        )


class ShownLine(Frozen):
    """One line that was shown, and the ids of the cues that it cites."""

    text: str
    cues: tuple[str, ...]


class Sample(Frozen):
    """One roast of one photo: its shown lines, how many the guard rejected, how long it took.

    `tokens` are those that a model said for it, shown or not.
    """

    case: str
    writer: str
    persona: str
    heat: str
    seed: int
    lines: tuple[ShownLine, ...] = ()
    rejected: int = 0
    tokens: int = 0
    first_word_ms: float = 0
    write_ms: float = 0
    failed: str | None = None


class Scores(Frozen):
    """What one writer's roasts are worth; shares are 0..1. `distinct_2` is that of a photo in all its voices.

    `on_topic` counts the lines that have a word of their cues in them, or of photography: a lower bound, since a good
    joke may have neither. In English only. `words_per_second` are those that readers get, `tokens_per_second` what a
    model says, prompts read meanwhile: 0 for the house.
    """

    roasts: int
    failed: int
    lines: int
    grounded: float
    on_topic: float
    invented: float
    mentioned: float
    distinct_2: float
    batch_distinct_2: float
    same_line: float
    same_frame: float
    rejected: float
    words_per_second: float
    tokens_per_second: float
    first_word_ms: float


def tokens(text: str) -> list[str]:
    """The words of `text` in lower case, without punctuation."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def distinct(texts: Iterable[str], size: int = 2) -> float:
    """Different runs of `size` words over all such runs in `texts` (Li et al. 2016); 1.0 when there is none."""
    runs = [run for text in texts for run in _runs(tokens(text), size)]
    return len(set(runs)) / len(runs) if runs else 1.0


def claimed(text: str, cues: Sequence[Cue]) -> frozenset[str]:
    """The things and places that `text` says are in the picture, and that are in none of `cues`.

    Only sentences that assert presence count, up to the word at which they turn into a comparison or a supposition:
    'there is a bus' claims one, 'it waits like somebody at a bus stop' does not.
    """
    asserted = [_FIGURE.sub("", part) for part in _SENTENCE.split(text) if _CLAIM.search(part)]
    return frozenset().union(*(invented(part, cues) for part in asserted if _CLAIM.search(part)))


def grounded(line: ShownLine, case: Case) -> bool:
    """Whether `line` cites cues of this photo only, gives only their numbers, and claims nothing that is not there."""
    known = {cue.id: cue for cue in case.cues}
    cited = [known[id] for id in line.cues if id in known]
    if not cited or len(cited) < len(line.cues):
        return False
    seen = " ".join(part for cue in case.cues for part in (cue.text, *cue.values.values()))
    numbers = set(re.findall(r"\d+(?:\.\d+)?", seen))
    wrong = [n for n in re.findall(r"\b\d+(?:\.\d+)?(?= (?:per cent|degrees?\b))", line.text) if n not in numbers]
    return not wrong and not claimed(line.text, case.cues)


def fits(line: ShownLine, case: Case) -> bool:
    """Whether a word of `line` is one of the cues that it cites, or of photography at all."""
    return is_on_topic(line.text, [cue for cue in case.cues if cue.id in line.cues])


def shared_lines(samples: Sequence[Sample]) -> list[str]:
    """The lines that two different photos got in the same batch: one writer and seed."""
    owners: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for sample in samples:
        for line in sample.lines:
            owners[sample.writer, sample.seed, line.text].add(sample.case)
    return sorted({text for (_, _, text), cases in owners.items() if len(cases) > 1})


def repeats(lines: Sequence[ShownLine]) -> int:
    """How many lines of one roast repeat a sentence of an earlier one: the same frame, used twice."""
    seen: Counter[str] = Counter()
    again = 0
    for line in lines:
        said = {part.strip() for part in _SENTENCE.split(line.text) if len(tokens(part)) > 3}
        again += any(seen[part] for part in said)
        seen.update(said)
    return again


def score(samples: Sequence[Sample], cases: Sequence[Case]) -> Scores:
    """The measures of `samples`, all of one writer. Raises ValueError when there are none."""
    if not samples:
        raise ValueError("there is nothing to measure: no roast was written")
    by_name = {case.name: case for case in cases}
    shown = [(line, by_name[sample.case]) for sample in samples for line in sample.lines]
    spent = sum(sample.write_ms for sample in samples) / 1000
    count = len(shown) or 1
    said = sum(sample.rejected for sample in samples) + len(shown)
    return Scores(
        roasts=len(samples),
        failed=sum(sample.failed is not None for sample in samples),
        lines=len(shown),
        grounded=sum(grounded(line, case) for line, case in shown) / count,
        on_topic=sum(fits(line, case) for line, case in shown) / count,
        invented=sum(bool(claimed(line.text, case.cues)) for line, case in shown) / count,
        mentioned=sum(bool(invented(line.text, case.cues)) for line, case in shown) / count,
        distinct_2=_mean([distinct(texts) for texts in _grouped(samples, "case")]),
        batch_distinct_2=_mean([distinct(texts) for texts in _grouped(samples, "persona")]),
        same_line=len(shared_lines(samples)) / count,
        same_frame=sum(repeats(sample.lines) for sample in samples) / count,
        rejected=sum(sample.rejected for sample in samples) / (said or 1),
        words_per_second=sum(len(tokens(line.text)) for line, _ in shown) / spent if spent else 0.0,
        tokens_per_second=sum(sample.tokens for sample in samples) / spent if spent else 0.0,
        first_word_ms=_median([sample.first_word_ms for sample in samples if sample.lines]),
    )


def _grouped(samples: Sequence[Sample], by: Literal["case", "persona"]) -> list[list[str]]:
    """The lines of each heat and seed: over one photo in all voices, or of one voice over all photos."""
    groups: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for sample in samples:
        groups[getattr(sample, by), sample.heat, sample.seed] += [line.text for line in sample.lines]
    return list(groups.values())


def _runs(words: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0
