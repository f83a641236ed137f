"""What the importer's tests share: keys from policies, and what a blueprint's text compiles to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.policy.key import Key
from kmsgen.policy.model import Policy, Statement
from kmsgen.policy.read import read_policy
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from kmsgen.templates import Library
from tests.support import OWN, REGION

LIBRARY = Library()
"""Shared, so that the catalogue of services is read once."""


def source(*statements: Mapping[str, Any], name: str = "orders", **more: Any) -> SourceKey:
    """A key with a policy of these statements."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    facts = KeyFacts(account=OWN, region=REGION)
    return SourceKey(name, read_policy(document), "policy", f"{name}.json", **{"facts": facts, **more})


def allow(principal: object, *actions: str, sid: str | None = None, **conditions: Any) -> dict[str, Any]:
    """A statement that allows; conditions are operators with mappings of keys to values."""
    made: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*"}
    return {**made, **({"Sid": sid} if sid else {}), **({"Condition": conditions} if conditions else {})}


def aws(*names: str) -> dict[str, Any]:
    """Principals of IAM: ARNs, or roles of the key's account."""
    return {"AWS": [name if ":" in name or name.isdigit() else f"arn:aws:iam::{OWN}:role/{name}" for name in names]}


ROOT = allow({"AWS": f"arn:aws:iam::{OWN}:root"}, "kms:*", sid="Root")


def compiled(text: str) -> tuple[Key, ...]:
    """The keys that a blueprint's text makes, which must be without mistakes."""

    def nothing(name: str) -> str:
        raise KmsgenError(Problem(f"there is no file `{name}`"))

    problems = Problems()
    bundles = [
        compile_blueprint(one, LIBRARY, problems, name="imported", source="imported.yaml")
        for one in parse(text, "imported.yaml", nothing, problems)
    ]
    assert not problems.errors, "\n".join(map(str, problems.errors))
    return tuple(key for made in bundles for key in made.keys)


def entries(text: str) -> list[str]:
    """The lines of a blueprint's text below `keys`, without comments and empty lines."""
    lines = [line for line in text.partition("keys:\n")[2].splitlines() if line.strip()]
    return [line for line in lines if not line.strip().startswith("#")]


def said(policy: Policy) -> set[Statement]:
    """What a policy says, but for the names of its statements."""
    return nameless(policy.statements)


def nameless(statements: Iterable[Statement]) -> set[Statement]:
    """Statements without their names."""
    return {replace(one, sid=None) for one in statements}
