"""Every process may have as many descriptors as the system lets it."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from bus.service.descriptors import ENOUGH

RAISED = "from bus.service.descriptors import raise_descriptor_limit; print(raise_descriptor_limit())"
OWN = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
CHILDS = f"{RAISED}; import subprocess, sys; subprocess.run([sys.executable, '-c', {OWN!r}])"


@pytest.mark.parametrize("soft", [64, 256])
def test_a_process_and_its_children_have_the_hard_limit(soft: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    ran = subprocess.run([sys.executable, "-c", CHILDS], preexec_fn=few, capture_output=True, text=True, check=True)
    said, childs = map(int, ran.stdout.split())
    assert said == childs
    assert said == min(hard, ENOUGH) if hard != resource.RLIM_INFINITY else said > soft


def test_a_kernel_that_grants_less_than_it_says_is_asked_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    from bus.service.descriptors import raise_descriptor_limit

    asked: list[int] = []

    def setrlimit(_: int, limits: tuple[int, int]) -> None:
        asked.append(limits[0])
        if limits[0] > 10_240:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 1 << 20))
    monkeypatch.setattr("resource.setrlimit", setrlimit)
    assert raise_descriptor_limit() == 10_240
    assert asked == [ENOUGH, 10_240]
