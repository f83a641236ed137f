"""What is found of a policy under plain names of roles is what is found under its own, rule by rule and word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsgen.analysis import applying
from kmsgen.analysis.applying import own
from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding, Found
from kmsgen.analysis.subject import Asked
from kmsgen.errors import PolicyError
from kmsgen.policy.model import Policy, Statement
from kmsgen.semantics.alike import Alike, alike
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import Kind, SourceKey
from tests.analysis.support import CASES, OWN, TODAY, cases, key
from tests.corpus import CORPUS, REASON
from tests.semantics.named import KEY, ROLE, STATEMENTS, allow
from tests.support import ROOT

SETTINGS = Settings(Asked(TODAY))


def told(keys: Sequence[SourceKey]) -> list[tuple[Finding, ...]]:
    return [one.findings for one in check(keys, SETTINGS)]


def apart(keys: Sequence[SourceKey]) -> list[tuple[Finding, ...]]:
    """What is found of keys each by itself, under its own names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "alike", Alike)
        return told(keys)


def made(policy: Policy, kind: Kind = "policy") -> SourceKey:
    return SourceKey("key", policy, kind, "key.json", facts=KeyFacts(OWN, "eu-west-1"), names=("key",))


@pytest.mark.parametrize("rule", sorted(path.stem for path in CASES.glob("*.yaml")))
def test_the_cases_of_a_rule_read_the_same(rule: str) -> None:
    keys = [[key(case.data), *(key(one) for one in case.data.get("siblings", ()))] for case in cases(rule)]
    assert [told(some) for some in keys] == [apart(some) for some in keys]


@settings(deadline=None, max_examples=80)
@given(st.lists(STATEMENTS, min_size=1, max_size=4), st.sampled_from(["policy", "blueprint"]))
def test_random_policies_read_the_same(statements: list[Statement], kind: Kind) -> None:
    keys = [made(Policy(tuple(statements)), kind)]
    assert told(keys) == apart(keys)


@pytest.mark.parametrize("folder", ["blueprints", "out/json"])
def test_what_kmsgen_makes_reads_the_same(folder: str) -> None:
    keys = load(str(ROOT / folder), Options()).keys
    assert told(keys) == apart(keys)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_policies_that_others_wrote_read_the_same() -> None:
    keys = list[SourceKey]()
    for path in sorted((CORPUS / "policies").glob("*.json")):
        try:
            keys += load(str(path), Options()).keys
        except PolicyError:
            continue
    assert keys
    assert told(keys) == apart(keys)


def test_findings_of_keys_that_are_alike_name_their_own_roles() -> None:
    names = ("billing", "orders")
    keys = [made(Policy((replace(allow(ROLE + name), actions=frozenset({"kms:*"})),))) for name in names]
    assert [[one.message for one in found if one.code == "KMS201"] for found in told(keys)] == [
        [f"`{ROLE}{name}` both manages the key (`kms:PutKeyPolicy`) and uses it (`kms:Decrypt`)"] for name in names
    ]


def test_a_finding_says_the_real_names_everywhere() -> None:
    shared = alike((Policy((allow(ROLE + "b"), allow(ROLE + "a"))),), KeyFacts(OWN, arn=KEY + "c"))
    first, second = (next(iter(one.principals)).value for one in shared.policies[0].statements)
    asked = Request(first, "kms:Decrypt", {"x": (second, first), "y": first}, shared.facts.arn)
    found = Found(f"`{first}`", 0, help=f"`{second}`", about=second, witness=(asked,))
    a, b = ROLE + "a", ROLE + "b"
    really = Request(b, "kms:Decrypt", {"x": (a, b), "y": b}, KEY + "c")
    assert own(shared, found) == Found(f"`{b}`", 0, help=f"`{a}`", about=a, witness=(really,))
