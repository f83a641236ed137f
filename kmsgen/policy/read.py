"""JSON text or data to Policy: every form that AWS would hold is kept, everything else is refused with its place.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kmsgen.documents import Document, Path, read_json
from kmsgen.errors import PolicyError, Problem, did_you_mean
from kmsgen.policy.limits import MAX_BYTES
from kmsgen.policy.model import (
    ANYONE,
    PRINCIPAL_KINDS,
    Condition,
    Effect,
    Origin,
    Policy,
    Principal,
    Statement,
    condition,
)
from kmsgen.policy.operators import BASE_OPERATORS, parse_operator

__all__ = ["ELEMENTS", "Path", "Report", "path_text", "read_placed", "read_policy", "read_statement", "read_text"]

Report = Callable[[Path, str, str | None], None]
"""Takes what is wrong: its path, the message, a hint."""

ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_POLICY_ELEMENTS = ("Version", "Id", "Statement")
_VERSIONS = ("2012-10-17", "2008-10-17")
_MOST_STATEMENTS = 1000
"""The shortest that says something has 60 bytes, so that 546 of them are all that a key can have."""
_NEGATED = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_ONLY_TEXT = {str}
# Statements by the thousand hold the same nothing.
_NOTHING, _NOBODY, _ALWAYS = frozenset[str](), frozenset[Principal](), frozenset[Condition]()


def path_text(path: Path) -> str:
    """A path as people write it.

    >>> path_text(("Statement", 0, "Principal", "AWS"))
    'Statement[0].Principal.AWS'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read_policy(document: object) -> Policy:
    """The policy that a JSON document holds.

    Raises `PolicyError` with every mistake in it, each with its JSON path.
    """
    return read_placed(Document(document, ""))


def read_text(text: str, name: str) -> Policy:
    """The policy that a JSON text holds; `name` is what messages call the text.

    Raises `PolicyError` with every mistake in it, each with its JSON path, line and column.
    """
    return read_placed(read_json(text, name))


def read_placed(document: Document) -> Policy:
    """The policy that a document holds, each statement with the place at which it stands as its origin.

    Raises `PolicyError` with every mistake in it, each with its path and, where the document knows it, its place.
    """
    problems: list[Problem] = []

    def report(path: Path, message: str, hint: str | None) -> None:
        said = f"{path_text(path)}: {message}" if path else message
        problems.append(Problem(said, document.at(path), hint))

    def origin(path: Path) -> tuple[Origin, ...]:
        at = document.at(path)
        return () if at is None else (Origin(at.file, at.line, at.column),)

    policy = _policy(document.data, report, origin)
    if problems or policy is None:
        raise PolicyError(*problems)
    return policy


def _policy(document: object, report: Report, origin: Callable[[Path], tuple[Origin, ...]]) -> Policy | None:
    if not isinstance(document, Mapping):
        report((), "a policy is a JSON object", None)
        return None
    _known_elements(document, (), _POLICY_ELEMENTS, report)
    version = _optional_text(document, "Version", (), report)
    if version is not None and version not in _VERSIONS:
        report(("Version",), f"unknown policy version `{version}`", "write `2012-10-17`")
    statements = document.get("Statement")
    if statements is None:
        if "Statement" not in document:
            report((), "the policy has no `Statement`", None)
        return None
    listed = isinstance(statements, list)
    if listed and len(statements) > _MOST_STATEMENTS:
        # What no key can have is not worth the time that it takes to understand.
        said = f"{len(statements):,} statements are more than any policy has that KMS takes, of {MAX_BYTES:,} bytes"
        report(("Statement",), said, "see that this is the policy of one key")
        return None
    read = [
        read_statement(one, ("Statement", index), report, origin(("Statement", index) if listed else ("Statement",)))
        for index, one in enumerate(statements if listed else [statements])
    ]
    kept = tuple(statement for statement in read if statement is not None)
    return Policy(kept, version, _optional_text(document, "Id", (), report))


