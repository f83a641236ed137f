"""Keys and policies for tests of `check`, from cases written as data."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import Rule
from kmsgen.analysis.subject import Asked
from kmsgen.policy.read import read_policy
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey

CASES = Path(__file__).parent / "rules"
OWN = "111122223333"
TODAY = datetime.date(2026, 6, 1)
FACTS = {
    "account": OWN,
    "region": "eu-west-1",
    "spec": "SYMMETRIC_DEFAULT",
    "usage": "ENCRYPT_DECRYPT",
    "origin": "AWS_KMS",
    "multi_region": False,
}
_FIELDS = {
    "good", "bad", "says", "facts", "settings", "aliases", "caller", "primary", "siblings", "version", "key_id", "times", "id",
}  # fmt: skip


class Case(NamedTuple):
    """One policy, or one key, and whether the rule has something to say of it."""

    name: str
    is_bad: bool
    says: list[str]
    """What the rule says, every message in order; none for a good case."""
    data: Mapping[str, Any]


def cases(rule: str) -> Iterator[Case]:
    """A rule's cases: `good` or `bad` is a statement or a list of them; `says` is what is found in a bad one.

    Beside it may stand `facts` (of the key, over FACTS; null for not known), `settings`, `aliases`, `caller`, `primary`,
    `times` (how often the statements stand there), and `siblings`: the other keys of its multi-Region set, each again a
    mapping with `good` and these.
    """
    for name, data in (yaml.safe_load((CASES / f"{rule}.yaml").read_text(encoding="utf-8")) or {}).items():
        assert set(data) <= _FIELDS, (name, set(data) - _FIELDS)
        assert ("good" in data) != ("bad" in data), name
        says = data.get("says", [])
        yield Case(name, "bad" in data, [says] if isinstance(says, str) else says, data)


def key(data: Mapping[str, Any], name: str = "key") -> SourceKey:
    """The key of a case."""
    wrote = data["bad"] if "bad" in data else data["good"]
    statements = [
        {"Effect": "Allow", "Resource": "*", **one} for one in (wrote if isinstance(wrote, list) else [wrote])
    ] * data.get("times", 1)
    for one in statements:  # a case about a missing element says so with null
        for element in [element for element, value in one.items() if value is None]:
            del one[element]
    version = data.get("version", "2012-10-17")
    document = {**({"Version": version} if version else {}), "Statement": statements}
    if "id" in data:
        document["Id"] = data["id"]
    return SourceKey(
        name,
        read_policy(document),
        "policy",
        f"{name}.json",
        facts=KeyFacts(**{**FACTS, **data.get("facts", {})}),
        key_id=data.get("key_id"),
        settings=data.get("settings", {}),
        aliases=tuple(data.get("aliases", ())),
        is_primary=data.get("primary"),
    )


def findings(rule: Rule, data: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What one rule finds in a case's key."""
    keys = [key(data), *(key(one, f"sibling-{number}") for number, one in enumerate(data.get("siblings", ()), 1))]
    return next(check(keys, Settings(Asked(TODAY, data.get("caller")), (rule,)))).findings


def asked() -> Asked:
    """What tests ask where they ask for nothing in particular."""
    return Asked(TODAY)
