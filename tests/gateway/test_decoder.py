"""The decoding processes outlive what is done to them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from bus.settings import Settings
from gateway.decode import normalise
from gateway.decoder import PROCESSES, QUEUE, Decoder
from gateway.normalised import Limits
from gateway.problems import Problem

Make = Callable[[], bytes]


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder(Settings())
    yield made
    made.close()


def test_a_child_gives_what_the_function_gives(decoder: Decoder, make_photo: Make) -> None:
    data = make_photo()
    assert asyncio.run(decoder.normalise(data)) == normalise(data, Limits())


def test_a_refusal_in_the_child_is_a_problem_here(decoder: Decoder) -> None:
    with pytest.raises(Problem, match="not_an_image"):
        asyncio.run(decoder.normalise(b"no photo"))


def test_a_child_that_dies_costs_its_photo_and_no_other(
    decoder: Decoder, make_photo: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die_and_live() -> None:
        with monkeypatch.context() as patch:
            # the child turns into a program that fails at once, as it would end in a decoder's segmentation fault
            patch.setattr("gateway.decoder._normalise", os.execv)
            patch.setattr(decoder, "_limits", ["false"])
            with pytest.raises(Problem, match="corrupt_image"):
                await decoder.normalise(shutil.which("false"))  # type: ignore[arg-type]
        assert (await decoder.normalise(make_photo())).width == 64

    asyncio.run(die_and_live())


def test_more_photos_than_can_wait_are_told_to_come_again(decoder: Decoder, make_photo: Make) -> None:
    async def crowd() -> list[object]:
        photos = (decoder.normalise(make_photo()) for _ in range(PROCESSES + QUEUE + 3))
        return await asyncio.gather(*photos, return_exceptions=True)

    outcomes = asyncio.run(crowd())
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Problem)] == ["busy"] * 3
