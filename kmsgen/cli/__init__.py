"""The command line's table of contents; a command's own module is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from kmsgen._version import __version__
from kmsgen.cli import asking, making

app = typer.Typer(
    name="kmsgen",
    help="Compiles short YAML blueprints into least-privilege AWS KMS key policies.",
    no_args_is_help=True,
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
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Compiles short YAML blueprints into least-privilege AWS KMS key policies."""


app.command("generate")(making.generate)
app.command("init")(making.init)
app.command("catalog")(making.catalog)
app.command("import")(making.import_)
app.command("schema")(making.schema)
app.command("check")(asking.check)
app.command("diff")(asking.diff)
app.command("explain")(asking.explain)
app.command("can")(asking.can)
app.command("why")(asking.why)
