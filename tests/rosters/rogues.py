"""Analyzers that misbehave on photos of a certain colour, and one that never does."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np

from analyzers.base import Photo, Weights
from bus.findings import Facts

RED, GREEN, BLUE = (220, 20, 20), (20, 220, 20), (20, 20, 220)


def is_colour(photo: Photo, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(photo.rgb.reshape(-1, 3).mean(axis=0) - colour).max() < 30)


class Rogue:
    group = "quality"
    version = "1"
    model = "rogue"
    weights = ()
    optional_weights = ()

    def __init__(self, weights: Weights) -> None: ...


class Steady(Rogue):
    """Always there, under the name that makes a cue of the middle of the night."""

    name = "facts"

    def analyze(self, photo: Photo) -> Facts:
        return Facts(taken_hour=3, time_of_day="night", flash=True)


class RaisesOnRed(Rogue):
    name = "raises"

    def analyze(self, photo: Photo) -> Facts:
        if is_colour(photo, RED):
            raise RuntimeError("I cannot stand red")
        return Facts()


class DiesOnGreen(Rogue):
    name = "dies"

    def analyze(self, photo: Photo) -> Facts:
        if is_colour(photo, GREEN):
            os.kill(os.getpid(), signal.SIGSEGV)
        return Facts()


class LeavesOnGreen(Rogue):
    name = "leaves"

    def analyze(self, photo: Photo) -> Facts:
        if is_colour(photo, GREEN):
            os._exit(0)
        return Facts()


class HangsOnBlue(Rogue):
    name = "hangs"

    def analyze(self, photo: Photo) -> Facts:
        if is_colour(photo, BLUE):
            threading.Event().wait()
        return Facts()


ROSTER: tuple[type[Any], ...] = (Steady, RaisesOnRed, DiesOnGreen, HangsOnBlue)
LEAVERS: tuple[type[Any], ...] = (LeavesOnGreen,)
