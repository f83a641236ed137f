"""The principals of a blueprint: those it names, among them references into stacks, and how others are looked up."""

from __future__ import annotations

from collections.abc import Mapping as Names

from kmsgen.blueprint.grammar import Directory, Grammar, RefusedError
from kmsgen.blueprint.intrinsics import stack_spellings
from kmsgen.blueprint.model import Who
from kmsgen.errors import did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.policy.reference import Reference, principal_symbol
from kmsgen.reading.fields import Reader

REFERENCE_FIELDS = ("arn", "terraform", "cloudformation", "account")


def read_principal(reader: Reader, directory: Directory, node: Node) -> Who | None:
    """The principal that a node names, or None, with a problem, where it names none."""
    text = reader.text(node, "a principal")
    if text is None:
        return None
    try:
        return directory.find(text, node.at)
    except RefusedError as refused:
        reader.fail(node, refused.message, refused.hint)
        return None


def directory(reader: Reader, grammar: Grammar, named: Names[str, Node]) -> Directory:
    """The directory with what `principals` says."""
    alone = Directory(grammar, {})
    found: dict[str, Who] = {}
    for name, node in named.items():
        who = (
            _reference(reader, alone, name, node) if isinstance(node, Mapping) else read_principal(reader, alone, node)
        )
        if who is not None:
            found[name] = who
    return Directory(grammar, found)


def _reference(reader: Reader, alone: Directory, name: str, node: Mapping) -> Who | None:
    """A principal that a stack makes: `{arn, terraform, cloudformation, account}`."""
    fields = reader.fields(node, REFERENCE_FIELDS, f"principal `{name}`")
    if not fields:
        reader.fail(node, f"principal `{name}` says nothing", "give `arn`, `terraform` or `cloudformation`")
        return None
    known = _arn(reader, alone, fields)
    account = _account(reader, alone.grammar, fields, known)
    terraform, cloudformation = stack_spellings(reader, fields)
    if ("arn" in fields and known is None) or ("account" in fields and account is None):
        return None
    if account is None:
        hint = "a reference without an ARN says which account it is in: `account: …`"
        reader.fail(node, f"principal `{name}` has neither an `arn` nor an `account`", hint)
        return None
    reference = Reference(
        name,
        principal_symbol(name, alone.grammar.partition, account),
        arn=known.arn if known else None,
        terraform=terraform,
        cloudformation=cloudformation,
        at=node.at,
    )
    kind = known.kind if known else "reference"
    patterns = () if known and not known.patterns else (reference,)
    return Who(kind, account, reference, patterns, name, node.at)


def _arn(reader: Reader, alone: Directory, fields: dict[str, tuple[Scalar, Node]]) -> Who | None:
    if "arn" not in fields:
        return None
    node = fields["arn"][1]
    if isinstance(node, Scalar) and not node.value.startswith("arn:"):
        reader.fail(node, f"`{node.value}` is no ARN", "write `arn:aws:iam::111122223333:role/NAME`")
        return None
    return read_principal(reader, alone, node)


def _account(reader: Reader, grammar: Grammar, fields: dict[str, tuple[Scalar, Node]], known: Who | None) -> str | None:
    if "account" not in fields:
        return known.account if known else None
    node = fields["account"][1]
    text = reader.text(node, "an account")
    number = None if text is None else grammar.account_number(text)
    if text is not None and number is None:
        reader.fail(node, f"unknown account `{text}`", did_you_mean(text, grammar.accounts))
    if number and known and known.account != number:
        reader.fail(node, f"the ARN is in account {known.account}, not in `{text}`", "leave `account` out")
    return number
