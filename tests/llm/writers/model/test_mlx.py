"""The backend in this process, with a real, tiny model of children's stories on MLX's CPU back end."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from llm.writers.backend import BackendFailed, Limits, Message
from llm.writers.model.mlx import MlxBackend
from llm.writers.model.mlx_engine import Engine, Stopped

ENDLESS = 100_000
RULES = Message(role="system", text="Lily went to the park with her mom and her dog. " * 8)
START = Message(role="user", text="Once upon a time")
OTHER = Message(role="user", text="Tom had a big red ball")

JOINED = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
NO_SYSTEM = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system messages') }}"
    "{% endif %}{{ message['content'] }}\n{% endfor %}"
)


@pytest.fixture(scope="module")
def stories(mirror: Path) -> Path:
    return mirror / "derived" / "stories260k-llama"


def with_template(stories: Path, folder: Path, template: str | None) -> Path:
    """A copy of the model with another chat template."""
    shutil.copytree(stories, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    config = folder / "tokenizer_config.json"
    content = json.loads(config.read_text()) | {"chat_template": template}
    config.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return folder


def limits(tokens: int = 20, seed: int = 1, temperature: float = 0.8) -> Limits:
    return Limits(tokens=tokens, seed=seed, temperature=temperature)


async def answer(backend: MlxBackend, messages: Sequence[Message], within: Limits) -> list[str]:
    return [text async for text in backend.complete(messages, within)]


THREAD = ThreadPoolExecutor(max_workers=1)
"""Uses what is no backend's: what MLX keeps for the main thread crashes it when the process ends."""


@pytest.fixture(scope="module", autouse=True)
def _ended_thread() -> Iterator[None]:
    yield
    import mlx.core as mx

    THREAD.submit(mx.clear_streams)
    THREAD.shutdown()


def spoken(engine: Engine, messages: Sequence[Message], within: Limits, stop: threading.Event | None = None) -> str:
    texts = engine.generate(messages, within, stop or threading.Event())
    return THREAD.submit("".join, texts).result()


def test_a_story_comes_in_pieces_and_stops_at_its_limit(stories: Path, run: Any) -> None:
    async def story() -> tuple[list[str], int]:
        backend = MlxBackend(stories)
        assert backend.name == "mlx: stories260k-llama"
        await backend.warm_up([RULES])
        pieces = await answer(backend, [START], limits(tokens=60, temperature=0))
        await backend.close()
        return pieces, len(Engine(stories).tokens([Message(role="user", text="".join(pieces))]))

    pieces, tokens = run(story())
    assert "".join(pieces).startswith(", there was a little girl named Lily.")
    assert len(pieces) > 1
    assert 50 <= tokens <= 62


def test_the_same_seed_tells_the_same_story_and_another_seed_another(stories: Path, run: Any) -> None:
    async def stories_of(*seeds: int) -> list[str]:
        backend = MlxBackend(stories)
        told = ["".join(await answer(backend, [START], limits(seed=seed))) for seed in seeds]
        await backend.close()
        return told

    one, same, other = run(stories_of(5, 5, 6))
    assert one == same != other
    assert run(stories_of(5)) == [one]


def test_closing_the_stream_stops_the_model(stories: Path, run: Any) -> None:
    async def stop() -> list[str]:
        backend = MlxBackend(stories)
        async with aclosing(backend.complete([START], limits(tokens=ENDLESS))) as texts:
            await anext(texts)
        after = await answer(backend, [START], limits())  # one thread: it only comes when the endless one is over
        await backend.close()
        return after

    assert run(stop())


def test_a_listener_that_is_cancelled_while_waiting_stops_the_model_too(stories: Path, run: Any) -> None:
    async def stop() -> list[str]:
        backend = MlxBackend(stories)
        listening = asyncio.create_task(answer(backend, [START], limits(tokens=ENDLESS)))
        waiting = asyncio.create_task(answer(backend, [OTHER], limits(tokens=ENDLESS)))
        await asyncio.sleep(0)
        for task in (waiting, listening):
            task.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError)
            for end in await asyncio.gather(listening, waiting, return_exceptions=True)
        )
        after = await answer(backend, [START], limits())
        await backend.close()
        return after

    assert run(stop())


