"""The contact sheet of a batch: one HTML file with the photos in it, for a screen in daylight or at night, and paper.

It is written as results come and can be looked at any time: HTML needs no end tags where nothing follows.
"""

from __future__ import annotations

import base64
import io
from html import escape

from cli.batch.results import Result

THUMBNAIL = 480
"""Pixels of the longer side of a photo on the sheet: sharp at its size on a good screen and on paper."""


def thumbnail(photo: bytes) -> bytes:
    """A small JPEG of a normalised photo."""
    from PIL import Image  # here: most batches make no contact sheet

    with Image.open(io.BytesIO(photo), formats=["JPEG"]) as image:
        image.draft("RGB", (THUMBNAIL, THUMBNAIL))
        image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=82)
    return out.getvalue()


class Sheet:
    """The shape of a contact sheet."""

    name, has_thumbnails = "html", True

    def head(self, title: str) -> str:
        return _HEAD.format(title=escape(title))

    def row(self, result: Result, thumbnail: bytes | None) -> str:
        picture = _picture(thumbnail, result.path)
        name = f'<p class="name">{escape(result.path)}</p>'
        return f'<article class="{result.status}">{picture}<div>{name}{_said(result)}</div></article>\n'

    def foot(self, counts: dict[str, int]) -> str:
        words = {"done": "roasted", "copy": "copies", "failed": "without a roast", "bad": "not readable"}
        told = ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts.get(status))
        return f"</main><footer>{told or 'nothing to show'}</footer></body></html>\n"


def _picture(thumbnail: bytes | None, path: str) -> str:
    if thumbnail is None:
        return ""
    return f'<img alt="{escape(path)}" src="data:image/jpeg;base64,{base64.b64encode(thumbnail).decode()}">'


def _said(result: Result) -> str:
    if result.status == "copy":
        return f'<p class="note">The same photo as {escape(result.copy_of or "")}.</p>'
    if result.status != "done":
        hint = f'<p class="note">{escape(result.hint)}</p>' if result.hint else ""
        return f'<p class="wrong">{escape(result.detail or "It failed.")}</p>{hint}'
    jokes = (
        "".join(f"<p>{escape(str(joke['text']))}</p>" for joke in result.jokes) or f"<p>{escape(result.text or '')}</p>"
    )
    note = f'<p class="note">{escape(result.note)}</p>' if result.note else ""
    return f'{jokes}<p class="by">{escape(result.persona or "")}, {escape(result.heat or "")}</p>{note}'


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
:root {{ --paper: #fbf9f4; --card: #fff; --ink: #1d1b18; --dim: #6a645b; --line: #e2dccf; --wrong: #a3271b }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #171512; --card: #211e1a; --ink: #f2ede4; --dim: #a59d90; --line: #38332c; --wrong: #ff9384 }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; padding: 2rem clamp(1rem, 4vw, 4rem); background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }}
h1 {{ font-size: 1.4rem; margin: 0 0 1.5rem }}
main {{ display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)) }}
article {{ background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden;
  break-inside: avoid }}
article > div {{ padding: .8rem 1rem 1rem }}
img {{ display: block; width: 100%; height: 16rem; object-fit: contain; background: var(--line) }}
p {{ margin: .5em 0 0; overflow-wrap: anywhere }}
.name {{ margin: 0; font-size: .8rem; color: var(--dim) }}
.by, .note {{ font-size: .85rem; color: var(--dim) }}
.wrong {{ color: var(--wrong) }}
footer {{ margin-top: 2rem; color: var(--dim) }}
@media print {{
  :root {{ --paper: #fff; --card: #fff; --ink: #000; --dim: #444; --line: #bbb; --wrong: #000 }}
  body {{ padding: 0; font-size: 9pt }} main {{ grid-template-columns: repeat(3, 1fr); gap: 4mm }}
  img {{ height: 45mm; print-color-adjust: exact }} }}
</style></head><body><h1>{title}</h1><main>
"""