def read_statement(document: object, path: Path, report: Report, origin: tuple[Origin, ...] = ()) -> Statement | None:
    """The statement that JSON data holds; None, with what is wrong told to `report`, where it holds none."""
    if not isinstance(document, Mapping):
        report(path, "a statement is a JSON object", None)
        return None
    faults: list[Path] = []

    def note(where: Path, message: str, hint: str | None) -> None:
        faults.append(where)
        report(where, message, hint)

    _known_elements(document, path, ELEMENTS, note)
    for element, negated in _NEGATED:
        if negated in document and element in document:
            note((*path, negated), f"a statement has `{element}` or `{negated}`, not both", None)
    if "Principal" not in document and "NotPrincipal" not in document:
        note(path, "the statement has no `Principal`", "say who: `Principal: {AWS: …}`")
    effect = document.get("Effect")
    if effect not in ("Allow", "Deny"):
        shown = f", not `{effect}`" if isinstance(effect, str) else ""
        note((*path, "Effect") if effect else path, f"`Effect` is `Allow` or `Deny`{shown}", None)
    statement = Statement(
        effect=Effect.DENY if effect == "Deny" else Effect.ALLOW,
        principals=_principals(document, "Principal", path, note),
        not_principals=_principals(document, "NotPrincipal", path, note),
        actions=_texts(document.get("Action"), (*path, "Action"), note),
        not_actions=_texts(document.get("NotAction"), (*path, "NotAction"), note),
        resources=_texts(document.get("Resource"), (*path, "Resource"), note),
        not_resources=_texts(document.get("NotResource"), (*path, "NotResource"), note),
        conditions=_conditions(document.get("Condition"), (*path, "Condition"), note),
        sid=_optional_text(document, "Sid", path, note),
        origin=origin,
    )
    return None if faults else statement


def _known_elements(document: Mapping[Any, Any], path: Path, known: tuple[str, ...], report: Report) -> None:
    for element, value in document.items():
        if value is None:
            report((*path, str(element)), f"`{element}` is null", "leave it out, or give it a value")
        if element not in known:
            report((*path, str(element)), f"unknown policy element `{element}`", did_you_mean(str(element), known))


def _optional_text(document: Mapping[Any, Any], element: str, path: Path, report: Report) -> str | None:
    value = document.get(element)
    if value is not None and not isinstance(value, str):
        report((*path, element), f"`{element}` is a string", None)
        return None
    return value


def _texts(value: object, path: Path, report: Report) -> frozenset[str]:
    if value is None:
        return _NOTHING
    if type(value) is str:
        return frozenset((value,))
    if type(value) is list and set(map(type, value)) == _ONLY_TEXT:
        return frozenset(value)
    listed = value if isinstance(value, list) else [value]
    for index, item in enumerate(listed):
        if not isinstance(item, str):
            report((*path, index) if isinstance(value, list) else path, "expected a string or a list of strings", None)
    return frozenset(item for item in listed if isinstance(item, str))


def _principals(document: Mapping[Any, Any], element: str, path: Path, report: Report) -> frozenset[Principal]:
    if element not in document:
        return _NOBODY
    value, here = document[element], (*path, element)
    if value == ANYONE:
        return frozenset({Principal(ANYONE, ANYONE)})
    if not isinstance(value, Mapping):
        report(here, f"`{element}` is `*` or says what kind of principal it means", f"write `{element}: {{AWS: …}}`")
        return _NOBODY
    found: set[Principal] = set()
    for kind, names in value.items():
        if kind not in PRINCIPAL_KINDS:
            report((*here, str(kind)), f"unknown kind of principal `{kind}`", did_you_mean(str(kind), PRINCIPAL_KINDS))
        found.update([Principal(str(kind), name) for name in _texts(names, (*here, str(kind)), report)])
    if not found:
        report(here, f"`{element}` names nobody", None)
    return frozenset(found)


def _conditions(block: object, path: Path, report: Report) -> frozenset[Condition]:
    if block is None:
        return _ALWAYS
    if not isinstance(block, Mapping):
        report(path, "`Condition` is an object of operators", None)
        return _ALWAYS
    found: list[Condition] = []
    for operator, tests in block.items():
        here = (*path, str(operator))
        if parse_operator(str(operator)) is None:
            base = str(operator).rpartition(":")[2]
            near = did_you_mean(base.removesuffix("IfExists"), BASE_OPERATORS)
            report(here, f"unknown condition operator `{operator}`", near)
        if not isinstance(tests, Mapping):
            report(here, f"`{operator}` is an object of condition keys and values", None)
            continue
        found += [
            condition(str(operator), str(key), _values(values, (*here, str(key)), report))
            for key, values in tests.items()
        ]
    return frozenset(found)


def _values(value: object, path: Path, report: Report) -> Iterable[str]:
    for index, item in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(item, bool):
            yield "true" if item else "false"
        elif isinstance(item, int | float):
            yield str(item)
        elif isinstance(item, str):
            yield item
        else:
            where = (*path, index) if isinstance(value, list) else path
            report(where, "a condition value is a string, a number or a boolean", None)
