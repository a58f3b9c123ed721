"""A language model in this process, by mlx-lm: loading, chat template, sampling, and beginnings that are read once."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from llm.writers.backend import BackendFailed, Limits, Message, TooLong

BEGINNINGS = 4
"""Beginnings kept in memory. For 3 B parameters each takes some 0.1 MB a token: 100 MB for a persona's rules."""

CHUNK = 128
"""Tokens of a prompt that are read between two looks at whether the answer is still needed."""

MIN_P = 0.05
"""Tokens less likely than this share of the likeliest one are never said: in 4 bits the long tail is noise."""

ANSWER_SHARE = 0.25
"""Of a context, as much as this stays free for an answer that may be longer still: most are not."""

SHORTEST = 8
"""Tokens from which on a shared beginning is worth keeping."""

_TEMPLATE = {"enable_thinking": False, "date_string": "26 Jul 2024"}
"""Templates that know these words neither think aloud nor say another date, and so begin anew, every day."""


class Stopped(Exception):
    """The answer is not needed any more."""


class Engine:
    """The model in `folder`. All of it is used by one thread: MLX keeps its streams per thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: tuple[Any, Any] | None = None
        self._prefix_cache: OrderedDict[tuple[int, ...], list[Any]] = OrderedDict()

    def load(self) -> tuple[Any, Any]:
        """Model and tokenizer, from the disk the first time. Raises BackendFailed; a later call tries again."""
        if self._loaded is None:
            self._loaded = _load(self.folder)
        return self._loaded

    def unload(self) -> None:
        """Gives the memory back."""
        if self._loaded is not None:
            import mlx.core as mx

            self._loaded = None
            self._prefix_cache.clear()
            mx.clear_cache()
            mx.clear_streams()

    def generate(self, messages: Sequence[Message], limits: Limits, stop: threading.Event) -> Iterator[str]:
        """The answer to `messages`, token by token, until it is over, long enough, or `stop` is set.

        What comes before the last message is read once and kept for later requests that begin alike. Raises
        BackendFailed, Stopped; TooLong when the model has never seen a text so long, and would babble.
        """
        model, tokenizer = self.load()
        from mlx_lm import stream_generate

        tokens = self.tokens(messages)
        self._require_room(len(tokens), limits.tokens)
        cache, known = self._beginning(tokens, self._shared(messages, tokens), stop)

        def look_up(done: int, total: int) -> None:
            _unless(stop)

        for response in stream_generate(
            model,
            tokenizer,
            tokens[known:],
            max_tokens=limits.tokens,
            sampler=sampler(limits.temperature, limits.seed),
            prompt_cache=cache,
            prefill_step_size=CHUNK,
            prompt_progress_callback=look_up,
        ):
            _unless(stop)
            if response.text:
                yield response.text

    def tokens(self, messages: Sequence[Message], ask: bool = True) -> list[int]:
        """`messages` in the model's own chat format; with `ask`, up to where its answer begins. Raises BackendFailed.

        Some templates know no system message: then it opens the first of the user's.
        """
        _, tokenizer = self.load()
        from jinja2 import TemplateError

        if not tokenizer.has_chat_template:
            return list(tokenizer.encode("\n\n".join([*(message.text for message in messages), ""])))
        problem: Exception | None = None
        for turns in (_turns(messages), _turns(_folded(messages))):
            try:
                return list(tokenizer.apply_chat_template(turns, add_generation_prompt=ask, **_TEMPLATE))
            except TemplateError as error:
                problem = error
        raise BackendFailed(
            f"the chat template of {self.folder.name} takes no such conversation ({problem}): "
            "name another model in HECKLER_MLX_MODEL"
        )

    def _require_room(self, tokens: int, answer: int) -> None:
        """Raises TooLong when a prompt of so many tokens leaves less than `answer` (or `ANSWER_SHARE`) free."""
        room = positions(self.load()[0])
        if room is not None and tokens + min(answer, int(room * ANSWER_SHARE)) > room:
            raise TooLong(
                f"the request is too long for {self.folder.name}: {tokens} tokens, where question and answer together "
                f"may have {room}; name a model with a longer context in HECKLER_MLX_MODEL"
            )

    def _shared(self, messages: Sequence[Message], tokens: Sequence[int]) -> int:
        """How many of `tokens` come before the last message. Where a template will not say, none."""
        if len(messages) < 2:
            return 0
        try:
            before = self.tokens(messages[:-1], ask=False)
        except BackendFailed:
            return 0
        return min(_alike(before, tokens), len(tokens) - 1)

    def _beginning(self, tokens: Sequence[int], shared: int, stop: threading.Event) -> tuple[list[Any], int]:
        """A cache of the request's own that has read as much of `tokens` as it says, at least `shared` of them."""
        cache, known = self._best(tokens)
        if shared < SHORTEST or known >= shared:
            return cache, known
        self._read(tokens[known:shared], cache, stop)
        self._prefix_cache[tuple(tokens[:shared])] = copy.deepcopy(cache)
        while len(self._prefix_cache) > BEGINNINGS:
            self._prefix_cache.popitem(last=False)
        return cache, shared

    def _best(self, tokens: Sequence[int]) -> tuple[list[Any], int]:
        """A copy of the kept beginning that goes furthest along `tokens`, and how far; an empty one without any."""
        from mlx_lm.models.cache import can_trim_prompt_cache, make_prompt_cache, trim_prompt_cache

        model, _ = self.load()
        best, length = None, 0
        for kept, cache in self._prefix_cache.items():
            alike = min(_alike(kept, tokens), len(tokens) - 1)
            if alike > length and (alike == len(kept) or can_trim_prompt_cache(cache)):
                best, length = kept, alike
        if best is None:
            return make_prompt_cache(model), 0
        self._prefix_cache.move_to_end(best)
        cache = copy.deepcopy(self._prefix_cache[best])
        if length < len(best):
            trim_prompt_cache(cache, len(best) - length)
        return cache, length

    def _read(self, tokens: Sequence[int], cache: list[Any], stop: threading.Event) -> None:
        import mlx.core as mx
        from mlx_lm.generate import generation_stream

        model, _ = self.load()
        with mx.stream(generation_stream):
            for start in range(0, len(tokens), CHUNK):
                _unless(stop)
                model(mx.array(list(tokens[start : start + CHUNK]))[None], cache=cache)
                mx.eval([layer.state for layer in cache])


