"""The pages that are written of the code: the command line, the fields of blueprints, and what is printed as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import PurePath
from typing import Any

import typer

from kmsgen.cli import app
from kmsgen.cli.settings import SETTINGS
from tests.docs.walk import Run

_MADE = "<!-- Written by `make docs`, of {}. -->\n\n"


def command_line() -> str:
    """Every command with its arguments and options, of the parser itself."""
    group: Any = typer.main.get_command(app)
    head = f"""\
{_MADE.format("kmsgen/cli/")}# Command line

```text
kmsgen [OPTION]… COMMAND …
```

Results go to standard output, everything else to standard error. Exit codes: `0` fine, `1` it found something (drift, findings,
differences, a denial), `2` the input is wrong, `3` a bug of ours. `kmsgen COMMAND --help` says what stands here. What is marked † can be
set in a [configuration](configuration.md). [Sources](sources.md) says what a SOURCE may be.

Before the command:

{_options(group, ())}

"""
    return head + "\n".join(_command(name, command) for name, command in sorted(group.commands.items()))


def _command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument" and not one.hidden]
    words = " ".join([f"kmsgen {name}", *(_metavar(one) for one in arguments), "[OPTION]…"])
    summary, _, more = command.help.partition("\n\n")
    set_by = {setting.parameters[name] for setting in SETTINGS.values() if name in setting.parameters}
    rows = "\n".join(
        f"| {'† ' if one.name in set_by else ''}`{_cell(_metavar(one))}` | {_said(one)} |" for one in arguments
    )
    table = f"| argument | |\n|---|---|\n{rows}" if rows else ""
    parts = [f"## {name}", summary, f"```text\n{words}\n```", more, table, _options(command, set_by)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _options(command: Any, set_by: Collection[str]) -> str:
    rows = []
    for one in command.params:
        if one.param_type_name != "option" or one.hidden:
            continue
        names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
        value = "" if one.is_flag else f" `{_cell(_metavar(one))}`"
        rows.append(f"| {'† ' if one.name in set_by else ''}{names}{value} | {_said(one)} |")
    return "\n".join(("| option | |", "|---|---|", *rows)) if rows else ""


def _metavar(one: Any) -> str:
    """What stands for the value, whatever the versions of typer and click would call it."""
    choices = getattr(one.type, "choices", None)
    if choices and one.param_type_name == "option":
        return "|".join(_words(choices))
    if one.metavar:
        return str(one.metavar)
    name: str = one.name.rstrip("_").upper()
    return name if one.required or one.param_type_name == "option" else f"[{name}]"


def _words(choices: Iterable[Any]) -> list[str]:
    return [str(getattr(choice, "value", choice)) for choice in choices]


def _said(one: Any) -> str:
    """Its help, what it may be, and what it is unless given."""
    said = one.help or ""
    choices = getattr(one.type, "choices", None)
    if choices and one.param_type_name == "argument":
        said += f" One of {', '.join(f'`{word}`' for word in _words(choices))}."
    default = one.default.value if isinstance(one.default, Enum) else one.default
    if isinstance(default, PurePath):
        default = default.as_posix()
    if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
        said += f" `{default}` unless given."
    if one.required:
        said += " Required."
    return _cell(said.strip())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def fields(run: Run) -> str:
    """What may stand in a blueprint, of the schema that editors use."""
    schema = json.loads(run("kmsgen schema").printed)
    definitions = schema["definitions"]
    key = definitions["key"]["properties"]

    def form(place: dict[str, Any], field: str) -> dict[str, Any]:
        return next(one for one in _forms(place, definitions) if field in one["properties"])

    parts = [
        ("At the top", "", schema),
        ("A key", "Also under `defaults`, and under an environment.", definitions["key"]),
        ("An entry of `admins` or `users`", "", form(key["users"], "principal")),
        ("An entry of `accounts`", "", form(key["accounts"], "account")),
        ("`when`", "", definitions["when"]),
        ("`root`", "In place of a word.", form(key["root"], "mode")),
        ("A reference into a stack", "Under `principals`.", form(schema["properties"]["principals"], "terraform")),
        ("`statements`", "", definitions["statement"]),
        ("`expect`", "", definitions["expectation"]),
        ("`allow_findings`", "", definitions["accepted"]),
        ("`cloudformation`", "", form(schema["properties"]["cloudformation"], "shards")),
    ]
    head = f"""\
{_MADE.format("the schema that `kmsgen schema` prints")}# Blueprint fields

Every field with what it may be, as editors are told. [The blueprint language](blueprint.md) says what they mean together. A `+` before
a list of a key (`+admins`) appends to what is there instead of replacing it.
"""
    return head + "".join(
        f"\n## {title}\n\n{f'{note}{chr(10) * 2}' if note else ''}{_fields(one)}" for title, note, one in parts
    )


def _forms(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every mapping with fields that a value may be."""
    if "properties" in schema:
        yield schema
    if "$ref" in schema:
        yield from _forms(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    further = [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ()), *further):
        yield from _forms(inner, definitions)


def _fields(schema: dict[str, Any]) -> str:
    rows = (
        f"| `{name}` | {_cell(one.get('description', ''))} | {_cell(_kind(one))} |\n"
        for name, one in schema["properties"].items()
        if not name.startswith("+")
    )
    return "| field | | is |\n|---|---|---|\n" + "".join(rows)


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a line: of many words the first two."""
    found = list(dict.fromkeys(_kinds(schema)))
    words = [one for one in found if one.startswith("`")]
    shown = words if len(words) <= _WORDS else [*words[:2], "…"]
    return ", ".join([*shown, *(one for one in found if one not in words)])


def _kinds(schema: dict[str, Any]) -> Iterator[str]:
    """What a value may be, in words; `null`, which clears any field, is left out."""
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        if inner.get("pattern") != r"\$\{":  # a string with a variable may stand for any word
            yield from _kinds(inner)
    for one in schema.get("enum", [schema["const"]] if "const" in schema else []):
        if one is not None:
            yield f"`{one if isinstance(one, str) else json.dumps(one)}`"
    types = schema.get("type", ())
    for kind in [types] if isinstance(types, str) else types:
        if kind == "integer" and "minimum" in schema and "maximum" in schema:
            yield f"{schema['minimum']} to {schema['maximum']}"
        elif kind == "array":
            yield from _kinds({**schema.get("items", {}), "type": ()})
            yield "a list"
        elif kind != "null":
            yield _TYPES[kind]
    if "$ref" in schema:
        yield _REFERRED.get(schema["$ref"].rpartition("/")[2], "a mapping")


_WORDS = 9
"""How many words are all listed."""
_TYPES = {
    "string": "text",
    "object": "a mapping",
    "boolean": "true or false",
    "integer": "a number",
    "number": "a number",
}
_REFERRED = {
    "can": "[roles](roles.md)",
    "grant": "[entries](blueprint.md#entries)",
    "guard": "[guards](guards.md)",
    "key": "the fields of a key",
    "role": "[roles](roles.md)",
    "service": "[services](services.md)",
}

BLUEPRINT = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  orders:
    account: prod
    region: eu-west-1
    description: Orders
    rotation: false
    admins: [role/KeyAdmins]
    users:
      - {principal: role/OrdersApi, when: {via: dynamodb}}
    expect: {deny: role/KeyAdmins, to: decrypt}
"""
OLD = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  orders:
    account: prod
    region: eu-west-1
    description: All orders
    admins: [role/KeyAdmins]
    users: [role/Old]
"""
_MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/Reports/job is not authorized to perform: kms:Decrypt on resource: "
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy "
    "allows the kms:Decrypt action"
)
_RAW = "docs/console-policy.json docs/examples/orders.json --account 111122223333 --region eu-west-1"
_SHOWN = {
    "check": (
        "kmsgen check orders.yaml --format json",
        "[Checking](checking.md) says what it means.",
        (f"kmsgen check {_RAW} --format json", "kmsgen check blueprints --format json"),
    ),
    "diff": (
        "kmsgen diff orders.yaml --current old.yaml --format json",
        "[Asking and comparing](comparing.md) says what it means. Every key is listed, equal ones too.",
        (
            "kmsgen diff orders.yaml --current docs/examples/orders.json --format json",
            "kmsgen diff blueprints --current docs/console-policy.json --format json",
        ),
    ),
    "explain": (
        "kmsgen explain orders.yaml --format json",
        "[Explaining](explaining.md) says what it means.",
        (f"kmsgen explain {_RAW} --format json", "kmsgen explain blueprints --format json"),
    ),
    "can": (
        "kmsgen can role/OrdersApi Decrypt --on orders.yaml --format json",
        "One object for each key and request, each on a line; `key` only where a source has several.",
        (),
    ),
    "why": (
        f"kmsgen why '{_MESSAGE}' orders.yaml --format json",
        "[Why a request was denied](why.md) says what it means.",
        (f"kmsgen why '{_MESSAGE}' blueprints --format json",),
    ),
    "catalog roles": (
        "kmsgen catalog roles decrypt --format json",
        "And so for `guards` and `actions`. What a template leaves open is left out.",
        ("kmsgen catalog roles --format json",),
    ),
    "catalog services": (
        "kmsgen catalog services athena --format json",
        "What a template leaves open is left out.",
        ("kmsgen catalog services --format json",),
    ),
    "catalog rules": ("kmsgen catalog rules KMS101 --format json", "", ("kmsgen catalog rules --format json",)),
    "manifest.json": (
        "cat out/manifest.json",
        "What `generate` writes beside the artefacts: [what comes out](output.md).",
        ("cat examples/manifest.json",),
    ),
}
"""Of each output an example, a note, and further commands that show the same shape."""


def json_outputs(run: Run) -> str:
    """What each command prints as JSON: its fields, and an example; `orders.yaml` and `old.yaml` are there."""
    made = run("kmsgen generate orders.yaml")
    assert made.code == 0, made.printed
    head = f"""\
{_MADE.format("what the commands print")}# JSON outputs

What commands print with `--format json`, each with its fields and an example. `format_version` changes when a field is taken away or
means something else; new fields may come at any time. A field after `[]` is one of each item of a list; a name in `<>` stands for any.
The examples are of this blueprint, `orders.yaml`:

```yaml
{BLUEPRINT}```
"""
    return head + "".join(_output(run, name, *shown) for name, shown in _SHOWN.items())


def _output(run: Run, name: str, command: str, note: str, further: Sequence[str]) -> str:
    document, *others = (json.loads(run(one).printed) for one in (command, *further))
    rows = "".join(f"| `{path}` | {kind} |\n" for path, kind in _shape([document, *others]))
    told = f"$ {command}\n{json.dumps(document, indent=2, ensure_ascii=False)}\n"
    note = f"{note}\n\n" if note else ""
    return f"\n## {name}\n\n{note}| field | is |\n|---|---|\n{rows}\n```text\n{told}```\n"


_ANY = {"when": "<condition key>", "context": "<condition key>"}
"""Objects whose names are data."""
_WHOLE = ("statements[]", "example", "unfenced", "entry")
"""Objects that are of the policy or blueprint language, which other pages tell."""


def _shape(documents: Sequence[Any]) -> Iterator[tuple[str, str]]:
    found: dict[str, set[str]] = {}
    for document in documents:
        for path, kind in _walk(document, ""):
            found.setdefault(path, set()).add(kind)
    for path in sorted(found, key=lambda one: one.replace("[]", "").split(".")):
        yield path, " or ".join(sorted(found[path], key=lambda kind: (kind == "null", kind)))


def _walk(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if path:
            yield path, "object"
        if path.rpartition(".")[2] in _WHOLE:
            return
        free = _ANY.get(path.rpartition(".")[2])
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{free or name}".lstrip("."))
    elif isinstance(value, list):
        yield path, "list"
        for inner in value:
            yield from (pair for pair in _walk(inner, f"{path}[]") if pair != (f"{path}[]", "object"))
    else:
        yield path, _KINDS[type(value)]


_KINDS: dict[type, str] = {str: "text", bool: "boolean", int: "number", float: "number", type(None): "null"}
