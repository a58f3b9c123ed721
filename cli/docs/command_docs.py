"""Makes `docs/cli.md` from the commands themselves, so that it cannot be wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_HEAD = """# The command line

`heckler COMMAND --help` says the same as this page, which is made by `heckler docs cli`. Where a command takes
settings, each of them is a flag and a `HECKLER_*` variable: [settings.md](settings.md). `heckler --install-completion`
teaches your shell the commands, the ids of recent requests, the personas and the analyzers.
"""


def markdown(root: Any) -> str:
    """The whole page for the command that has all the others, newline-terminated."""
    commands = sorted(_commands(root, "heckler"), key=lambda each: each[0])
    contents = "\n".join(f"- [`{name}`](#{name.replace(' ', '-')}): {_first(command)}" for name, command in commands)
    return "\n".join([_HEAD, contents, *(_section(name, command).rstrip() for name, command in commands)]) + "\n"


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _section(name: str, command: Any) -> str:
    given = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    own = [parameter for parameter in given if not _is_setting(parameter) and parameter.name != "help"]
    settings = [f"`{parameter.opts[0]}`" for parameter in given if _is_setting(parameter)]
    parts = [f"\n## {name}\n", f"    {_usage(name, own)}\n", _prose(command.help or "")]
    if own:
        rows = (f"| {_spelling(parameter)} | {_cell(_meaning(parameter))} |\n" for parameter in own)
        parts.append("| | |\n|---|---|\n" + "".join(rows))
    if settings:
        parts.append(f"Settings: {', '.join(settings) if len(settings) < 20 else 'all of them'}.\n")
    return "\n".join(parts)


def _usage(name: str, parameters: list[Any]) -> str:
    arguments = [_metavar(p) + ("…" if p.nargs == -1 else "") for p in parameters if _is_argument(p)]
    required = [p.required for p in parameters if _is_argument(p)]
    shown = [word if needed else f"[{word}]" for word, needed in zip(arguments, required, strict=True)]
    options = ["[OPTIONS]"] if len(arguments) < len(parameters) else []
    return " ".join([name, *options, *shown])


def _prose(text: str) -> str:
    """The help text; its examples as a block of their own."""
    paragraphs = [re.sub(r"\s*\n\s*", "\n", part.strip()) for part in text.replace("\b", "").split("\n\n")]
    return "\n".join(_example(part) if part.startswith("Example") else f"{part}\n" for part in paragraphs if part)


def _example(part: str) -> str:
    lines = re.sub(r"^Examples?:\s*", "", part).splitlines()
    return "\n".join(["```sh", *lines, "```\n"])


def _first(command: Any) -> str:
    sentence = (command.help or "").split("\n\n")[0].replace("\n", " ").strip()
    return re.split(r"(?<=[.:])\s", sentence)[0].rstrip(".:") + "."


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _is_setting(parameter: Any) -> bool:
    return str(parameter.name).startswith("set_")


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _spelling(parameter: Any) -> str:
    if _is_argument(parameter):
        return f"`{_metavar(parameter)}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} `{_metavar(parameter)}`"


def _meaning(parameter: Any) -> str:
    text = str(parameter.help or "")
    without_default = parameter.default is None or parameter.default is False or not parameter.show_default
    return (
        text
        if without_default or parameter.required or callable(parameter.default)
        else f"{text}; default: {_plain(parameter)}"
    )


def _plain(parameter: Any) -> str:
    value = parameter.default
    return f"`{'yes' if value is True else value}`" if value not in ("", (), []) else "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
