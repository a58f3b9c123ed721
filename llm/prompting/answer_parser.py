"""Incremental: a model's answer in pieces of any size, jokes out of it, with the markup hidden.

A joke is a line that begins with the numbers of its cues: `[2] …`, `(1,4) …`, `- **[3]** …`, `1. [2] …`. Everything
else (greetings, code fences, remarks, echoes of the prompt) is dropped. A joke is shown only after the guard has read
the whole of it, so a piece is a line: the same jokes come out however the text was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm.prompting.prompt import Prompt
from llm.writers.base import Piece

LONGEST = 320
"""Characters of a line that are kept; what is longer is cut at the end of a sentence."""

MAX_CHARACTERS = 8000
"""Characters of an answer after which it counts as endless."""

PATIENCE = 3
"""Useless lines in a row (repetitions, runaway lines) after which nothing better is expected."""

_STOP = re.compile(r"<\|?/?(?:eot_id|im_end|im_start|end|endoftext|end_of_text|start_header_id|assistant|user|s)\|?>")
_LONGEST_STOP = len("<|start_header_id|>")
_TURN = re.compile(r"\s*(?:#+\s*)?(?:user|system|assistant|human)\s*:", re.IGNORECASE)
_NUMBERS = r"(?:cues?\s*)?#?\d{1,3}(?:\s*(?:,|;|&|and|\+)\s*#?\d{1,3})*"
_HEADER = re.compile(
    rf"[\s>*_•·–—-]*(?:\d{{1,2}}[.):]\s+)?[\s*_]*(?P<marks>(?:[\[(]\s*{_NUMBERS}\s*[\])][\s,]*)+)[\s*_:.–—-]*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][”\"')]?(?=\s|$)|[。！？]")


class Answer:
    """One answer as it comes. `is_over` when what follows is not needed."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._echoes = {_plain(cue.text) for cue in prompt.cues}
        self._jokes_seen: set[str] = set()
        self._line = self._marks = ""
        self._read = self._idle = self._jokes = 0
        self._overflowing = False
        self.is_over = False

    def feed(self, text: str) -> Iterator[Piece]:
        """The jokes that `text` completes."""
        for character in text:
            if self.is_over:
                return
            self._read += 1
            yield from self._read_character(character)

    def finish(self) -> Iterator[Piece]:
        """The joke that the end of the answer completes: only one that ends like a sentence."""
        if not self.is_over:
            yield from self._end_line(cut=True)
        self.is_over = True

    def _read_character(self, character: str) -> Iterator[Piece]:
        if character in "\n\r":
            yield from self._end_line()
            return
        if not self._overflowing:
            self._line += character
        if character == ">" and (stop := _STOP.search(self._line)):
            self._line = self._line[: stop.start()]
            yield from self._end_line(cut=True)
            self.is_over = True
        elif len(self._line) > LONGEST + _LONGEST_STOP and not self._overflowing:
            yield from self._end_line(cut=True)
            self._overflowing = True
            self._count_idle()
        if self._read >= MAX_CHARACTERS:
            self.is_over = True

    def _end_line(self, cut: bool = False) -> Iterator[Piece]:
        line, self._line = self._line, ""
        if self._overflowing:
            self._overflowing = False
            return
        if _TURN.match(line):
            self.is_over = self._jokes > 0  # it goes on talking to itself
            return
        marks, text = self._split(line)
        if marks and not text:
            self._marks = marks  # the joke follows on a line of its own
            return
        if line.strip():
            self._marks = ""
        cues = self._cues(marks)
        text = _tidied(text, cut)
        if cues and text and self._is_new(text):
            yield Piece(joke=self._jokes, text=text, cues=cues, ends=True)
            self._jokes += 1
            self.is_over = self._jokes >= 2 * self._prompt.lines

    def _split(self, line: str) -> tuple[str, str]:
        """The numbers and the text of a line."""
        if header := _HEADER.match(line):
            return header["marks"], line[header.end() :]
        return self._marks, line

    def _cues(self, marks: str) -> tuple[str, ...]:
        """The ids of the cues that `marks` cite; none if it cites any number that there is not."""
        numbers = [int(number) for number in re.findall(r"\d+", marks)]
        if not numbers or not all(1 <= number <= len(self._prompt.cues) for number in numbers):
            return ()
        return tuple(dict.fromkeys(self._prompt.cues[number - 1].id for number in numbers))

    def _is_new(self, text: str) -> bool:
        plain = _plain(text)
        if plain in self._echoes or not plain:
            return False
        if plain in self._jokes_seen:
            self._count_idle()
            return False
        self._jokes_seen.add(plain)
        self._idle = 0
        return True

    def _count_idle(self) -> None:
        self._idle += 1
        if self._idle >= PATIENCE:
            self.is_over = True


def _tidied(text: str, cut: bool) -> str:
    """`text` without emphasis and wrapping quotation marks; up to its last full stop if it was `cut` or is too long."""
    text = " ".join(re.sub(r"\*+|`+|__+", "", text).split())
    if len(text) > 1 and text[0] == '"' and text[-1] == '"' and text.count('"') == 2:
        text = text[1:-1].strip()
    if not cut and len(text) <= LONGEST:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text[:LONGEST])]
    return text[: ends[-1]] if ends else ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
