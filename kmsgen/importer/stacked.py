"""Principals that the source of a key makes or refers to as well: named by reference, with the ARN that they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kmsgen.blueprint.intrinsics import TERRAFORM
from kmsgen.importer.atoms import Unit
from kmsgen.importer.model import Item, Place
from kmsgen.importer.principals import called
from kmsgen.importer.text import Intrinsic
from kmsgen.importer.verbatim import as_written
from kmsgen.policy.model import AWS
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.model import SourceKey
from kmsgen.sources.references import UnknownSymbolError

_PRINCIPALS = ("Principal", "NotPrincipal")


@dataclass(frozen=True)
class Stacked:
    """The references of a blueprint."""

    texts: Mapping[str, dict[str, Any]]
    """What `principals` says, by how an entry would name the principal."""
    arns: Mapping[str, dict[str, Any]]
    """The same, by ARN."""

    def item(self, item: Item) -> Item:
        """An item; in a statement written out, with references in the place of ARNs."""
        if item.list != "statements" or not self.arns:
            return item
        options = {name: self._put(value) if name in _PRINCIPALS else value for name, value in item.options.items()}
        return replace(item, options=options)

    def _put(self, value: Any) -> Any:
        if isinstance(value, Intrinsic):
            return value
        if isinstance(value, Mapping):
            return {kind: self._put(names) if kind == AWS else names for kind, names in value.items()}
        if isinstance(value, list):
            return [self._put(one) for one in value]
        return self.arns.get(value, value) if isinstance(value, str) else value


def stacked(keys: Iterable[tuple[SourceKey, Place]]) -> Stacked:
    """The principals that the sources of keys make, by reference; none where a name could mean two of them."""
    listed = list(keys)
    found: dict[str, set[str]] = {}
    for key, _ in listed:
        for arn, expression in key.references.items():
            found.setdefault(arn, set()).add(expression)
    arns = {
        arn: {"arn": arn, **spelled}
        for arn, names in found.items()
        if len(names) == 1 and (spelled := _spelled(min(names))) is not None
    }
    # `role/App` is another role for a key of another account.
    if len({place.account for _, place in listed}) > 1:
        return Stacked({}, {})
    texts = {one.text: data for arn, data in arns.items() if (one := called(Unit(AWS, arn), listed[0][1])) is not None}
    return Stacked(texts, arns)


def _spelled(expression: str) -> dict[str, Any] | None:
    """How a reference is spelled for the stack that it is of; None where a blueprint cannot hold it."""
    if is_symbolic(expression):
        try:
            return {"cloudformation": as_written(expression)}
        except UnknownSymbolError:
            return None
    return {"terraform": expression} if TERRAFORM.fullmatch(expression) else None
