"""What rules about exposure show happens, and what kmsgen itself writes exposes nothing that could be held."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import Rule, meant
from kmsgen.analysis.subject import Asked
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import load
from kmsgen.sources.model import SourceKey
from tests.analysis.support import Case, cases, findings, key
from tests.services.harness import LIBRARY, scenarios
from tests.support import ROOT

RULES = meant("exposure")
SETTINGS = Settings(Asked(datetime.date(2026, 6, 1)), RULES)
BAD = [(rule, case) for rule in RULES for case in cases(rule.name) if case.is_bad]


@pytest.mark.parametrize(("rule", "case"), BAD, ids=[f"{rule.name}: {case.name}" for rule, case in BAD])
def test_every_witness_is_allowed(rule: Rule, case: Case) -> None:
    one = key(case.data)
    assert one.policy is not None
    for finding in findings(rule, case.data):
        for request in finding.witness:
            assert evaluate(one.policy, request, key_account=one.facts.account).verdict == "allowed"


@pytest.mark.parametrize("name", ["public-access", "public-administration", "unfenced-service", "attestation-bypass"])
def test_what_is_proved_to_be_open_has_a_witness(name: str) -> None:
    (rule,) = meant(name)
    assert all(finding.witness for case in cases(name) for finding in findings(rule, case.data))


def unheld(found: Iterator[Finding]) -> list[str]:
    return [f"{one.code} {one.statement}: {one.message}" for one in found if one.severity != "note"]


def test_no_example_is_exposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    keys = load("blueprints").keys
    assert unheld(one for of_key in check(keys, SETTINGS) for one in of_key.findings) == []


@pytest.mark.parametrize("name", LIBRARY.names("services"))
def test_no_service_of_the_catalogue_is_exposed(name: str) -> None:
    for scenario in scenarios(name):
        made = SourceKey(name, scenario.policy, "blueprint", "made", facts=KeyFacts(account=scenario.account))
        assert unheld(one for of_key in check([made], SETTINGS) for one in of_key.findings) == []
