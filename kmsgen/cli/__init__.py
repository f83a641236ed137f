"""The command line's table of contents; a command's own module is imported when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kmsgen._version import __version__
from kmsgen.cli import asking, making, values
from kmsgen.cli.configured import Command, configure

COMMANDS: dict[str, Callable[..., None]] = {
    "generate": making.generate,
    "init": making.init,
    "catalog": making.catalog,
    "import": making.import_,
    "schema": making.schema,
    "completion": making.completion,
    "check": asking.check,
    "diff": asking.diff,
    "explain": asking.explain,
    "can": asking.can,
    "why": asking.why,
}
"""In the order in which help lists them."""


class _Commands(TyperGroup):
    """The commands, none of whose parameters are worked out before it is asked for."""

    def __init__(self, **settings: Any) -> None:
        settings["commands"] = {name: Command(name, function) for name, function in COMMANDS.items()}
        super().__init__(**settings)


app = typer.Typer(
    cls=_Commands,
    name="kmsgen",
    help="Compiles short YAML blueprints into least-privilege AWS KMS key policies.",
    no_args_is_help=True,
    add_completion=False,  # in place of what typer offers: the command `completion`, which needs not guess the shell
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kmsgen {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors, and nothing else.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say which configuration, templates and files are used.")
    ] = False,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            envvar="KMSGEN_CONFIG",
            show_envvar=False,
            help="The configuration, instead of the kmsgen.toml or pyproject.toml that is found.",
            autocompletion=values.files,
        ),
    ] = None,
) -> None:
    """Compiles short YAML blueprints into least-privilege AWS KMS key policies."""
    configure(context, config, quiet=quiet, verbose=verbose)
