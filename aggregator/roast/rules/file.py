"""Rules over the file's own facts and over the writing in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aggregator.roast.findings_view import FindingsView, Wording, cue
from aggregator.roast.vocabulary import FORMATS, GADGETS, SOFTWARE, clock, counted
from bus.findings import Facts, TextLine
from bus.roast.events import Cue
from bus.roast.policy import quotable


def file_cues(view: FindingsView) -> Iterator[Cue]:
    """When it was taken, with what, and what was done to the file afterwards."""
    if view.facts is None:
        return
    yield from _hour(view.facts)
    yield from _year(view.facts)
    yield from _camera(view.facts)
    yield from _size(view.facts)
    yield from _afterwards(view.facts)


def _hour(facts: Facts) -> Iterator[Cue]:
    hour = facts.taken_hour
    evidence = "facts.time_of_day" if hour is None else "facts.taken_hour"
    if (hour is not None and (hour < 5 or hour == 23)) or (hour is None and facts.time_of_day == "night"):
        when = "at night" if hour is None else clock(hour)
        yield cue("night", Wording(f"It was taken {when}.", 0.6), evidence, when=when)
    elif hour in (5, 6) or (hour is None and facts.time_of_day == "dawn"):
        when = "at dawn" if hour is None else clock(hour)
        yield cue("early", Wording(f"It was taken {when}.", 0.5), evidence, when=when)
    elif hour is not None:
        yield cue("clocked", Wording(f"It was taken {clock(hour)}.", 0.35), evidence, when=clock(hour))


def _year(facts: Facts) -> Iterator[Cue]:
    year = facts.taken_year
    if year is not None and 1980 <= year <= 2004:
        yield cue("old_camera", Wording(f"The camera dates it to {year}.", 0.7), "facts.taken_year", year=str(year))
    elif year is not None and 2005 <= year <= 2015:
        yield cue("dated", Wording(f"It is from {year}.", 0.4), "facts.taken_year", year=str(year))


def _camera(facts: Facts) -> Iterator[Cue]:
    if facts.lens_side == "front":
        yield cue("front_camera", Wording("It was taken with the front camera.", 0.6), "facts.lens_side")
    if facts.flash:
        yield cue("flash", Wording("The flash was fired.", 0.5), "facts.flash")
    if facts.camera == "camera":
        yield cue("proper_camera", Wording("It was taken with a proper camera.", 0.3), "facts.camera")
    elif facts.camera in GADGETS:
        gadget = GADGETS[facts.camera]
        yield cue("gadget", Wording(f"It was taken with the {gadget}.", 0.55), "facts.camera", gadget=gadget)


def _size(facts: Facts) -> Iterator[Cue]:
    megapixels = round(facts.original_width * facts.original_height / 1e6)
    if megapixels >= 20:
        wording = Wording(f"The upload has {megapixels} megapixels.", 0.4)
        yield cue("colossal", wording, "facts.original_width", "facts.original_height", megapixels=str(megapixels))


def _afterwards(facts: Facts) -> Iterator[Cue]:
    if facts.screenshot:
        yield cue("screenshot", Wording("It is a screenshot.", 0.75), "facts.screenshot")
    if facts.software and facts.software.lower() in SOFTWARE:
        wording = Wording(f"It went through {facts.software}.", 0.5)
        yield cue("edited", wording, "facts.software", software=facts.software)
    if facts.jpeg_quality is not None and facts.jpeg_quality <= 60:
        wording = Wording(
            f"It is saved at JPEG quality {facts.jpeg_quality} of 100.", 0.35 + (60 - facts.jpeg_quality) / 120
        )
        yield cue("crushed", wording, "facts.jpeg_quality", level=str(facts.jpeg_quality))
    if facts.format.lower() in FORMATS:
        name = facts.format.upper()
        yield cue("exotic_format", Wording(f"The file is a {name}.", 0.25), "facts.format", format=name)
    if facts.camera is None and facts.taken_year is None and facts.taken_hour is None and not facts.screenshot:
        evidence = ("facts.camera", "facts.taken_year", "facts.taken_hour")
        yield cue("no_record", Wording("The file does not say when or with what it was taken.", 0.15), *evidence)


class Quote(NamedTuple):
    """A line of the text in the picture, the words of it that may be quoted, and the path to it."""

    words: str
    line: TextLine
    path: str

    @property
    def is_number(self) -> bool:
        return self.words.isdecimal()


def text_cues(view: FindingsView) -> Iterator[Cue]:
    """What is written in the picture: the largest line that may be quoted, and how much there is."""
    lines = view.text.lines if view.text else ()
    quote = _quote(view)
    if quote is not None:
        says = "A number stands in the picture." if quote.is_number else "Something is written in it."
        kind = "number" if quote.is_number else "writing"
        yield cue(kind, Wording(says, 0.65), f"{quote.path}.text", quote=quote.words)
    if len(lines) >= 4:
        wording = Wording(f"There are {counted(len(lines))} lines of text in it.", 0.4)
        yield cue("wordy", wording, "text.lines", count=counted(len(lines)))


def writing(view: FindingsView) -> Quote | None:
    """The largest line that may be quoted; None where there is none, or where it is but a number."""
    quote = _quote(view)
    return None if quote is None or quote.is_number else quote


def _quote(view: FindingsView) -> Quote | None:
    for index, line in enumerate(view.text.lines if view.text else ()):
        digit = line.text.strip()
        words = quotable(line.text) or (digit if digit.isdigit() and len(digit) == 1 else None)
        if words is not None and line.score >= 0.6:
            return Quote(words, line, f"text.lines.{index}")
    return None
