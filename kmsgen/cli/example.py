"""What a service's template makes of example values: an entry for a blueprint, and the statements it becomes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from kmsgen.blueprint import parse
from kmsgen.catalog.key_specs import DEFAULT_SPEC
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.compiler.services import takes_callers
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.policy.model import Statement
from kmsgen.policy.write import statement_document
from kmsgen.templates import Library, Parameter, Template

_ACCOUNT, _REGION, _FILE = "111122223333", "eu-west-1", "example"
_VALUES: dict[str, Any] = {
    "account": "444455556666",
    "boolean": True,
    "caller": "role/Reader",
    "cidr": "203.0.113.0/24",
    "integer": 1,
    "organization": "o-a1b2c3d4e5",
    "principal": "role/Other",
    "region": _REGION,
    "vpc": "vpc-0a1b2c3d",
    "vpce": "vpce-0a1b2c3d",
}
"""What stands for a parameter without an example, by type."""


class Example(NamedTuple):
    """One use of a template."""

    entry: Any
    """The item of `services`, as a blueprint has it."""
    statements: tuple[dict[str, Any], ...]
    """What it becomes in account 111122223333, in eu-west-1 unless the template is for another Region."""


def example(template: Template, library: Library) -> Example | None:
    """The template at work; None where no example of it compiles."""
    options: dict[str, Any] = {
        name: _value(parameter)
        for name, parameter in template.parameters.items()
        if parameter.required or parameter.example or name in template.one_of
    }
    if takes_callers(template):
        options["for"] = "role/App"
    entry: Any = {template.name: options} if options else template.name
    with_, without = _statements(template, library, [entry]), _statements(template, library, [])
    if with_ is None or without is None:
        return None
    return Example(entry, tuple(statement_document(one) for one in with_ if one not in without))


def _value(parameter: Parameter) -> Any:
    value = parameter.example or _VALUES.get(parameter.type, "example")
    if parameter.example and parameter.type in ("boolean", "integer"):
        return json.loads(parameter.example)
    return value


def _statements(template: Template, library: Library, services: list[Any]) -> tuple[Statement, ...] | None:
    key: dict[str, Any] = {
        "account": _ACCOUNT,
        "region": min(template.region, default=_REGION),
        "admins": ["role/KeyAdmin"],
        "services": services,
        "spec": min(template.spec, default=DEFAULT_SPEC),
        "origin": None if not template.origin or "AWS_KMS" in template.origin else min(template.origin),
        "usage": min(template.usage, default=None),
        "multi_region": [_REGION, "us-east-1"] if template.multi_region else None,
    }
    key = {name: value for name, value in key.items() if value is not None}
    document = {"version": 1, "organization": "o-a1b2c3d4e5", "keys": {"key": key}}
    problems = Problems()
    bundles = [
        compile_blueprint(blueprint, library, problems, name=_FILE, source=_FILE)
        for blueprint in parse(json.dumps(document), _FILE, _no_file, problems)
    ]
    made = bundles[0].keys[0] if bundles and bundles[0].keys else None
    return None if problems.errors or made is None else made.policy.statements


def _no_file(name: str) -> str:
    raise KmsgenError(Problem(f"there is no file `{name}`"))
