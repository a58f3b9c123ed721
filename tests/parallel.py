"""How the suite is spread over processes: how many there are, which files come first, and that no skip is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED = ROOT.parent / "shared"

SLOW_FILES = (
    "system/test_batch.py",
    "benchmarks/test_chaos.py",
    "cli/test_end_to_end.py",
    "browser/test_going_wrong.py",
    "analyzers/weights/conversion/test_conversion_to_images.py",
    "system/test_chaos.py",
    "cli/replay/test_replay.py",
    "browser/test_arriving.py",
    "browser/test_findings_on_photo.py",
    "browser/test_look_closer.py",
    "aggregator/roast/test_cues_photos.py",
    "browser/test_accessible.py",
    "cli/dead_letters/test_dead.py",
    "analyzers/test_endurance.py",
    "llm/writers/house/test_house_all.py",
    "analyzers/weights/conversion/test_conversion.py",
    "browser/test_next_steps.py",
    "browser/test_roast_on_page.py",
    "browser/test_share.py",
    "bus/jetstream/test_cluster.py",
    "gateway/events/test_queue_position.py",
    "llm/writers/model/test_mlx.py",
    "system/test_add_an_analyzer.py",
    "benchmarks/test_soak.py",
    "system/test_overload.py",
    "system/test_rogues.py",
    "gateway/test_log_troubles.py",
    "system/test_disk_full.py",
    "system/test_frozen.py",
    "gateway/upload/test_decoder.py",
    "gateway/http/test_connections.py",
    "system/test_other_roster.py",
    "system/test_memory_comes_back.py",
    "bus/erasure/test_erased_on_disk.py",
    "bus/jetstream/test_health.py",
)
"""What takes longest comes first, so that no process is left alone with it at the end."""

_RANKS = {name: rank for rank, name in enumerate(SLOW_FILES)}

_MEMORY_EACH = 2 << 30
"""Bytes that a process of tests takes with the models it has loaded and the Heckler that it has started."""

_skipped: list[str] = []

for name in ("COLUMNS", "LINES"):  # of a terminal that is not there: a console that an import makes would keep them
    os.environ.pop(name, None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two to a core, since many tests wait for other processes; fewer where memory is short."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(2 * (os.cpu_count() or 1), memory // _MEMORY_EACH - 1, 8))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return _RANKS.get(item.path.relative_to(TESTS).as_posix(), len(_RANKS))

    items.sort(key=rank)  # which keeps the order of files that are alike, and that within a file


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything that tests need is there (CI has it), a skipped test is a failure.

    The process that hands out the tests hears of all that the others skipped, and says it once.
    """
    is_worker = hasattr(session.config, "workerinput")
    if _skipped and not is_worker and os.environ.get("CI") and SHARED.is_dir():
        print(f"\nskipped although nothing is missing: {', '.join(_skipped)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
