"""Nothing that kmsgen itself makes is dead, broken or weakly set, be it read as a blueprint or as somebody's policy."""

from __future__ import annotations

import datetime

import pytest

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import meant
from kmsgen.analysis.subject import Asked
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import Kind, SourceKey
from tests.services.harness import LIBRARY, scenarios
from tests.support import ROOT

FAMILIES = ("dead or broken", "key settings")
SETTINGS = Settings(Asked(datetime.date(2026, 6, 1)), tuple(rule for family in FAMILIES for rule in meant(family)))
KINDS: tuple[Kind, ...] = ("blueprint", "policy")


def faults(*keys: SourceKey) -> list[Finding]:
    """All that is worse than worth knowing."""
    return [finding for one in check(keys, SETTINGS) for finding in one.findings if finding.severity != "note"]


def test_the_examples_are_clean() -> None:
    assert faults(*load(str(ROOT / "blueprints"), Options()).keys) == []


@pytest.mark.parametrize("name", LIBRARY.names("services"))
def test_what_a_service_of_the_catalogue_makes_is_clean(name: str) -> None:
    for one in scenarios(name):
        for kind in KINDS:
            facts = KeyFacts(one.account)
            assert faults(SourceKey(one.name, one.policy, kind, "policy.json", facts=facts)) == [], one.name
