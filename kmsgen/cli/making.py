"""The commands that make something: what each takes, and where its work is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kmsgen.cli import values
from kmsgen.cli.choices import Emit, Format, Listing, Shell, Subject
from kmsgen.cli.options import Account, OutFile, Parameter, Region, Templates, options_of


def generate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Blueprints, or folders of them; `blueprints` unless given.",
            autocompletion=values.files,
        ),
    ] = None,
    format_: Annotated[
        list[Format] | None, typer.Option("--format", "-f", help="What to write; may be given several times. [json]")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where to write.", autocompletion=values.files)
    ] = Path("out"),
    emit: Annotated[
        Emit, typer.Option(help="The whole key, or only its policy (Terraform: aws_kms_key_policy).")
    ] = Emit.KEY,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "--environment",
            "-e",
            metavar="NAME",
            help="Only this environment; repeatable.",
            autocompletion=values.environments,
        ),
    ] = None,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Print the one artefact there is, and write nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; show what would change, and exit 1 if anything would.")
    ] = False,
    companion: Annotated[
        bool,
        typer.Option(
            "--companion/--no-companion", help="Also the IAM policies that callers need beside the key policy."
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="How many processes compile; the cores there are."),
    ] = None,
    import_blocks: Annotated[
        bool,
        typer.Option(
            "--import-blocks/--no-import-blocks",
            help="Also Terraform `import` blocks for the policies of existing keys.",
        ),
    ] = False,
    templates: Templates = None,
) -> None:
    """Compile blueprints into key policies: JSON, Terraform, CloudFormation."""
    from kmsgen.cli import generate as command
    from kmsgen.cli.workers import cores
    from kmsgen.emitters.artefact import Options

    settings = command.Settings(
        tuple(paths or ()),
        tuple(dict.fromkeys(one.value for one in format_ or (Format.JSON,))),
        out,
        Options(emit.value, companion, import_blocks),
        tuple(environment or ()),
        tuple(templates or ()),
        jobs or cores(),
    )
    if stdout and check:
        raise typer.BadParameter("`--stdout` and `--check` do not go together")
    run = command.to_stdout if stdout else command.check if check else command.run
    raise typer.Exit(run(settings))


def init(
    call: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="The blueprint to write.", autocompletion=values.files)
    ] = Path("blueprints/keys.yaml"),
    account: Annotated[str | None, typer.Option(metavar="DIGITS", help="The key's account.")] = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="The key's Region.", autocompletion=values.regions)
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="NAME", help="What the key is called.")] = None,
    admin: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Who manages it: role/KeyAdmins.")] = None,
    user: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Who uses it: role/App.")] = None,
    from_: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Begin from keys that exist, as `import` does; repeatable.",
            autocompletion=values.sources,
        ),
    ] = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Write a first blueprint, by question, by flags, or from keys that exist."""
    from kmsgen.cli import init as command

    answers = {"account": account, "region": region, "key": key, "admin": admin, "user": user}
    options = options_of(call, *((account, region) if from_ else (None, None)), templates, parameter)
    raise typer.Exit(command.run(command.Settings(path, answers, tuple(from_ or ()), options)))


def catalog(
    subject: Annotated[Subject, typer.Argument(help="What to list.")],
    name: Annotated[
        str | None,
        typer.Argument(help="One of them in full, or a word to search for.", autocompletion=values.catalogued),
    ] = None,
    format_: Annotated[Listing, typer.Option("--format", help="How to print.")] = Listing.TEXT,
    templates: Templates = None,
) -> None:
    """List roles, services, guards, rules and actions, and say what each means."""
    from kmsgen.cli import catalog as command

    raise typer.Exit(command.run(subject.value, name, format_.value, tuple(templates or ())))


def schema(
    out: OutFile = None,
    templates: Templates = None,
) -> None:
    """Print the JSON Schema of the blueprint language, for editors."""
    from kmsgen.cli import schema as command

    raise typer.Exit(command.run(tuple(templates or ()), out))


def completion(
    shell: Annotated[Shell, typer.Argument(help="The shell to complete in.")],
) -> None:
    """Print what makes a shell complete commands, options and names: of keys, services, rules and more.

    bash: source it from ~/.bashrc. zsh: put it into a folder of $fpath as _kmsgen. fish: put it into
    ~/.config/fish/completions/kmsgen.fish.
    """
    from kmsgen.cli import completion as command

    raise typer.Exit(command.run(shell.value))


def import_(
    call: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="What to import: any SOURCE.", autocompletion=values.sources),
    ],
    out: OutFile = None,
    tighten: Annotated[
        bool, typer.Option("--tighten", help="Take away what nobody would miss; proved to allow no more.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over FILE.")] = False,
    account: Account = None,
    region: Region = None,
    parameter: Parameter = None,
    templates: Templates = None,
) -> None:
    """Write a blueprint of policies that others wrote, proved to mean the same.

    A SOURCE is a key policy, a CloudFormation template, Terraform's files, a plan or state of `terraform show -json`, a
    folder of these, aws[:PROFILE][@REGION], or - for standard input; SOURCE#KEY is one key of it.
    """
    from kmsgen.cli import import_ as command

    options = options_of(call, account, region, templates, parameter)
    raise typer.Exit(command.run(command.Settings(tuple(sources), out, tighten, force, options)))
