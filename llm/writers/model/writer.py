"""The writer around any language model: a prompt, an answer read line by line, and a guard before each line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from bus.observability.logs import log
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import Persona
from llm.prompting.answer_parser import Answer
from llm.prompting.prompt import LINES, Prompt, language_of, shared
from llm.quality.scoring import best
from llm.writers.backend import BackendFailed, ChatBackend, Limits, TooLong
from llm.writers.base import Piece
from llm.writers.house.writer import DEFAULT
from llm.writers.model.draft import Draft

TOKENS_PER_LINE = 70
TEMPERATURE = 0.8


@dataclass(frozen=True)
class Pace:
    """How long a model may take, in seconds, and how many `candidates` of a roast it writes if time allows.

    `silence_s` is the longest wait for the first word, and for each one after it; `write_s` is for the whole roast.
    """

    silence_s: float = 20
    write_s: float = 60
    candidates: int = 1


class ModelWriter:
    """Writes roasts with `backend`. What it yields has passed the guard; BackendFailed when too little has."""

    def __init__(
        self, backend: ChatBackend, personas: Mapping[str, Persona], pace: Pace | None = None, holds_model: bool = False
    ) -> None:
        self._backend, self._personas, self._pace = backend, personas, pace or Pace()
        self.holds_model = holds_model
        """Whether the model is in the memory of this process."""
        self.rejected = 0
        """Lines that the guard has kept from readers so far."""

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._backend.name

    @property
    def tokens(self) -> int:
        """Tokens that the backend has generated so far, for readers and in vain."""
        return self._backend.tokens

    async def warm_up(self) -> None:
        """Loads the model and reads the beginning of what it will be asked most often. Raises BackendFailed."""
        brief = Brief(style=Style())
        await self._backend.warm_up(shared(brief, self._persona(brief)))

    async def close(self) -> None:
        """Lets go of the model."""
        await self._backend.close()

    async def write(self, brief: Brief) -> AsyncIterator[Piece]:
        """The jokes, each as soon as its line is whole; with several candidates, once the last is written.

        Nothing at all when the brief has no cue that may be roasted. Raises BackendFailed when the model fails, falls
        silent, or says too little that is fit to print, even when asked a second time.
        """
        draft = Draft(brief, self._persona(brief), asyncio.get_running_loop().time() + self._pace.write_s)
        if not draft.prompt.cues:
            return
        async with aclosing(self._rounds(draft)) as lines:
            if self._pace.candidates == 1:
                async for line in lines:
                    yield line
            else:
                pool = [line async for line in lines]
                for line in best(pool, draft.cues, LINES[brief.style.length]):
                    yield line
        if not draft.is_enough:
            raise BackendFailed(draft.verdict)

    def note(self, brief: Brief) -> str | None:
        """Says so when the language or the persona is not one that Heckler knows, or is checked less closely."""
        notes, language = [], language_of(brief)
        if language is None:
            notes.append(f"Heckler knows no language {brief.style.language!r}, so this is in English.")
        elif language != "English":
            notes.append(f"Heckler reads English best: what was said in {language} is checked less closely.")
        if brief.style.persona not in self._personas:
            notes.append(f"There is no persona {brief.style.persona!r} here; {self._persona(brief).title} stood in.")
        if brief.gentle and brief.style.heat == "savage":
            notes.append("Somebody here may be young: only the photograph is roasted, and nothing is savage.")
        return " ".join(notes) or None

    def _persona(self, brief: Brief) -> Persona:
        return self._personas.get(brief.style.persona) or self._personas[DEFAULT]

    async def _rounds(self, draft: Draft) -> AsyncGenerator[Piece, None]:
        """The lines of as many answers as are wanted and there is time for; of one more if they are too few."""
        began = now = asyncio.get_running_loop().time()
        while draft.asked < self._pace.candidates or (not draft.is_enough and draft.asked == self._pace.candidates):
            longest_yet = (now - began) / max(draft.asked, 1)
            if draft.asked and now + longest_yet > draft.deadline:
                return
            async with aclosing(self._answer(draft)) as lines:
                async for line in lines:
                    yield line
            now = asyncio.get_running_loop().time()

    async def _answer(self, draft: Draft) -> AsyncGenerator[Piece, None]:
        """The lines of one answer that the guard passes. An answer that breaks off after enough of them is one.

        Cues that do not fit into the model's context are left out, the least salient ones first.
        """
        asked = draft.prompt
        limits = Limits(
            tokens=TOKENS_PER_LINE * asked.lines, seed=(draft.brief.seed + draft.asked) % 2**31, temperature=TEMPERATURE
        )
        wanted, accepted = asked.lines * min(draft.asked + 1, self._pace.candidates), 0
        try:
            async with aclosing(self._pieces(asked, limits, draft)) as pieces:
                async for piece in pieces:
                    if self._passes(piece, asked, draft):
                        accepted += 1
                        yield draft.add(piece)
                    if accepted == asked.lines or len(draft.lines) >= wanted:
                        break
        except TooLong as failure:
            if len(asked.cues) > 1 or not draft.is_enough:
                draft.shorten(asked, failure)
                return
        except BackendFailed as failure:
            if not draft.is_enough:
                raise
            log.warning("the model broke off", writer=self.name, reason=str(failure))
        draft.asked += 1

    def _passes(self, piece: Piece, asked: Prompt, draft: Draft) -> bool:
        reason = draft.objection(piece, asked.shared)
        if reason is not None:
            self.rejected += 1
            log.warning("guard", writer=self.name, cues=piece.cues, reason=reason)
        return reason is None

    async def _pieces(self, asked: Prompt, limits: Limits, draft: Draft) -> AsyncGenerator[Piece, None]:
        """The lines of one answer, as they are completed. Raises BackendFailed."""
        answer = Answer(asked)
        async with aclosing(self._paced(self._backend.complete(asked.messages, limits), draft)) as texts:
            async for text in texts:
                draft.has_text = draft.has_text or bool(text.strip())
                for piece in answer.feed(text):
                    yield piece
                if answer.is_over:
                    return
        for piece in answer.finish():
            yield piece

    async def _paced(self, stream: AsyncIterator[str], draft: Draft) -> AsyncGenerator[str, None]:
        """The texts of `stream` until the time for the roast is over. BackendFailed when none comes for too long."""
        clock = asyncio.get_running_loop().time
        try:
            while (left := draft.deadline - clock()) > 0:
                try:
                    async with asyncio.timeout(min(left, self._pace.silence_s)):
                        text = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if clock() >= draft.deadline and draft.has_text:
                        return
                    raise BackendFailed(_silence(min(left, self._pace.silence_s))) from None
                yield text
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()


def _silence(seconds: float) -> str:
    return f"it was silent for {seconds:.3g} s (a smaller model is quicker; HECKLER_FIRST_TOKEN_TIMEOUT_S is the limit)"
