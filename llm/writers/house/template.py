"""The small language of jokes: slots, choices and agreement.

`{color}` is the slot's value, `{Color}` the same with a capital, `{a color}` with its article ('an orange'),
`{A color}` with a capital article, `{degrees:degree}` with a noun in agreement ('1 degree', '4 degrees'), and
`[this|that]` one of several, chosen by the generator.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

_SLOT = re.compile(r"\{(?:(?P<article>[aA]) )?(?P<name>[A-Za-z_]+)(?::(?P<noun>[a-z]+))?\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SENTENCE = re.compile(r"(?<=[.!?…])(?=\s)")


def slots(template: str) -> frozenset[str]:
    """The names of the slots that `template` needs, in lower case."""
    return frozenset(match["name"].lower() for match in _SLOT.finditer(template))


def expand(template: str, values: Mapping[str, str], rng: random.Random) -> str:
    """`template` with its choices made and its slots filled. KeyError when `values` lacks a slot."""
    chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    return _SLOT.sub(lambda match: _fill(match, values), chosen)


def _fill(match: re.Match[str], values: Mapping[str, str]) -> str:
    name = match["name"]
    value = values[name.lower()]
    if match["noun"]:
        value = f"{value} {match['noun']}{'' if value in ('1', 'one') else 's'}"
    if match["article"]:
        return f"{article(value, capital=match['article'] == 'A')} {value}"
    return value[:1].upper() + value[1:] if name[0].isupper() else value


def article(value: str, *, capital: bool = False) -> str:
    """'a' or 'an', as `value` is pronounced; an abbreviation in capitals is spelled ('an MP3', 'a GIF')."""
    if value.isupper():
        is_an = value[0] in "AEFHILMNORSX"
    else:
        is_an = bool(re.match(r"[aeiou]|8|11(?!\d)|18(?!\d)", value.lower()))
    word = "an" if is_an else "a"
    return word.capitalize() if capital else word


def sentences(text: str) -> list[str]:
    """`text` cut into sentences, which together are the text again: each but the first begins with a space."""
    return [piece for piece in _SENTENCE.split(text) if piece]
