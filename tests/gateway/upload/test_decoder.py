"""The decoder outlives what is done to its processes, and says what was at fault."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.upload.decode import normalise
from gateway.upload.decoder import PROCESSES, QUEUE, Decoder
from gateway.upload.decoding_child import NoFrame, pack, unpack
from gateway.upload.decoding_pool import pause_s
from gateway.upload.photo import Limits

Make = Callable[[], bytes]

ODD = """
import os, time
import gateway.upload.decode, gateway.upload.decoding_child as child
real = gateway.upload.decode.normalise
def normalise(photo, limits):
    if photo.startswith(b"crash"):
        os.abort()
    if photo.startswith(b"prattle"):
        child.pack = lambda *_: b"no frame at all"
        raise child.Rejected("prattle", "as a process says that is no longer its own")
    if photo.startswith(b"dawdle"):
        time.sleep(600)
    while photo.startswith(b"/") and not os.path.exists(photo):
        time.sleep(0.01)
    return real(photo, limits)
gateway.upload.decode.normalise = normalise
child.main()
"""
"""A decoding process with a weakness for some photos, as a faulty codec has it."""


def decode_with(work: Callable[[Decoder], Awaitable[Any]], **settings: Any) -> Any:
    """Does something with a decoder."""

    async def main() -> Any:
        async with asyncio.timeout(100), Decoder(Settings(**settings)) as decoder:
            return await work(decoder)

    return asyncio.run(main())


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.upload.decoder.command_for", lambda memory: [sys.executable, "-c", ODD, str(memory)])


def processes(decoder: Decoder) -> list[int]:
    return [slot.process.pid for slot in decoder._pool._slots if slot.process]


async def code_of(decoder: Decoder, photo: bytes) -> str:
    with pytest.raises(Problem) as problem:
        await decoder.normalise(photo)
    return problem.value.code


def test_a_child_gives_what_the_function_gives(make_photo: Make) -> None:
    data = make_photo()
    assert decode_with(lambda decoder: decoder.normalise(data)) == normalise(data, Limits())


def test_a_refusal_in_the_child_is_a_problem_here() -> None:
    assert decode_with(lambda decoder: code_of(decoder, b"no photo")) == "not_an_image"


@pytest.mark.usefixtures("odd")
def test_a_photo_that_its_processes_die_of_is_damaged_and_costs_no_other_photo(make_photo: Make) -> None:
    async def work(decoder: Decoder) -> None:
        codes = await asyncio.gather(*(code_of(decoder, photo) for photo in (b"crash", b"prattle")))
        assert codes == ["corrupt_image"] * 2
        assert (await decoder.normalise(make_photo())).width == 64

    decode_with(work)


@pytest.mark.usefixtures("odd")
def test_a_photo_that_takes_too_long_is_given_up_and_the_next_is_decoded(make_photo: Make) -> None:
    async def work(decoder: Decoder) -> None:
        assert await code_of(decoder, b"dawdle") == "decode_timeout"
        assert (await decoder.normalise(make_photo())).width == 64

    decode_with(work, decode_s=2)


@pytest.mark.usefixtures("odd")
def test_a_process_that_is_killed_or_frozen_at_work_is_no_fault_of_its_photo(tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    async def work(decoder: Decoder) -> str:
        refused = asyncio.create_task(code_of(decoder, bytes(gate)))
        for number in (signal.SIGKILL, signal.SIGSTOP):
            busy = await busy_one(decoder)
            os.kill(busy, number)
            decoder._pool._exercise_now.set()
            while busy in processes(decoder):  # noqa: ASYNC110 - until its end is noticed
                await asyncio.sleep(0.01)
        gate.touch()
        return await refused

    assert decode_with(work, decode_s=60) == "not_an_image"  # as the third process, which is unharmed, says


async def busy_one(decoder: Decoder) -> int:
    while True:
        for slot in decoder._pool._slots:
            if slot.process and slot.process._reply is not None and slot.process.answers:
                return slot.process.pid
        await asyncio.sleep(0.01)


def test_idle_processes_that_are_killed_or_frozen_are_replaced_before_the_next_photo(make_photo: Make) -> None:
    async def work(decoder: Decoder) -> None:
        for number in (signal.SIGKILL, signal.SIGSTOP):
            await decoder.wait_until_usable()
            before = processes(decoder)
            for pid in before:
                os.kill(pid, number)
            assert (await decoder.normalise(make_photo())).width == 64
            assert not set(before) & set(processes(decoder))

    decode_with(work)


def test_while_no_process_can_be_started_photos_are_refused_and_then_it_mends_itself(
    make_photo: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = tmp_path / "python"  # as during an upgrade, it is not there for a while
    command = [str(interpreter), "-m", "gateway.upload.decoding_child", str(2 << 30)]
    monkeypatch.setattr("gateway.upload.decoder.command_for", lambda _: command)

    async def work(decoder: Decoder) -> None:
        with pytest.raises(Problem, match=r"decoder_down.*none can be started.*No such file"):
            await decoder.normalise(make_photo())
        assert not decoder.usable
        interpreter.with_suffix(".new").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        interpreter.with_suffix(".new").chmod(0o700)
        interpreter.with_suffix(".new").rename(interpreter)
        await decoder.wait_until_usable()
        assert (await decoder.normalise(make_photo())).width == 64

    decode_with(work)


def test_more_photos_than_can_wait_are_refused_with_a_time_to_come(make_photo: Make) -> None:
    async def crowd(decoder: Decoder) -> list[object]:
        photos = (decoder.normalise(make_photo()) for _ in range(PROCESSES + QUEUE + 3))
        return await asyncio.gather(*photos, return_exceptions=True)

    outcomes = decode_with(crowd)
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Problem)] == ["busy"] * 3


@given(failures=st.integers(0, 10**6), chance=st.floats(0, 1))
def test_the_pause_before_a_new_process_is_a_tenth_to_two_seconds(failures: int, chance: float) -> None:
    assert 0.1 <= pause_s(failures, chance) <= 2.0 + 1e-9


@given(said=st.dictionaries(st.text(), st.integers() | st.text()), data=st.binary(), cut=st.integers(0, 200))
def test_a_frame_is_read_when_all_of_it_is_there(said: dict[str, Any], data: bytes, cut: int) -> None:
    frame = bytearray(pack(said, data))
    assert unpack(frame) == (said, data)
    if cut < len(frame):
        assert unpack(frame[:cut]) is None


@given(st.binary(min_size=8))
def test_what_is_no_frame_is_never_taken_for_one(noise: bytes) -> None:
    try:
        unpack(bytearray(noise))
    except NoFrame:
        return
