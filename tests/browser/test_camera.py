"""A photo is taken with the camera: Chromium's false one, which shows a real photo."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from conftest import launch
from PIL import Image, ImageOps
from playwright.sync_api import Browser, expect, sync_playwright
from visiting import DONE, TWO, Open, document, noted, noting, roast_id

SIZE = (640, 480)


@pytest.fixture(scope="module")
def scene(photos: Path) -> Image.Image:
    """What the camera sees: two people in front of it, who are not symmetric."""
    with Image.open(photos / TWO) as photo:
        return ImageOps.fit(photo.convert("RGB"), SIZE)


@pytest.fixture(scope="module")
def browser(scene: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera, whose visitor says yes to whoever asks for it."""
    film = tmp_path_factory.mktemp("camera") / "scene.mjpeg"
    frame = io.BytesIO()
    scene.save(frame, "JPEG", quality=92)
    film.write_bytes(frame.getvalue() * 3)
    camera = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
    with sync_playwright() as playwright:
        opened = launch(playwright, *camera, "--use-fake-ui-for-media-stream")
        yield opened
        opened.close()


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are: the mean over all pixels and channels, in grey levels."""
    a, b = (np.asarray(picture.convert("RGB").resize(SIZE), dtype=float) for picture in (one, other))
    return float(np.abs(a - b).mean())


COUNTED = noting("""
  document.querySelector('.camera .count')
    ? `${document.querySelector('.camera .count').textContent}: ${document.activeElement.textContent}, ` +
      `disabled: ${document.activeElement.ariaDisabled}`
    : null
""")
"""A script that notes how the camera counts, and where the focus is meanwhile."""


def test_the_preview_is_a_mirror_and_the_photo_is_not(open_page: Open, system: Any, scene: Image.Image) -> None:
    page = open_page(script=COUNTED)
    page.get_by_role("button", name="Use the camera").click()
    video = page.get_by_label("What the camera sees")
    page.wait_for_function("() => document.querySelector('.camera video').videoWidth > 0")
    assert video.evaluate("video => new DOMMatrix(getComputedStyle(video).transform).a") == -1
    take = page.get_by_role("button", name="Take the photo")
    expect(take).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use this one").click()
    # The focus stays while it counts: Escape and Tab go on from here.
    assert noted(page) == [f"{left}: Take the photo, disabled: true" for left in (3, 2, 1)]
    page.wait_for_selector(DONE)
    expect(page.locator(".camera")).to_have_count(0)
    id = roast_id(page)
    assert len(document(system, id)["features"]["faces"]["finding"]["faces"]) == 2
    sent = Image.open(io.BytesIO(httpx.get(f"{system.url}/api/roasts/{id}/photo").content))
    assert difference(sent, scene) < 12
    assert difference(sent, ImageOps.mirror(scene)) > 30


def test_a_photo_can_be_taken_once_more_and_the_camera_goes_dark_when_it_is_left(open_page: Open) -> None:
    page = open_page(script=TRACKS)
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take the photo").click()
    expect(page.get_by_role("button", name="Use this one")).to_be_focused()
    page.get_by_role("button", name="Once more").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()
    assert "live" in page.evaluate("tracks.map(track => track.readyState)")
    page.keyboard.press("Escape")
    expect(page.locator(".camera")).to_have_count(0)
    assert set(page.evaluate("tracks.map(track => track.readyState)")) == {"ended"}
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()


TRACKS = """
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (asked) => {
  const stream = await open(asked);
  tracks.push(...stream.getTracks());
  return stream;
};
"""
"""A script that notes every camera that was opened."""


def test_where_there_are_two_cameras_the_other_one_can_be_taken(open_page: Open) -> None:
    page = open_page(script=TRACKS + SIDES)
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Other camera").click()
    expect(page.locator(".camera video.mirrored")).to_have_count(0)  # it looks away: no mirror
    page.wait_for_function("() => asked.at(-1) === 'environment' && opened.at(-1) === 'environment'")
    states = page.evaluate("tracks.map(track => track.readyState)")
    assert states[-1] == "live"
    assert states.count("live") == 1


SIDES = """
window.asked = [];
window.opened = [];
const before = navigator.mediaDevices.getUserMedia;
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const side = wanted.video.facingMode;
  asked.push(side);
  const stream = await before(wanted);
  const [track] = stream.getVideoTracks();
  track.getSettings = () => ({ facingMode: side });
  opened.push(side);
  return stream;
};
navigator.mediaDevices.enumerateDevices = async () =>
  ['front', 'back'].map((deviceId) => ({ kind: 'videoinput', deviceId }));
"""
"""A script that makes the machine a phone: one camera on either side."""


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("NotAllowedError", "The camera stays shut."),
        ("NotFoundError", "There is no camera here."),
        ("NotReadableError", "Somebody else has the camera."),
    ],
)
def test_a_camera_that_gives_no_picture_says_why_and_can_be_asked_again(open_page: Open, name: str, title: str) -> None:
    refuse = f"""
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.shut = true;
    navigator.mediaDevices.getUserMedia = (asked) =>
      shut ? Promise.reject(new DOMException('no', '{name}')) : real(asked);
    """
    page = open_page(script=refuse)
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text(title)
    page.evaluate("shut = false")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()


def test_an_unsafe_address_is_told_apart_from_a_refusal(open_page: Open) -> None:
    page = open_page(script="Object.defineProperty(window, 'isSecureContext', { value: false });")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("alert")).to_contain_text("HTTPS")
    expect(page.locator(".camera .choose")).to_be_visible()
