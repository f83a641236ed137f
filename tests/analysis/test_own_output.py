"""Nothing that kmsgen itself makes is exposed, locked, dead or weakly set, read as a blueprint or as anybody's policy."""

from __future__ import annotations

import datetime

import pytest

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.subject import Asked
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import Kind, SourceKey
from tests.services.harness import LIBRARY, scenarios
from tests.support import ROOT

SETTINGS = Settings(Asked(datetime.date(2026, 6, 1)))
GRANTING = frozenset(
    {"cognito", "comprehend", "comprehend-model-sharing", "connect-outbound-campaigns", "eks", "rds-export"}
    | {"rds-master-password"}
)
"""Services for which AWS documents grants that their callers have no need of otherwise: known of a blueprint alone."""
KINDS: tuple[Kind, ...] = ("blueprint", "policy")


def found(*keys: SourceKey) -> list[Finding]:
    return [finding for one in check(keys, SETTINGS) for finding in one.findings]


def test_nothing_at_all_is_found_in_the_examples() -> None:
    assert found(*load(str(ROOT / "blueprints"), Options()).keys) == []


@pytest.mark.parametrize("name", LIBRARY.names("services"))
def test_what_a_service_of_the_catalogue_makes_is_clean(name: str) -> None:
    for one in scenarios(name):
        for kind in KINDS:
            key = SourceKey(one.name, one.policy, kind, "policy.json", facts=KeyFacts(one.account))
            faults = {finding.rule for finding in found(key) if finding.severity != "note"}
            spared = {"unconstrained-grants"} if kind == "policy" and name in GRANTING else set()
            assert faults <= spared, one.name
