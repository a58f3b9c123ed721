"""One flag for every setting, made from `Settings`: a new setting is a new flag without a line here."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from bus.settings import RENAMED, Settings, old_names


def with_settings(command: Callable[..., Any], only: Iterable[str] = ()) -> Callable[..., Any]:
    """`command` with its parameter `settings: Settings` replaced by a flag for each setting (or for those in `only`).

    Flags win over `HECKLER_*` variables, which win over defaults. A wrong value ends the command with exit status 2
    and a sentence that names the flag and the variable.
    """
    names = tuple(only) or tuple(Settings.model_fields)
    before = [old for old, new in RENAMED.items() if new in names]

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        old_flags = {old: given.pop(f"set_{old}") for old in before}
        flags = {name: given.pop(f"set_{name}") for name in names}
        for old, value in old_flags.items():
            if value is not None and flags[RENAMED[old]] is None:
                flags[RENAMED[old]] = value
                _tell(flag(old), flag(RENAMED[old]))
        return command(settings=load(**flags), **given)

    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]
    flags = [_flag(name, Settings.model_fields[name]) for name in names]
    flags += [_flag(old, Settings.model_fields[RENAMED[old]], hidden=True) for old in before]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *flags)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def load(**flags: Any) -> Settings:
    """The settings, with those of `flags` that are not None on top; typer.BadParameter naming what is wrong."""
    for old in old_names():
        _tell(variable(old), variable(RENAMED[old]))
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise typer.BadParameter("; ".join(_sentence(problem) for problem in error.errors())) from None
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from None


def environment(settings: Settings) -> dict[str, str]:
    """The `HECKLER_*` variables from which another process reads the same settings: those that were set at all."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set & set(Settings.model_fields)}
    return {variable(name): _revealed(value) for name, value in values.items() if value is not None}


def _revealed(value: Any) -> str:
    """As a variable says it: a secret in clear text, since the other process must know it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def flag(name: str) -> str:
    """`models_mirror` → `--models-mirror`."""
    return f"--{name.replace('_', '-')}"


def variable(name: str) -> str:
    """`models_mirror` → `HECKLER_MODELS_MIRROR`."""
    return f"HECKLER_{name.upper()}"


def shape(annotation: Any) -> str:
    """What may be written for a setting: `integer`, `number`, `path`, `text`, `yes or no`, `always|default`."""
    if get_origin(annotation) is Literal:
        return "|".join(map(str, get_args(annotation)))
    if isinstance(annotation, types.UnionType):
        return shape(next(kind for kind in get_args(annotation) if kind is not type(None)))
    names = {bool: "yes or no", int: "integer", float: "number", str: "text", SecretStr: "text"}
    return names.get(annotation, "path")


def _sentence(problem: Any) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else "settings"
    return f"{flag(name)} ({variable(name)}): {problem['msg']}, not {problem['input']!r}"


def _tell(old: str, new: str) -> None:
    typer.echo(f"{old} is called {new} now; the old name goes with the next release.", err=True)


def _flag(name: str, field: FieldInfo, hidden: bool = False) -> inspect.Parameter:
    """Values stay text until `Settings` reads them: flags and variables are checked by the same rules."""
    is_switch = field.annotation is bool
    default = "none" if field.default is None or str(field.default) == "" else str(field.default)
    option = typer.Option(
        f"{flag(name)}/--no-{flag(name)[2:]}" if is_switch else flag(name),
        help=f"{field.description}; default: {default}",
        metavar=None if is_switch else f"<{shape(field.annotation)}>",
        show_default=False,
        hidden=hidden,
        rich_help_panel="Settings (each also an environment variable HECKLER_NAME)",
    )
    kind = bool | None if is_switch else str | None
    return inspect.Parameter(
        f"set_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )
