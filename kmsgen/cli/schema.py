"""`kmsgen schema`: the JSON Schema of the blueprint language, with the roles, services and guards that there are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kmsgen.analysis.registry import all_rules
from kmsgen.analysis.suppressions import can_be_accepted
from kmsgen.blueprint.schema import Known, Offered, schema
from kmsgen.blueprint.schema.entries import NAMED, PRINCIPAL, stacked
from kmsgen.blueprint.schema.shapes import ANY_TEXT, Schema, any_of, described, listed, ref, shaped
from kmsgen.blueprint.schema.when import ADDRESS
from kmsgen.catalog.principals import ORGANIZATION, REGION, VPC, VPCE
from kmsgen.cli import render
from kmsgen.compiler.services import takes_callers
from kmsgen.errors import OutputError, Problem
from kmsgen.sources.blueprint import library
from kmsgen.templates import Kind, Library, Parameter, ParameterType, Template

TYPES: dict[ParameterType, Schema] = {
    "string": ANY_TEXT,
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "cidr": ADDRESS,
    "vpc": shaped("`vpc-0a1b2c3d`", VPC),
    "vpce": shaped("`vpce-0a1b2c3d`", VPCE),
    "account": NAMED,
    "organization": shaped("`o-a1b2c3d4e5`", ORGANIZATION),
    "principal": PRINCIPAL,
    "caller": PRINCIPAL,
    "arn": any_of(ANY_TEXT, stacked()),
    "bucket": any_of(ANY_TEXT, stacked()),
    "region": shaped("`eu-west-1`", REGION),
    "name": ANY_TEXT,
}
"""What a parameter of each type may be."""


def run(templates: Sequence[Path], out: Path | None) -> int:
    """Print the schema, or write it to a file; the exit code."""
    text = schema_text(library(templates))
    if out is None:
        print(text, end="")
        return 0
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(Problem(f"`{out.as_posix()}` cannot be written: {error.strerror}")) from error
    render.say(f"wrote {render.safe(out.as_posix())}")
    return 0


def schema_text(templates: Library) -> str:
    """The schema as it is printed, with these templates."""
    document = schema(_known(templates))
    definitions = document.pop("definitions")
    return f'{{\n{_lines(document)},\n"definitions": {{\n{_lines(definitions)}\n}}\n}}\n'


def _lines(document: Mapping[str, Any]) -> str:
    """The items of a mapping as JSON, one on each line: indented all through it would be twice as long."""
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in document.items())


def _known(templates: Library) -> Known:
    rules = [rule for rule in all_rules() if can_be_accepted(rule)]
    return Known(
        roles=_offered(templates, "roles"),
        services=_offered(templates, "services"),
        guards=_offered(templates, "guards"),
        roots={one.name: one.summary for one in templates.all("root")},
        rules={word: rule.summary for rule in rules for word in (rule.name, rule.code)},
        values=_values(),
    )


def _offered(templates: Library, kind: Kind) -> dict[str, Offered]:
    return {
        one.name: Offered(
            one.summary,
            _more(one),
            {parameter.name: _parameter(parameter) for parameter in one.parameters.values()},
            tuple(parameter.name for parameter in one.parameters.values() if parameter.required),
            one.one_of,
            one.aliases,
            takes_callers(one),
        )
        for one in templates.all(kind)
    }


def _more(template: Template) -> str:
    """What stands in the hover text behind the summary."""
    notes = [template.notes] if template.notes else []
    bound = ", ".join(f"`{action}`" for action in sorted(template.bound))
    said = [*notes, *(f"- {one}" for one in template.caveats), f"{'Denies' if template.denies else 'Grants'} {bound}"]
    source = [f"[How AWS documents it]({template.source})"] if template.source else []
    return "".join(f"\n\n{one}" for one in (*said, *source))


def _parameter(parameter: Parameter) -> Schema:
    """What a parameter may be: defined once for each type, but for numbers with bounds of their own."""
    made = ref(f"{'values' if parameter.many else 'value'}.{parameter.type}")
    if parameter.type == "integer" and not parameter.many:
        bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
        made = {**TYPES["integer"], **{name: bound for name, bound in bounds.items() if bound is not None}}
    example = {"examples": [parameter.example]} if parameter.example else {}
    return {**made, **described(parameter.summary), **example}


def _values() -> dict[str, Schema]:
    """Definitions for what parameters may be."""
    return {
        **{f"value.{name}": made for name, made in TYPES.items()},
        **{f"values.{name}": listed(made) for name, made in TYPES.items()},
    }
