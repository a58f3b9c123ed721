"""What may be shown: a joke that stands on real cues, keeps to the material policy, and is a joke at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bus.roast.events import Cue
from bus.roast.policy import offence, permits
from llm.brief import Brief
from llm.prompting.grounding import invented, is_on_topic, misquoted, recites

SHORTEST, LONGEST = 15, 600
"""Characters that a joke may have."""

_ECHO = re.compile(
    r"as an ai\b|language model|system prompt|\bmy instructions|(?:previous|prior|above) instructions|\bcue ids?\b"
    r"|\bjson\b|```|<\||\|>|</?[a-z]+>|https?://|www\.|^\s*(?:assistant|system|user|human)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_HOLES = re.compile(r"[{}]|\[[^\]]*\|[^\]]*\]")
_CODED = re.compile(r"\w[._]\w")
_MARKUP = re.compile(
    r"\*\*|__|~~|`|#{2,}|[\[\]<>|\\]|\bobservation\s+#?\d|\bcue\s+#?\d|\w\.(?:com|org|net)\b", re.IGNORECASE
)
_SWEARING = re.compile(
    r"\b(?:\w*fuck\w*|\w*shit\w*|ass(?:es|hole\w*)?|arse\w*|bastard\w*|dick(?:s|head\w*)?|prick|twat\w*|wank\w*|"
    r"bollocks|piss\w*|crap\w*|goddam\w*|douche\w*)\b",
    re.IGNORECASE,
)
_OBSCENE = re.compile(
    r"\b(?:cock(?:s|sucker\w*)?|puss(?:y|ies)|tits?|jerk-?off\w*|porn\w*|horny|orgasm\w*|blowjob\w*|"
    r"rap(?:e|ed|es|ist)|nazi\w*|suicid\w*)\b",
    re.IGNORECASE,
)
"""What no voice may say, however much it swears."""


def check(joke_text: str, cited: Sequence[Cue], brief: Brief) -> str | None:
    """Why the joke may not be shown, in a few words; None when it may.

    `cited` are the cues it claims to stand on: each must be in the brief and allowed there. Text found in the photo
    is no exception to the policy: it is checked as if the writer had said it.
    """
    return _citations(cited, brief) or _form(joke_text) or _echo(joke_text, brief) or _material(joke_text, brief)


def swears(text: str) -> bool:
    """Whether there is a swear word in `text`."""
    return _SWEARING.search(text) is not None


def check_free(
    joke_text: str, cited: Sequence[Cue], brief: Brief, source: str = "", *, may_swear: bool = False
) -> str | None:
    """What `check` finds, and what only a writer of free text can do wrong.

    For language models only. The house writer's frames are a closed set that people have read, and its similes are
    full of toasters; a model that says "toaster" may well mean one. So here things and places of no cue are out, and
    so are quotations that are not in the picture, swearing, markup, and six words in a row of `source`: everything
    in the prompt except what is in the photo. `may_swear` lets swear words pass, and nothing obscene.
    """
    if reason := check(joke_text, cited, brief):
        return reason
    if _OBSCENE.search(joke_text) or (swears(joke_text) and not may_swear):
        return "it swears"
    return _freedom(joke_text, brief, source)


def _freedom(text: str, brief: Brief, source: str) -> str | None:
    if _MARKUP.search(text):
        return "it has markup in it"
    if recites(text, source):
        return "it recites its instructions"
    if misquoted(text, brief.material) is not None:
        return "it quotes what is not written in the photo"
    if things := invented(text, brief.material):
        return f"it invents: {', '.join(sorted(things))}"
    return None


def seems_adrift(joke_text: str, cited: Sequence[Cue], brief: Brief) -> bool:
    """Whether nothing in the joke is a word of its cues or of photography (in English; other languages are not known).

    A good joke may be like that, now and then. An answer that is about something else is like that throughout.
    """
    return brief.style.language.split("-")[0].lower() == "en" and not is_on_topic(joke_text, cited)


def _citations(cited: Sequence[Cue], brief: Brief) -> str | None:
    if not cited:
        return "it stands on no cue"
    known = {cue.id: cue for cue in brief.cues}
    for cue in cited:
        if known.get(cue.id) != cue:
            return f"it cites {cue.id!r}, which is no cue of this photo"
        if not permits(cue, brief.policy, gentle=brief.gentle):
            return f"it cites {cue.id!r}, which may not be roasted here"
    return None


def _form(text: str) -> str | None:
    length = len(text.strip())
    if length < SHORTEST:
        return "it is too short to be a joke"
    if length > LONGEST:
        return "it is too long to be a joke"
    if not any(c.isalpha() for c in text) or any(ord(c) < 32 and c not in "\n\t" for c in text):
        return "it is not text"
    return "it has unfilled holes" if _HOLES.search(text) else None


def _echo(text: str, brief: Brief) -> str | None:
    if _ECHO.search(text):
        return "it echoes instructions"
    coded = (cue.id for cue in brief.cues if _CODED.search(cue.id))
    return "it recites the id of a cue" if any(id in text for id in coded) else None


def _material(text: str, brief: Brief) -> str | None:
    return offence(text, brief.policy, gentle=brief.gentle)
