"""The README's pictures show the page as it is."""

from __future__ import annotations

import os
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser
from screenshots import DIGEST, FOLDER, LIMIT, ROOT, SHOTS, difference, digest, packed, take, tell

TAKE = "HECKLER_TAKE_SCREENSHOTS"
"""Set by `make screenshots`: new pictures are kept, not compared."""


def _taken_of_this_look() -> bool:
    return DIGEST.is_file() and DIGEST.read_text().strip() == digest()


@pytest.mark.skipif(TAKE in os.environ, reason="the pictures are being taken")
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_picture_is_there_small_and_in_the_readme(shot: Any) -> None:
    path = FOLDER / f"{shot.name}.webp"
    assert path.stat().st_size < LIMIT
    with Image.open(path) as picture:
        assert picture.size == shot.size
    assert f"docs/screenshots/{path.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_pictures_are_of_this_page(browser: Browser, system: Any, shared: Any) -> None:
    """Nothing is taken while what the look is made of has not changed; after that, only a visible change counts."""
    keep = TAKE in os.environ
    if _taken_of_this_look() and not keep:
        return
    seen, told = digest(), tell(system.url)
    stale: dict[str, float] = {}
    for shot in SHOTS:
        path, picture = FOLDER / f"{shot.name}.webp", take(browser, told, shot)
        if keep:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed(picture))
        elif (changed := difference(picture, Image.open(path))) > shot.alike:
            stale[shot.name] = round(changed, 2)
    assert not stale, "the page looks different now: run `make screenshots`, and look at what it took"
    if keep:
        DIGEST.write_text(seen + "\n")


def test_pictures_of_different_pages_are_told_apart() -> None:
    home, live = (Image.open(FOLDER / f"{name}.webp") for name in ("home-dark", "live-dark"))
    light = Image.open(FOLDER / "home-light.webp")
    assert difference(home, live) > 0.3
    assert difference(home, light) > 0.3
    assert difference(home, home.resize((640, 430)).resize(home.size)) < 0.02
