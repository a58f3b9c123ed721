"""What a visitor does again and again, and what there is to be seen of it."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
TWO = "people/two_people.jpg"
DONE = ".roast[data-complete=true]"


def awake(page: Page) -> Page:
    """The page once it hears pastes and drops: it begins to when it asks who is there, which may be after its load."""
    page.get_by_role("radio").first.wait_for(state="attached")
    return page


def wait_for_pictures(page: Page) -> None:
    """Until all that the page shows is there, and it asks for nothing more."""
    page.wait_for_function("() => [...document.images].every(({ complete }) => complete)")
    page.wait_for_load_state("networkidle")


def open_findings(page: Page) -> None:
    """Opens all findings, once nothing moves the page any more: a click may else land where they were a moment ago."""
    page.wait_for_selector(DONE)
    wait_for_pictures(page)
    page.locator("summary").first.click()
    expect(page.locator("details.details")).to_have_attribute("open", "")


def upload(page: Page, photo: Path | dict[str, Any]) -> None:
    """Chooses the photo by hand."""
    page.set_input_files("input[type=file]", photo)


def roast_id(page: Page) -> str:
    """The id in the address of the page, as soon as it is there."""
    page.wait_for_url(re.compile(r"#/r/[\w-]{22}$"))
    return page.url.rsplit("/", 1)[1]


def document(system: Any, id: str) -> dict[str, Any]:
    """What the server knows of the roast."""
    with system.client() as client:
        answer = client.get(f"/api/roasts/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def create(system: Any, photo: Path, **options: str) -> str:
    """A finished roast, made without the page."""
    with system.client() as client, photo.open("rb") as file:
        stream = client.stream(
            "POST", "/api/roasts", files={"photo": file}, data=options, headers={"Accept": "text/event-stream"}
        )
        with stream as answer:
            answer.read()
            return str(answer.headers["location"].rsplit("/", 1)[1])


def processes_of(system: Any, service: str) -> list[int]:
    """The process ids of a service (`analyzers`), children of `heckler up`; at least one."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    found = [int(pid) for pid, up, what in rows if int(up) == system.process.pid and f"cli.up.serve {service}" in what]
    assert found, f"no {service} runs"
    return found


def process_of(system: Any, service: str) -> int:
    """The process id of a service (`gateway`) of which there is one."""
    [pid] = processes_of(system, service)
    return pid


def noise(size: tuple[int, int] = (1200, 900)) -> dict[str, Any]:
    """A photo that nobody has seen before, so nothing about it is remembered."""
    image = Image.frombytes("RGB", size, os.urandom(3 * size[0] * size[1]))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return {"name": "noise.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def spoken(page: Page) -> str:
    """The words of the roast as they stand on the page, without the page's own."""
    texts = page.locator(".roast .passage > p").evaluate_all("all => all.map(p => p.firstChild.textContent)")
    return " ".join(texts)


def squeezed(text: str) -> str:
    """The text as a browser lays it out: every run of white space is one space."""
    return " ".join(text.split())


def noting(expression: str) -> str:
    """A script that keeps in `window.noted`, in their order, all that the JavaScript expression has been.

    For what passes by itself: a test that looks at the page now and then would miss it when the machine is busy.
    """
    return f"""
    window.noted = [];
    const note = () => {{
      const now = {expression};
      if (now !== null && now !== undefined && now !== noted.at(-1)) noted.push(now);
    }};
    new MutationObserver(note).observe(document, {{ subtree: true, childList: true, characterData: true,
      attributes: true }});
    """


def noted(page: Page) -> list[Any]:
    """What the script of `noting` has kept."""
    kept: list[Any] = page.evaluate("noted")
    return kept


LENGTHS = noting("document.querySelector('.roast ol')?.textContent.length")
"""A script that notes every length that the roast on the page has had."""
