"""The commands that answer something: what each takes, and where its work is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from kmsgen.cli import values
from kmsgen.cli.choices import (
    CheckFormat,
    DiffFormat,
    ExplainFormat,
    FailOn,
    Report,
    Severity,
)
from kmsgen.cli.options import Account, Parameter, Region, Templates, options_of


def check(
    call: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...", help="What to check; `blueprints` unless given.", autocompletion=values.sources
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE", help="Only these rules: codes, names, KMS1; repeatable.", autocompletion=values.rules
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Not these rules; repeatable.", autocompletion=values.rules)
    ] = None,
    format_: Annotated[CheckFormat, typer.Option("--format", help="How to print.")] = CheckFormat.TEXT,
    severity: Annotated[Severity, typer.Option(help="The least severity that exits with 1.")] = Severity.WARNING,
    caller: Annotated[
        str | None,
        typer.Option(
            metavar="PRINCIPAL",
            help="Who applies the policy: prove that they can change it again.",
            autocompletion=values.principals,
        ),
    ] = None,
    guardrails: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Also prove your organization's guardrails; repeatable.", autocompletion=values.files
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Findings that are accepted, as --write-baseline writes them.",
            autocompletion=values.files,
        ),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write what is found to FILE, as accepted findings.", autocompletion=values.files
        ),
    ] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day to judge dates by.")
    ] = None,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Find what is wrong with key policies: of blueprints, or of any SOURCE; 1 where there is a warning or an error."""
    from kmsgen.analysis.subject import Asked
    from kmsgen.cli import check as command
    from kmsgen.cli import check_run

    options = options_of(call, account, region, templates, parameter)
    settings = command.Settings(
        tuple(sources or ()),
        Asked((today or datetime.now()).date(), caller),
        format_.value,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        severity=severity.value,
        options=options,
        files=check_run.Files(tuple(guardrails or ()), baseline, write_baseline),
    )
    raise typer.Exit(command.run(settings))


def diff(
    call: typer.Context,
    current: Annotated[
        str,
        typer.Option(
            "--current", metavar="SOURCE", help="The side that is now: any SOURCE.", autocompletion=values.sources
        ),
    ],
    planned: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLANNED]",
            help="The side that is to be: any SOURCE; `blueprints` unless given.",
            autocompletion=values.sources,
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="What to exit with 1 on.")] = FailOn.ANY,
    format_: Annotated[DiffFormat, typer.Option("--format", help="How to print.")] = DiffFormat.TEXT,
    key: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this key, by name, id, ARN or alias.", autocompletion=values.keys),
    ] = None,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Compare two sources key by key: who gains and who loses what, each with a request that shows it.

    A SOURCE is a blueprint, a key policy, a CloudFormation template, Terraform's files, a plan or state of `terraform
    show -json`, a folder of these, git:REV[:PATH], aws[:PROFILE][@REGION], or - for standard input; SOURCE#KEY is one
    key of it.
    """
    from kmsgen.cli import diff as command

    if len(sides := planned or ["blueprints"]) > 1:
        raise typer.BadParameter(f"`diff` compares one PLANNED with one SOURCE, not {len(sides)}; name the one")
    options = options_of(call, account, region, templates, parameter)
    settings = command.Settings(sides[0], current, fail_on.value, format_.value, key, options)
    raise typer.Exit(command.run(settings))


def explain(
    call: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...", help="What to explain; `blueprints` unless given.", autocompletion=values.sources
        ),
    ] = None,
    format_: Annotated[ExplainFormat, typer.Option("--format", help="How to print.")] = ExplainFormat.TEXT,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Only the findings of these rules; repeatable.", autocompletion=values.rules),
    ] = None,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Say who can do what with each key, and when: a table, Markdown, JSON, or one HTML page for reviewers."""
    from kmsgen.cli import explain as command

    options = options_of(call, account, region, templates, parameter)
    raise typer.Exit(command.run(tuple(sources or ()), format_.value, options, tuple(select or ())))


def can(
    call: typer.Context,
    principal: Annotated[
        str | None,
        typer.Argument(
            metavar="PRINCIPAL", help="Who: role/App, an ARN, an account, a service.", autocompletion=values.principals
        ),
    ] = None,
    action: Annotated[
        str | None, typer.Argument(metavar="ACTION", help="What: kms:Decrypt.", autocompletion=values.actions)
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="SOURCE", help="The key: SOURCE#KEY where there are several.", autocompletion=values.sources
        ),
    ] = "",
    context: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="A condition key of the request; repeatable.", autocompletion=values.context_keys
        ),
    ] = None,
    requests: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.jsonl", help="Decide many requests, one JSON object a line.", autocompletion=values.files
        ),
    ] = None,
    format_: Annotated[Report, typer.Option("--format", help="How to print.")] = Report.TEXT,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Decide whether somebody may do something with a key, and by which statement; 0 if allowed, 1 if denied."""
    from kmsgen.cli import can as command

    if not on:
        raise typer.BadParameter("`can` takes `--on SOURCE`")
    options = options_of(call, account, region, templates, parameter)
    question = command.Question(on, principal, action, tuple(context or ()), requests, format_.value, options)
    raise typer.Exit(command.run(question))


def why(
    call: typer.Context,
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="What AWS, an SDK or CloudTrail says; - for standard input.")
    ],
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Where the key may be.", autocompletion=values.sources)
    ],
    principal: Annotated[
        str | None,
        typer.Option(
            metavar="PRINCIPAL", help="Who called, where the message does not say it.", autocompletion=values.principals
        ),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(
            metavar="ACTION", help="What was asked, where the message does not say it.", autocompletion=values.actions
        ),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="A condition key of the request; repeatable.", autocompletion=values.context_keys
        ),
    ] = None,
    format_: Annotated[Report, typer.Option("--format", help="How to print.")] = Report.TEXT,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Explain an AccessDenied message: which layer refused, what came nearest, and the least that would allow it.

    Exits with 0 where the key policy allows the request, so that the cause is elsewhere, and with 1 where it does not.
    """
    from kmsgen.cli import why as command

    options = options_of(call, account, region, templates, parameter)
    question = command.Question(
        message, tuple(sources), principal, action, tuple(context or ()), format_.value, options
    )
    raise typer.Exit(command.run(question))
