"""What only a stack knows: symbols of a template or a Terraform module, back to the references that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from kmsgen.blueprint.intrinsics import TERRAFORM
from kmsgen.policy.model import Condition, Policy, Principal, Statement
from kmsgen.policy.reference import Reference, is_symbolic

_SYMBOL = re.compile("⟨([^⟨⟩]*)⟩")
_BACK = str.maketrans("∶∗？＄｛｝‹›␣″＼", ':*?${}⟨⟩ "\\')
_NAME = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9.]+)?")
_PSEUDO = "AWS."
_PRINCIPAL = re.compile("arn:[^:]*:iam::[^:]*:(?:role|user)/⟨((?:data\\.)?aws_iam_(?:role|user)\\.[^⟨⟩]*)⟩")
# A logical id of CloudFormation has no underscore, and these words are no names of anybody's resources.
_OF_TERRAFORM = re.compile(
    r"(?:var|local|module|data|path|terraform)\.|[a-z][a-z0-9]*_\w*\.|(?:account|region|partition|dns_suffix)\b"
)


class UnknownSymbolError(Exception):
    """A symbol of which the function that makes it is not known."""


def reference_of(text: str) -> dict[str, Any]:
    """How a blueprint writes the reference that makes a text with symbols in it: for one kind of stack.

    Raises `UnknownSymbolError` where a stack makes it in a way that its symbol does not tell.
    """
    names = _SYMBOL.findall(text)
    if not any(map(_OF_TERRAFORM.match, names)):
        return {"cloudformation": function_of(text)}
    whole, principal = _SYMBOL.fullmatch(text), _PRINCIPAL.fullmatch(text)
    expression = f"{principal[1]}.arn" if principal else whole[1] if whole else ""
    expression = expression.translate(_BACK)
    if "." not in expression or not TERRAFORM.fullmatch(expression):
        raise UnknownSymbolError(names[0].translate(_BACK))
    return {"terraform": expression}


def function_of(text: str) -> dict[str, Any]:
    """The CloudFormation function that makes a text with symbols in it."""
    whole = _SYMBOL.fullmatch(text)
    if whole is not None:
        return _function(whole[1])
    pieces = _SYMBOL.sub(lambda found: f"${{{_in_sub(found[1])}}}", text.replace("${", "${!"))
    return {"Fn::Sub": pieces}


def _function(name: str) -> dict[str, Any]:
    name = name.translate(_BACK)
    kind, _, rest = name.partition(".")
    if kind == "ImportValue":
        return {"Fn::ImportValue": rest}
    if kind == "FindInMap" and rest.count(".") == 2:
        return {"Fn::FindInMap": [function_of(one) if is_symbolic(one) else one for one in rest.split(".")]}
    return _reference(name)


def _reference(name: str) -> dict[str, Any]:
    if name.startswith(_PSEUDO):
        return {"Ref": f"AWS::{name.removeprefix(_PSEUDO)}"}
    if not _NAME.fullmatch(name) or name.startswith(("Select.", "Split.", "Join.")):
        raise UnknownSymbolError(name)
    return {"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}


def _in_sub(name: str) -> str:
    function = _function(name)
    ((kind, argument),) = function.items()
    if kind == "Ref":
        return str(argument)
    if kind == "Fn::GetAtt":
        return ".".join(argument)
    raise UnknownSymbolError(name)


def restored(policy: Policy, texts: Mapping[str, str]) -> Policy:
    """A compiled policy with the symbols of its source in the place of the blueprint's; `texts` by reference."""
    if not texts:
        return policy
    return replace(policy, statements=tuple(restored_statement(one, texts) for one in policy.statements))


def restored_statement(statement: Statement, texts: Mapping[str, str]) -> Statement:
    """A compiled statement with the symbols of its source."""
    if not texts:
        return statement

    def back(text: str) -> str:
        if not isinstance(text, Reference):
            return text
        spelled = ({"cloudformation": text.cloudformation}, {"terraform": text.terraform})
        return next((texts[repr(one)] for one in spelled if repr(one) in texts), text)

    return replace(
        statement,
        principals=frozenset(Principal(one.kind, back(one.value)) for one in statement.principals),
        not_principals=frozenset(Principal(one.kind, back(one.value)) for one in statement.not_principals),
        conditions=frozenset(
            Condition(test.operator, test.key, tuple(sorted(map(back, test.values)))) for test in statement.conditions
        ),
    )


def symbols_by_reference(policy: Policy) -> dict[str, str]:
    """Every text with symbols in a policy, by the reference that makes it."""
    return {repr(reference_of(text)): text for text in sorted(set(_texts(policy))) if is_symbolic(text)}


def in_the_words_of(policy: Policy, other: Policy) -> Policy:
    """A policy whose references are the symbols that stand for them in another, which a stack's own files made."""
    texts: dict[str, str] = {}
    for text in sorted(set(_texts(other))):
        if is_symbolic(text) and not isinstance(text, Reference):
            with suppress(UnknownSymbolError):
                texts[repr(reference_of(text))] = text
    return restored(policy, texts)


def _texts(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        yield from (one.value for one in statement.principals | statement.not_principals)
        yield from (value for test in statement.conditions for value in test.values)
