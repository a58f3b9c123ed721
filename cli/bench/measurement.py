"""The operator's own measurement: photos through the running system, timed by the log, and removed again.

Every photo is looked at afresh: its bytes end with the request's id, so that no other photo has its digest, no finding
is known already, and none that is kept for a real photo is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nats.aio.msg import Msg
from PIL import Image, ImageDraw

from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.jetstream.direct_get import ReadFailed
from bus.roast.product import ROAST
from bus.subjects import ANY, END, REST, event, family_of, findings, live, name_of, request_of
from bus.topology import FEATURES, PHOTOS
from cli.connect.log_client import CommandError
from cli.watch.stages import WHOLE, Sample, Stages
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised, Rejected

SUBMIT = "submit"
"""The stage before the log's clock starts: the photo and its request on their way into it."""
DRAWN = 4
LONG_SIDE = 1280
GRACE_S = 30.0
LOOK_S = 5.0  # a request without an event for so long is looked up

Tell = Callable[[int], None]


class Unanswered(CommandError):
    """The system did not finish a request, not even by its last deadline."""


class NothingToMeasure(CommandError):
    """There is no photo that could be sent."""


@dataclass(frozen=True)
class Plan:
    """What to measure: so many photos, so many at once; before that some alone. `expects`: the analyzers."""

    photos: int
    in_flight: int
    alone: int
    expects: tuple[str, ...]
    product: str = ROAST.name


@dataclass
class Run:
    """What was measured: samples of all stages, over so many seconds, and how the requests ended."""

    in_flight: int
    seconds: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    unfinished: int = 0
    """Requests whose join went ahead without an analyzer that was expected."""

    @property
    def endings(self) -> dict[str, int]:
        """How many requests ended how."""
        ways = [sample.how for sample in self.samples if sample.stage == WHOLE]
        return {how: ways.count(how) for how in sorted(set(ways))}


def pictures(folder: Path | None, limits: Limits, say: Callable[[str], None]) -> list[Normalised]:
    """The photos of a folder, or some drawn here. `say` is called with files that are none. Raises NothingToMeasure."""
    if folder is None:
        return [normalise(drawn(seed), limits) for seed in range(DRAWN)]
    found = []
    for file in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        try:
            found.append(normalise(file.read_bytes(), limits))
        except (Rejected, OSError) as error:
            say(f"{file.name}: left out, {error.detail if isinstance(error, Rejected) else error.strerror}")
    if not found:
        raise NothingToMeasure(f"there is no photo in {folder}: name another folder, or none to have some drawn")
    return found


def drawn(seed: int, side: int = LONG_SIDE) -> bytes:
    """A JPEG of coloured shapes on a gradient: as large as a photo, and as hard to compress. The same for a seed."""
    rng = np.random.default_rng(seed)
    size = (side, side * 3 // 4)
    image = Image.fromarray(rng.integers(0, 255, (4, 5, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = (int(rng.integers(0, edge)) for edge in size)
        reach = int(rng.integers(side // 40, side // 6))
        draw.ellipse((x, y, x + reach, y + reach), fill=tuple(int(level) for level in rng.integers(0, 255, 3)))
    grain = rng.normal(0, 6, (size[1], size[0], 1))
    noisy = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    noisy.save(out, "JPEG", quality=92)
    return out.getvalue()


class Bench:
    """Sends photos, waits for their endings, reads what the log tells of them, and removes them."""

    def __init__(self, bus: Bus, plan: Plan, photos: Sequence[Normalised]) -> None:
        self._bus, self._plan, self._photos = bus, plan, photos
        self._ends: dict[str, asyncio.Event] = {}
        self._sent: dict[str, str] = {}
        """Id → digest of every request that was sent and may have left something."""
        self._number = iter(range(1 << 62))

    async def measure(self, tell: Tell) -> tuple[Run, Run]:
        """One photo after the other, then many at once; `tell` is called with how many are done. However it ends,
        nothing of it stays in the log. Raises LogFull, BusDown."""
        subscription = await self._bus.nc.subscribe(live(ANY, END), cb=self._on_end)
        try:
            await self._run(1, 1, lambda _: None)  # a process that was idle for a while is slow at first
            alone = await self._run(self._plan.alone, 1, lambda _: None)
            return alone, await self._run(self._plan.photos, self._plan.in_flight, tell)
        finally:
            await subscription.unsubscribe()
            await self._clean()

    async def _run(self, count: int, in_flight: int, tell: Tell) -> Run:
        run, free, began = Run(in_flight), asyncio.Semaphore(in_flight), time.perf_counter()
        done = 0

        async def one() -> None:
            nonlocal done
            async with free:
                await self._one(run)
                tell(done := done + 1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(one())
        except ExceptionGroup as errors:  # one reason to stop is enough to tell
            raise errors.exceptions[0] from errors
        run.seconds = time.perf_counter() - began
        return run

    async def _one(self, run: Run) -> None:
        id, now, settings = new_id(), await self._bus.clock.now(), self._bus.settings
        photo = self._photos[next(self._number) % len(self._photos)].marked(id)
        self._sent[id], self._ends[id] = photo.sha256, asyncio.Event()
        began = time.perf_counter()
        await self._bus.photos.put(id, photo.data)
        ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
        terms = {"join_by": now + settings.join_s, "expire_by": now + settings.expiry_s}
        options = {"seed": 0} if self._plan.product == ROAST.name else {}
        asked = {"product": self._plan.product, "options": options, "expects": self._plan.expects}
        await self._bus.submit(
            Submitted.model_validate({"id": id, "photo": ref, "facts": photo.facts, **asked, **terms})
        )
        run.samples.append(Sample(SUBMIT, time.time(), 0.0, (time.perf_counter() - began) * 1000))
        await self._ended(id, settings.expiry_s + GRACE_S)
        await self._note(id, run)

    async def _ended(self, id: str, patience: float) -> None:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._ends[id].wait()
                return
            with contextlib.suppress(ReadFailed):  # the log is away: endings of this time did not arrive
                if (await self._bus.latest(id, "end.*")).ending:
                    return
        raise Unanswered(f"a request has not ended after {patience:.0f} s: is all running? `heckler doctor` says so")

    async def _note(self, id: str, run: Run) -> None:
        """Reads the request's history, and removes it: a long run would else fill the log that it measures."""
        stages = Stages()
        messages = await self._bus.reader.last(PHOTOS, [event(id, REST)])
        run.samples += [sample for message in messages for sample in stages.take(message)]
        reported = {name_of(m.subject) for m in messages if family_of(m.subject) == "feature"}
        if reported.issuperset(self._plan.expects):
            await self._bus.discard(id, self._sent[id])  # overwriting is work that would be measured as well
        else:  # an analyzer may still be at work on it
            run.unfinished += 1
            await self._bus.erase(id)
        del self._ends[id]

    async def _on_end(self, msg: Msg) -> None:
        if end := self._ends.get(request_of(msg.subject)):
            end.set()

    async def _clean(self) -> None:
        """Erases what was under way, and what analyzers had still to put into the cache when a request was swept."""
        for id in list(self._ends):
            await self._bus.erase(id)
        for sha256 in self._sent.values():
            await self._bus.api(f"STREAM.PURGE.{FEATURES}", {"filter": findings(sha256)})