def test_requests_at_the_same_time_are_answered_one_after_the_other_as_if_alone(stories: Path, run: Any) -> None:
    async def both() -> tuple[list[list[str]], list[list[str]]]:
        backend = MlxBackend(stories)
        together = await asyncio.gather(*(answer(backend, [each], limits()) for each in (START, OTHER)))
        alone = [await answer(backend, [each], limits()) for each in (START, OTHER)]
        await backend.close()
        return together, alone

    together, alone = run(both())
    assert ["".join(each) for each in together] == ["".join(each) for each in alone]


def test_reading_a_prompt_is_stopped_in_the_middle(stories: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        spoken(Engine(stories), [RULES, START], limits(), stop)


def test_closing_ends_what_is_being_said_and_says_so_afterwards(stories: Path, run: Any) -> None:
    async def close() -> None:
        backend = MlxBackend(stories)
        texts = backend.complete([START], limits(tokens=ENDLESS))
        await anext(texts)
        await backend.close()
        with pytest.raises(BackendFailed, match="was stopped"):
            async for _ in texts:
                pass
        with pytest.raises(BackendFailed, match="closed"):
            await answer(backend, [START], limits())

    run(close())


def test_a_shared_beginning_changes_no_word_and_is_read_once(stories: Path, tmp_path: Path) -> None:
    folder = with_template(stories, tmp_path / "model", JOINED)
    alone = {each: spoken(Engine(folder), [Message(role="user", text=f"{RULES.text}\n{each.text}")], limits(40))
             for each in (START, OTHER)}  # fmt: skip
    engine = Engine(folder)
    for each in (START, OTHER, START):
        assert spoken(engine, [RULES, each], limits(40)) == alone[each]
    assert len(engine._prefix_cache) == 1
    (beginning,) = engine._prefix_cache
    assert len(beginning) > 100
    engine._read = None  # type: ignore[assignment,method-assign]
    assert spoken(engine, [RULES, OTHER], limits(40)) == alone[OTHER]


def test_a_beginning_that_goes_another_way_is_used_as_far_as_it_goes(stories: Path, tmp_path: Path) -> None:
    folder = with_template(stories, tmp_path / "model", JOINED)
    sample = Message(role="assistant", text="The dog was happy and the cat was sad.")
    engine = Engine(folder)
    spoken(engine, [RULES, START, sample, OTHER], limits())
    assert engine._best(engine.tokens([RULES, OTHER]))[1] > 100
    assert spoken(engine, [RULES, OTHER], limits(40)) == spoken(Engine(folder), [RULES, OTHER], limits(40))


def test_only_a_few_beginnings_are_kept(stories: Path, tmp_path: Path) -> None:
    engine = Engine(with_template(stories, tmp_path / "model", JOINED))
    for name in ("Anna", "Ben", "Clara", "Dan", "Eve", "Fred"):
        spoken(engine, [Message(role="system", text=f"{name} liked to play in the sun all day."), START], limits(2))
    assert len(engine._prefix_cache) == 4


def test_a_template_without_system_messages_gets_them_with_the_first_question(stories: Path, tmp_path: Path) -> None:
    folded = Engine(with_template(stories, tmp_path / "folded", NO_SYSTEM))
    joined = Engine(with_template(stories, tmp_path / "joined", JOINED))
    asked = Message(role="user", text=f"{RULES.text}\n\n{START.text}")
    assert folded.tokens([RULES, START]) == joined.tokens([asked])


def test_a_template_that_takes_nothing_is_reported(stories: Path, tmp_path: Path) -> None:
    engine = Engine(with_template(stories, tmp_path / "model", "{{ raise_exception('not like this') }}"))
    with pytest.raises(BackendFailed, match=r"not like this.*HECKLER_MLX_MODEL"):
        engine.tokens([START])


def test_a_model_without_a_template_continues_plain_text(stories: Path, tmp_path: Path) -> None:
    engine = Engine(with_template(stories, tmp_path / "model", None))
    assert spoken(engine, [RULES, START], limits())


def test_a_missing_model_is_reported_with_the_command_that_fetches_one(tmp_path: Path, run: Any) -> None:
    async def ask() -> None:
        backend = MlxBackend(tmp_path / "nothing")
        for _ in range(2):
            with pytest.raises(BackendFailed, match="heckler models pull llama"):
                await backend.warm_up([RULES])
        await backend.close()

    run(ask())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{}" * 9),
        ("model.safetensors", None),
        ("config.json", b"{"),
        ("config.json", b"{}"),
        ("config.json", b'{"model_type": "no-such-model"}'),
        ("tokenizer.json", b"[]"),
    ],
)
def test_a_broken_model_is_reported_and_the_process_goes_on(
    stories: Path, tmp_path: Path, file: str, content: bytes | None, run: Any
) -> None:
    folder = with_template(stories, tmp_path / "model", JOINED)
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)

    async def ask() -> None:
        backend = MlxBackend(folder)
        with pytest.raises(BackendFailed, match=r"cannot be loaded.*heckler models pull llama"):
            await answer(backend, [START], limits())
        await backend.close()

    run(ask())


def test_a_model_that_arrives_later_is_used(stories: Path, tmp_path: Path, run: Any) -> None:
    async def ask() -> list[str]:
        backend = MlxBackend(tmp_path / "model")
        with pytest.raises(BackendFailed):
            await answer(backend, [START], limits())
        with_template(stories, tmp_path / "model", JOINED)
        said = await answer(backend, [START], limits())
        await backend.close()
        return said

    assert run(ask())


def test_without_mlx_lm_the_error_says_how_to_get_it(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlx_lm", None)
    with pytest.raises(BackendFailed, match=r"heckler\[mlx\]"):
        Engine(stories).load()


def test_a_process_that_never_closes_its_backend_still_ends(stories: Path) -> None:
    program = (
        "import asyncio, pathlib, sys\n"
        "from llm.writers.model.mlx import MlxBackend\n"
        "from llm.writers.backend import Limits, Message\n"
        "async def main():\n"
        "    texts = MlxBackend(pathlib.Path(sys.argv[1])).complete([Message(role='user', text='Once')],\n"
        "                                                      Limits(tokens=100000, seed=1, temperature=1))\n"
        "    print(len(await anext(texts)) > 0)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(stories)], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr[-500:]
    assert ended.stdout == "True\n"


def test_a_process_ends_only_when_the_thread_has_let_go_of_the_model(stories: Path) -> None:
    """Here it drops the last reference to the backend itself, and the process ends while it puts the model away."""
    program = (
        "import asyncio, pathlib, sys, threading\n"
        "from llm.writers.model.mlx import MlxBackend\n"
        "from llm.writers.model.mlx_engine import Engine\n"
        "from llm.writers.backend import Limits, Message\n"
        "unload, begun = Engine.unload, threading.Event()\n"
        "def slow_unload(engine):\n"
        "    begun.set()\n"
        "    threading.Event().wait(1)\n"
        "    unload(engine)\n"
        "    print('unloaded', flush=True)\n"
        "Engine.unload = slow_unload\n"
        "async def main():\n"
        "    texts = MlxBackend(pathlib.Path(sys.argv[1])).complete([Message(role='user', text='Once')],\n"
        "                                                      Limits(tokens=100000, seed=1, temperature=1))\n"
        "    await anext(texts)\n"
        "asyncio.run(main())\n"
        "assert begun.wait(60)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(stories)], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, "unloaded\n"), ended.stderr[-500:]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_backend_whose_thread_has_died_goes_on_in_another(stories: Path, run: Any) -> None:
    async def story() -> list[str]:
        backend = MlxBackend(stories)
        await backend.warm_up([RULES])
        backend._thread.take(sys.exit)
        await asyncio.to_thread(backend._thread._thread.join)
        heard_again = await answer(backend, [START], limits(temperature=0))
        await backend.close()
        return heard_again

    assert "".join(run(story())).startswith(", there was a little girl")
