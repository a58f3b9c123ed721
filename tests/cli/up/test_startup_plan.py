"""What is decided before the first service runs."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.multiprocess import mark_process_dead

from bus.settings import Settings
from cli.up.startup_plan import CannotStart, Plan, choose_port, declare_streams, read_roster
from cli.up.up import status_lines
from cli.up.worker_layout import Member, Roster

ROSTER = Roster(("face", "scene"), (Member("faces", "face"), Member("text", "scene")))


def plan(folder: Path, **given: object) -> Plan:
    settings = Settings(data=folder, **given)  # type: ignore[arg-type]
    users = ("admin", "gateway", "analyzer", "aggregator", "writer")
    return Plan(settings, {user: f"nats://{user}" for user in users}, 8091, folder)


def test_a_free_port_is_taken_as_asked_and_zero_means_any() -> None:
    assert 0 < choose_port(Settings(port=0)) < 65536


def test_a_taken_port_or_a_foreign_address_is_refused_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotStart, match=r"Choose another port with --port, as in: heckler up --port \d+"):
            choose_port(Settings(port=taken.getsockname()[1]))
    for host in ("192.0.2.1", "999.1.1.1"):  # TEST-NET-1 (RFC 5737) is no machine's own address
        with pytest.raises(CannotStart, match=rf"{re.escape(host)}.*Name an address of this machine with --host"):
            choose_port(Settings(host=host, port=0))


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8091"), ("0.0.0.0", "http://127.0.0.1:8091"), ("::", "http://[::1]:8091"),
     ("::1", "http://[::1]:8091"), ("photos.lan", "http://photos.lan:8091")],
)  # fmt: skip
def test_the_address_is_one_that_a_browser_here_can_open(host: str, url: str, tmp_path: Path) -> None:
    assert plan(tmp_path, host=host).url == url


def test_each_service_is_a_process_with_its_own_password(tmp_path: Path) -> None:
    ours = plan(tmp_path, join_s=7)
    parts = [ours.gateway(["faces"]), *ours.services(), *ours.workers(ours.worker_processes(ROSTER))]
    assert [part.name.split()[0] for part in parts][:4] == ["gateway", "aggregator", "writer", "worker"]
    commands = [part.start.args for part in parts]  # type: ignore[attr-defined]
    users = [env["HECKLER_NATS_URL"] for _, env in commands]
    assert users[:4] == ["nats://gateway", "nats://aggregator", "nats://writer", "nats://analyzer"]
    assert all(env["HECKLER_PORT"] == "8091" and env["HECKLER_JOIN_S"] == "7.0" for _, env in commands)
    assert not any("nats://" in word for command, _ in commands for word in command)


def test_unknown_workers_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"--workers: .*facez.*Groups: face, scene"):
        plan(tmp_path, workers="facez").worker_processes(ROSTER)


def test_the_live_gauges_of_the_dead_are_removed_as_the_library_would_do_it(tmp_path: Path) -> None:
    names = ["gauge_livesum_42.db", "gauge_liveall_42.db", "gauge_livesum_421.db", "gauge_max_42.db", "counter_42.db"]
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        for name in names:
            (folder / name).touch()
    plan(ours).forget(42)
    mark_process_dead(42, str(theirs))
    left = {path.name for path in ours.iterdir()}
    assert left == {path.name for path in theirs.iterdir()} < set(names)


def test_a_nats_server_that_is_not_there_is_a_reason_not_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.up.startup_plan.NATS_S", 0.5)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"nats://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(CannotStart, match="check HECKLER_NATS_URL"):
            asyncio.run(declare_streams(Settings(data=tmp_path, nats_url=url), url))


def test_a_nats_server_with_too_little_room_names_the_setting_that_asks_for_less(
    their_server: Callable[[str], Any],
) -> None:
    settings = their_server("3GB").settings
    with pytest.raises(CannotStart, match=r"insufficient storage.*HECKLER_MAX_IMAGE_BYTES"):
        asyncio.run(declare_streams(settings, settings.nats_url))
    small = settings.model_copy(update={"max_image_bytes": 1 << 30})
    asyncio.run(declare_streams(small, settings.nats_url))


def test_the_roster_is_read_by_another_process(tmp_path: Path) -> None:
    roster = asyncio.run(read_roster(Settings(data=tmp_path)))
    assert roster.groups == ("face", "body", "demographics", "scene", "quality")
    assert {"faces", "text", "quality", "composition"} <= {member.name for member in roster.members}


def test_a_broken_roster_is_a_reason_not_to_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="nowhere") as refusal:
        asyncio.run(read_roster(Settings(data=tmp_path, roster="nowhere:ROSTER")))
    assert "\n" not in str(refusal.value)  # a sentence, and no traceback


def test_the_first_words_name_the_analyzers_that_work_here_and_those_that_do_not(tmp_path: Path) -> None:
    lines = status_lines(ROSTER, {"faces"}, Settings(data=tmp_path))
    assert "analyzers  faces" in lines
    assert "not here   text: heckler work text" in lines
    assert not any("not here" in line for line in status_lines(ROSTER, {"faces", "text"}, Settings(data=tmp_path)))
