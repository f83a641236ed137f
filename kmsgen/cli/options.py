"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kmsgen.cli import values

Templates = Annotated[
    list[Path] | None,
    typer.Option(
        "--templates",
        metavar="DIR",
        help="A folder of your own templates, before ./templates.",
        autocompletion=values.files,
    ),
]

OutFile = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Where to write; standard output unless given.",
        autocompletion=values.files,
    ),
]

Account = Annotated[
    str | None, typer.Option(metavar="DIGITS", help="The keys' account, where the source does not say it.")
]

Region = Annotated[
    str | None,
    typer.Option(
        metavar="REGION",
        help="The keys' Region, where the source does not say it.",
        autocompletion=values.regions,
    ),
]


def account_of(digits: str | None) -> str | None:
    """The account that `--account` names.

    Raises what typer tells the user where it is none.
    """
    if digits is not None and not (len(digits) == 12 and digits.isascii() and digits.isdigit()):
        raise typer.BadParameter(f"`--account` takes twelve digits, not `{digits}`")
    return digits
