"""The commands: what each takes and where its work is; a command's module is imported when it runs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kmsgen._version import __version__

app = typer.Typer(
    name="kmsgen",
    help="Compiles short YAML blueprints into least-privilege AWS KMS key policies.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """What `generate` can write."""

    JSON = "json"
    TERRAFORM = "terraform"
    TERRAFORM_JSON = "terraform-json"
    CLOUDFORMATION = "cloudformation"
    CLOUDFORMATION_JSON = "cloudformation-json"


class Emit(StrEnum):
    """How much of a key `generate` writes."""

    KEY = "key"
    POLICY = "policy"


class Subject(StrEnum):
    """What `catalog` lists."""

    ROLES = "roles"
    SERVICES = "services"
    GUARDS = "guards"
    ACTIONS = "actions"


class Listing(StrEnum):
    """How `catalog` prints."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Report(StrEnum):
    """How a command that reports does so."""

    TEXT = "text"
    JSON = "json"


class DiffFormat(StrEnum):
    """How `diff` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """What makes `diff` exit with 1, apart from what is not known for certain."""

    ANY = "any"
    GAINS = "gains"
    LOSSES = "losses"


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


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


Templates = Annotated[
    list[Path] | None,
    typer.Option("--templates", metavar="DIR", help="A folder of your own templates, before ./templates."),
]


@app.command("generate")
def generate_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Blueprints, or folders of them; `blueprints` unless given."),
    ] = None,
    format_: Annotated[
        list[Format] | None, typer.Option("--format", "-f", help="What to write; may be given several times. [json]")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where to write.")] = Path("out"),
    emit: Annotated[
        Emit, typer.Option(help="The whole key, or only its policy (Terraform: aws_kms_key_policy).")
    ] = Emit.KEY,
    environment: Annotated[
        list[str] | None, typer.Option("--environment", "-e", metavar="NAME", help="Only this environment; repeatable.")
    ] = None,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Print the one artefact there is, and write nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; show what would change, and exit 1 if anything would.")
    ] = False,
    companion: Annotated[
        bool, typer.Option("--companion", help="Also the IAM policies that callers need beside the key policy.")
    ] = False,
    templates: Templates = None,
) -> None:
    """Compile blueprints into key policies: JSON, Terraform, CloudFormation."""
    from kmsgen.cli import generate
    from kmsgen.emitters.artefact import Options

    settings = generate.Settings(
        tuple(paths or ()),
        tuple(dict.fromkeys(one.value for one in format_ or (Format.JSON,))),
        out,
        Options(emit.value, companion),
        tuple(environment or ()),
        tuple(templates or ()),
    )
    if stdout and check:
        raise typer.BadParameter("`--stdout` and `--check` do not go together")
    run = generate.to_stdout if stdout else generate.check if check else generate.run
    raise typer.Exit(run(settings))


def _names(context: typer.Context, incomplete: str) -> list[str]:
    """What may stand after `catalog SUBJECT`, for shells that complete."""
    from kmsgen.cli import catalog

    return [name for name in catalog.names(str(context.params.get("subject", ""))) if name.startswith(incomplete)]


@app.command("catalog")
def catalog_command(
    subject: Annotated[Subject, typer.Argument(help="What to list.")],
    name: Annotated[
        str | None, typer.Argument(help="One of them in full, or a word to search for.", autocompletion=_names)
    ] = None,
    format_: Annotated[Listing, typer.Option("--format", help="How to print.")] = Listing.TEXT,
    templates: Templates = None,
) -> None:
    """List roles, services, guards and actions, and say what each means."""
    from kmsgen.cli import catalog

    raise typer.Exit(catalog.run(subject.value, name, format_.value, tuple(templates or ())))


Account = Annotated[
    str | None, typer.Option(metavar="DIGITS", help="The keys' account, where the source does not say it.")
]
Region = Annotated[
    str | None, typer.Option(metavar="REGION", help="The keys' Region, where the source does not say it.")
]


@app.command("diff")
def diff_command(
    planned: Annotated[str, typer.Argument(metavar="PLANNED", help="The side that is to be: any SOURCE.")],
    current: Annotated[str, typer.Option("--current", metavar="SOURCE", help="The side that is now: any SOURCE.")],
    fail_on: Annotated[FailOn, typer.Option(help="What to exit with 1 on.")] = FailOn.ANY,
    format_: Annotated[DiffFormat, typer.Option("--format", help="How to print.")] = DiffFormat.TEXT,
    key: Annotated[str | None, typer.Option(metavar="NAME", help="Only this key, by name, id, ARN or alias.")] = None,
    account: Account = None,
    region: Region = None,
    templates: Templates = None,
) -> None:
    """Compare two sources key by key: who gains and who loses what, each with a request that shows it.

    A SOURCE is a blueprint, a key policy, a CloudFormation template, a plan or state of `terraform show -json`, a
    folder of these, git:REV[:PATH], aws[:PROFILE][@REGION], or - for standard input; SOURCE#KEY is one key of it.
    """
    from kmsgen.cli import diff
    from kmsgen.sources import Options

    options = Options(_account(account), region, tuple(templates or ()))
    settings = diff.Settings(planned, current, fail_on.value, format_.value, key, options)
    raise typer.Exit(diff.run(settings))


@app.command("can")
def can_command(
    principal: Annotated[
        str | None, typer.Argument(metavar="PRINCIPAL", help="Who: role/App, an ARN, an account, a service.")
    ] = None,
    action: Annotated[str | None, typer.Argument(metavar="ACTION", help="What: kms:Decrypt.")] = None,
    on: Annotated[
        str, typer.Option("--on", metavar="SOURCE", help="The key: SOURCE#KEY where there are several.")
    ] = "",
    context: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A condition key of the request; repeatable.")
    ] = None,
    requests: Annotated[
        str | None, typer.Option(metavar="FILE.jsonl", help="Decide many requests, one JSON object a line.")
    ] = None,
    format_: Annotated[Report, typer.Option("--format", help="How to print.")] = Report.TEXT,
    account: Account = None,
    region: Region = None,
    templates: Templates = None,
) -> None:
    """Decide whether somebody may do something with a key, and by which statement; 0 if allowed, 1 if denied."""
    from kmsgen.cli import can
    from kmsgen.sources import Options

    if not on:
        raise typer.BadParameter("`can` takes `--on SOURCE`")
    options = Options(_account(account), region, tuple(templates or ()))
    question = can.Question(on, principal, action, tuple(context or ()), requests, format_.value, options)
    raise typer.Exit(can.run(question))


@app.command("check")
def check_command(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="What to check; `blueprints` unless given.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Only these rules: codes, names, KMS1; repeatable.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Not these rules; repeatable.")] = None,
    severity: Annotated[Severity, typer.Option(help="The least severity that exits with 1.")] = Severity.WARNING,
    caller: Annotated[
        str | None, typer.Option(metavar="ARN", help="Who applies the policy: prove that they can change it again.")
    ] = None,
    guardrails: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Also prove your organisation's guardrails; repeatable.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FILE", help="Findings that are accepted, as --write-baseline writes them.")
    ] = None,
    write_baseline: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what is found to FILE, as accepted findings.")
    ] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day to judge dates by.")
    ] = None,
    account: Account = None,
    region: Region = None,
    templates: Templates = None,
) -> None:
    """Find what is wrong with key policies: of blueprints, or of any SOURCE; 1 where there is a warning or an error."""
    from kmsgen.analysis.subject import Asked
    from kmsgen.cli import check, check_run
    from kmsgen.sources import Options

    options = Options(_account(account), region, tuple(templates or ()))
    settings = check.Settings(
        tuple(sources or ()),
        Asked((today or datetime.now()).date(), caller),
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        severity=severity.value,
        options=options,
        files=check_run.Files(tuple(guardrails or ()), baseline, write_baseline),
    )
    raise typer.Exit(check.run(settings))


def _account(digits: str | None) -> str | None:
    if digits is not None and not (len(digits) == 12 and digits.isascii() and digits.isdigit()):
        raise typer.BadParameter(f"`--account` takes twelve digits, not `{digits}`")
    return digits


@app.command("schema")
def schema_command(templates: Templates = None) -> None:
    """Print the JSON Schema of the blueprint language, for editors."""
    from kmsgen.cli import schema

    raise typer.Exit(schema.run(tuple(templates or ())))


@app.command("init")
def init_command(
    path: Annotated[Path, typer.Argument(metavar="[FILE]", help="The blueprint to write.")] = Path(
        "blueprints/keys.yaml"
    ),
    account: Annotated[str | None, typer.Option(metavar="DIGITS", help="The key's account.")] = None,
    region: Annotated[str | None, typer.Option(metavar="REGION", help="The key's Region.")] = None,
    key: Annotated[str | None, typer.Option(metavar="NAME", help="What the key is called.")] = None,
    admin: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Who manages it: role/KeyAdmins.")] = None,
    user: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Who uses it: role/App.")] = None,
) -> None:
    """Write a first blueprint, by question or by flags."""
    from kmsgen.cli import init

    answers = {"account": account, "region": region, "key": key, "admin": admin, "user": user}
    raise typer.Exit(init.run(path, answers))
