"""The commands of `heckler models`. Each imports what it needs when it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bus.settings import Settings
from cli.flags import load, with_settings
from cli.terminal.output import fail

models = typer.Typer(help="Weights: which are here, and how they come and go.", no_args_is_help=True)

out = Console()
err = Console(stderr=True)

_WHERE = ("data", "models_mirror", "models_trust_mirror", "models_accept")

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="weights", show_default=False)]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="LICENCE",
        help="a kind of licence that you accept this time: agpl, llama, non-commercial or all; may be repeated",
        show_default=False,
    ),
]


def list_models(settings: Settings) -> None:
    """List the weights: task, analyzers, size, licence, commercial use, and whether they are here.

    Present: here, with its makers' hash. Unverified: here and unchanged since it came, but its makers publish no hash.

    Example: heckler models list
    """
    from cli.models.actions import show

    _tell(lambda: show(settings, out))


def pull_models(
    settings: Settings,
    names: Names = None,
    everything: Annotated[
        bool, typer.Option("--all", help="also what no analyzer of the roster uses", show_default=False)
    ] = False,
    accept: Accept = None,
) -> None:
    """Fetch weights, check their hashes and keep them in the data folder; without a NAME, all that are in use.

    Only permissive licences, unless you accept others. A pull that was cut goes on where it stopped. Language models
    (llama, phi, qwen) are some 2 GB each and come only when named.

    Example: heckler models pull llama --accept llama
    """
    from cli.models.actions import pull

    _tell(lambda: pull(_accepting(settings, accept), names or [], everything, err))


def verify_models(settings: Settings, names: Names = None) -> None:
    """Read the weights that are here again and check their hashes. Exit status 1 if one is damaged.

    Example: heckler models verify
    """
    from cli.models.actions import verify

    _tell(lambda: verify(settings, names or [], out))


def bundle_models(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="the tar to write", show_default=False)],
    names: Names = None,
) -> None:
    """Pack weights into one tar, for a machine without a network; without a NAME, all that are here.

    Example: heckler models bundle weights.tar
    """
    from cli.models.actions import bundle

    _tell(lambda: bundle(settings, file, names or [], err))


def import_models(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="a bundle", show_default=False)],
    accept: Accept = None,
) -> None:
    """Take the weights of a bundle into the data folder: every hash is checked first.

    Example: heckler models import weights.tar
    """
    from cli.models.actions import unpack

    _tell(lambda: unpack(_accepting(settings, accept), file, err))


def convert_models(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="weights", show_default=False)],
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, help="the makers' file, where it is here already", show_default=False
        ),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", dir_okay=False, help="write the ONNX file here instead", show_default=False
        ),
    ] = None,
    accept: Accept = None,
) -> None:
    """Make weights out of the checkpoint that their makers publish, and check that they answer as it does.

    Needs PyTorch: make convert installs it.

    Example: heckler models convert places365_resnet18
    """
    from cli.models.convert import make

    _tell(lambda: make(_accepting(settings, accept), name, checkpoint, out_file, err))


def _accepting(settings: Settings, accept: list[str] | None) -> Settings:
    """The settings with these licences accepted too; typer.BadParameter for one that there is not."""
    if not accept:
        return settings
    given = settings.model_dump(include=settings.model_fields_set)
    return load(**{**given, "models_accept": ",".join((settings.models_accept, *accept))})


def _tell(command: Callable[[], bool | None]) -> None:
    """Runs `command`; its False, and an error with a sentence for people, are exit status 1."""
    from analyzers.runtime.registry import BadRoster
    from analyzers.weights.store import WeightsError

    try:
        done = command()
    except (WeightsError, BadRoster) as error:
        fail(err, error)
    if done is False:
        raise typer.Exit(1)


models.command("list")(with_settings(list_models, only=_WHERE))
models.command("pull")(with_settings(pull_models, only=_WHERE))
models.command("verify")(with_settings(verify_models, only=_WHERE))
models.command("bundle")(with_settings(bundle_models, only=_WHERE))
models.command("import")(with_settings(import_models, only=_WHERE))
models.command("convert")(with_settings(convert_models, only=_WHERE))