def positions(model: Any) -> int | None:
    """Tokens that `model` was made for, question and answer together; None when its configuration does not say."""
    args = getattr(model, "args", None)
    inner = getattr(args, "text_config", None)
    said = getattr(args, "max_position_embeddings", None) or (
        inner.get("max_position_embeddings") if isinstance(inner, dict) else None
    )
    return said if isinstance(said, int) else None


def sampler(temperature: float, seed: int) -> Callable[[Any], Any]:
    """Chooses the next token, the same for the same seed whatever else this process draws at random."""
    import mlx.core as mx
    from mlx_lm.sample_utils import apply_min_p

    if temperature == 0:
        return lambda scores: mx.argmax(scores, axis=-1)
    key = mx.random.key(seed)

    def choose(scores: Any) -> Any:
        nonlocal key
        key, now = mx.random.split(key)
        return mx.random.categorical(apply_min_p(scores, MIN_P) * (1 / temperature), key=now)

    return choose


def _load(folder: Path) -> tuple[Any, Any]:
    """Model and tokenizer in `folder`, which never runs code of its own. Raises BackendFailed."""
    if not (folder / "config.json").is_file():
        raise BackendFailed(
            f"there is no language model in {folder}: heckler models pull llama fetches one, "
            "and HECKLER_MLX_MODEL names another"
        )
    try:
        from mlx_lm import load
    except ImportError as error:
        raise BackendFailed(
            f"mlx-lm is not here ({error}): pip install 'heckler[mlx]' adds it, HECKLER_WRITER=house does without"
        ) from error
    try:
        model, tokenizer = load(str(folder))[:2]
    except Exception as error:  # a broken file ends in whatever the library at hand happens to raise
        raise BackendFailed(
            f"the language model in {folder} cannot be loaded ({type(error).__name__}: {str(error)[:200]}): delete the "
            "folder, then heckler models pull llama fetches one"
        ) from error
    return model, tokenizer


def _turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text} for message in messages]


def _folded(messages: Sequence[Message]) -> Sequence[Message]:
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return messages
    opened = Message(role="user", text=f"{messages[0].text}\n\n{messages[1].text}")
    return (opened, *messages[2:])


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both have in common from the start."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _unless(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped
