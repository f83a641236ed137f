"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kmsgen.cli import values

if TYPE_CHECKING:
    from kmsgen.sources import Options

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

Parameter = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="NAME=VALUE",
        help="A parameter of CloudFormation stacks, a variable of Terraform modules; repeatable.",
        autocompletion=values.parameters,
    ),
]


def options_of(
    call: typer.Context,
    account: str | None,
    region: str | None,
    templates: Iterable[Path] | None,
    parameter: Iterable[str] | None,
) -> Options:
    """What the command line says of keys whose source does not say it.

    Raises `KmsgenError` and what typer tells the user, where an option says what it cannot.
    """
    from kmsgen.sources import Options
    from kmsgen.sources.parameters import parameters_of

    source = call.get_parameter_source("parameter")
    said = parameters_of(parameter or (), wanted=source is not None and source.name == "COMMANDLINE")
    return Options(account_of(account), region_of(region), tuple(templates or ()), said)


def region_of(name: str | None) -> str | None:
    """The Region that `--region` names.

    Raises what typer tells the user where it is none.
    """
    from kmsgen.catalog.principals import region_mistake

    if name is not None and (hint := region_mistake(name)) is not None:
        raise typer.BadParameter(f"`--region` takes a Region, and `{name}` is none: {hint}")
    return name


def account_of(digits: str | None) -> str | None:
    """The account that `--account` names.

    Raises what typer tells the user where it is none.
    """
    if digits is not None and not (len(digits) == 12 and digits.isascii() and digits.isdigit()):
        raise typer.BadParameter(f"`--account` takes twelve digits, not `{digits}`")
    return digits
