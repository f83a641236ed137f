"""A template's statement held against a policy's: what the parameters must have been for one to become the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kmsgen.importer.bench import Bench
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.policy.model import Statement
from kmsgen.templates import Parameter, Template

_EXPRESSION = re.compile(r"\{\{\s*([a-z_]+)(?:\s*\|\s*([a-z_]+))?\s*\}\}")


def tests_of(statement: Statement) -> dict[str, tuple[str, ...]]:
    """The values that a statement tests, by condition key in lower case."""
    found: dict[str, tuple[str, ...]] = {}
    for test in sorted(statement.conditions):
        found[test.key.lower()] = (*found.get(test.key.lower(), ()), *test.values)
    return found


def services_of(template: Template) -> Iterator[str]:
    """The services that a template's statements name: as principals, and with `via:` as those that forward."""
    for node in template.statements:
        principal = _item(node, "Principal")
        if isinstance(principal, Mapping) and "Service" in principal.items:
            yield from _constants(template, principal.items["Service"][1])
        for key, leaf in _tests(node):
            if key == "kms:viaservice":
                for text in _constants(template, leaf):
                    yield f"via:{text.partition('.')[0]}"


def guesses(template: Template, statement: Statement, bench: Bench) -> dict[str, list[str]]:
    """Values of a template's parameters with which it may have made a statement."""
    tested = tests_of(statement)
    found: dict[str, list[str]] = {}
    for node in template.statements:
        for key, leaf in _tests(node):
            if key in tested:
                for name, values in _values(template, leaf, tested[key], bench).items():
                    found.setdefault(name, values)
    return found


def _item(node: Node | None, name: str) -> Node | None:
    return node.items[name][1] if isinstance(node, Mapping) and name in node.items else None


def _tests(node: Node) -> Iterator[tuple[str, Node]]:
    block = _item(node, "Condition")
    for _, tests in block.items.values() if isinstance(block, Mapping) else ():
        for key, (_, leaf) in tests.items.items() if isinstance(tests, Mapping) else ():
            yield key.lower(), leaf


def _constants(template: Template, node: Node) -> Iterator[str]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _constants(template, item)
    elif isinstance(node, Scalar):
        only = _EXPRESSION.fullmatch(node.value)
        if only is not None and only[1] in template.arguments:
            yield from _constants(template, template.arguments[only[1]])
        elif only is None:
            yield node.value


def _values(template: Template, leaf: Node, values: tuple[str, ...], bench: Bench) -> dict[str, list[str]]:
    if isinstance(leaf, Sequence):
        fixed = {text for one in leaf.items for text in _fixed(one, bench)}
        values = tuple(value for value in values if value not in fixed)
        return {name: found for one in leaf.items for name, found in _values(template, one, values, bench).items()}
    if not isinstance(leaf, Scalar):
        return {}
    only = _EXPRESSION.fullmatch(leaf.value)
    if only is not None and only[1] in template.arguments:
        return _values(template, template.arguments[only[1]], values, bench)
    if only is not None and only[1] in template.parameters:
        if only[2] == "objects":
            return {only[1]: [one for one in values if not one.endswith("/*")] or list(values)}
        return {only[1]: list(values)}
    shape, names = _shape(leaf.value, template, bench)
    if shape is None or not names:
        return {}
    found: dict[str, dict[str, None]] = {}
    for value in values:
        matched = shape.fullmatch(value)
        for name in names if matched else ():
            assert matched is not None
            found.setdefault(name, {})[matched[name]] = None
    return {name: list(ones) for name, ones in found.items()}


def _fixed(leaf: Node, bench: Bench) -> Iterator[str]:
    """What an item of a list is whatever the parameters are."""
    if isinstance(leaf, Scalar):
        text = leaf.value.replace("{{ account }}", bench.place.account).replace("{{ root }}", bench.context.root)
        if "{{" not in text:
            yield text


def listed(parameter: Parameter, values: list[str]) -> Any:
    """A parameter's value as a blueprint has it."""
    value = values if parameter.many and len(values) > 1 else values[0]
    if parameter.type == "integer" and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value


def _shape(text: str, template: Template, bench: Bench) -> tuple[re.Pattern[str] | None, list[str]]:
    """What a leaf's texts look like, with a group for each parameter in it."""
    pattern, names, end = "", list[str](), 0
    known = {"account": bench.place.account, "partition": bench.place.partition, "region": bench.place.region or ""}
    for found in _EXPRESSION.finditer(text):
        pattern += re.escape(text[end : found.start()])
        name, end = found[1], found.end()
        if name in template.parameters and not found[2] and name not in names:
            names.append(name)
            pattern += f"(?P<{name}>.+?)"
        else:
            pattern += re.escape(known[name]) if name in known else ".*?"
    if "{{" in _EXPRESSION.sub("", text):
        return None, []
    return re.compile(pattern + re.escape(text[end:])), names
