"""Guardrails proved for keys: each case says which key is good by its guardrail, and what is said of a bad one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.guardrails import judge
from kmsgen.analysis.guardrails.file import read_guardrails
from kmsgen.analysis.guardrails.model import Guardrail
from kmsgen.semantics.evaluate import evaluate
from kmsgen.templates import Library
from tests.analysis.support import asked, key

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


@cache
def roles() -> Mapping[str, frozenset[str]]:
    return {role.name: role.bound for role in Library().all("roles")}


def rails(data: Mapping[str, Any], **more: Any) -> tuple[Guardrail, ...]:
    rail = {"reason": "because", **data["rail"], **more}
    document = {"version": 1, **data.get("file", {}), "guardrails": {"rail": rail}}
    return read_guardrails(json.dumps(document), "rails.yaml", roles())


def told(data: Mapping[str, Any], **more: Any) -> tuple[Finding, ...]:
    known = {name: value for name, value in data.items() if name not in ("rail", "file", "says")}
    (result,) = check([key(known)], Settings(asked(), guardrails=rails(data, **more)))
    return tuple(one for one in result.findings if one.rule.startswith("guardrail-"))


@pytest.mark.parametrize("name", CASES)
def test_a_guardrail_says_what_its_case_says(name: str) -> None:
    data = CASES[name]
    assert ("bad" in data) is ("says" in data)
    assert [one.message for one in told(data)] == ([data["says"]] if "says" in data else [])


@pytest.mark.parametrize("name", [name for name, data in CASES.items() if "does not hold" in data.get("says", "")])
def test_what_breaks_a_guardrail_is_so(name: str) -> None:
    data = CASES[name]
    known = key({name: value for name, value in data.items() if name not in ("rail", "file", "says")})
    assert known.policy is not None
    (finding,) = told(data)
    assert finding.witness or "KMS lets nobody" in finding.message
    for request in finding.witness:
        decision = evaluate(known.policy, request, key_account=known.facts.account)
        assert (decision.verdict == "allowed") is ("may not" not in finding.message) or decision.access == "delegated"


def test_a_finding_says_where_the_guardrail_stands_and_why_and_is_as_bad_as_it_says() -> None:
    data = CASES["an outsider decrypts"]
    shown = [(one.rule, one.severity, one.statement, one.help) for one in told(data, severity="warning")]
    assert shown == [("guardrail-broken", "warning", "Use", "rails.yaml:1: because")]
    (undecided,) = told(CASES["the key's own account where that is not known"])
    assert (undecided.rule, undecided.severity) == ("guardrail-undecided", "error")
    assert undecided.help == "give `--account DIGITS`; rails.yaml:1: because"


def test_two_guardrails_of_one_key_have_fingerprints_of_their_own() -> None:
    data = CASES["an outsider decrypts"]
    first = {"reason": "because", **data["rail"]}
    document = {"version": 1, **data["file"], "guardrails": {"one": first, "two": first}}
    found = read_guardrails(json.dumps(document), "rails.yaml", roles())
    (result,) = check([key({"bad": data["bad"]})], Settings(asked(), guardrails=found))
    prints = [one.fingerprint for one in result.findings if one.rule == "guardrail-broken"]
    assert len(set(prints)) == 2


@pytest.mark.parametrize("name", CASES)
def test_leaving_out_what_a_guardrail_is_not_about_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [(one.message, one.statement) for one in told(CASES[name])]
    monkeypatch.setattr(judge, "relevant", lambda policy, people, does: policy)
    assert [(one.message, one.statement) for one in told(CASES[name])] == shown


def test_nor_does_it_for_any_guardrail_on_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    one = key({"bad": [statement for data in CASES.values() for statement in _statements(data)][:24]})
    assert one.policy is not None
    found = {name: rails(data)[0] for name, data in CASES.items() if data is not CASES["many patterns that overlap"]}
    answers = [judge.judge(rail, one, one.policy) for rail in found.values()]
    monkeypatch.setattr(judge, "relevant", lambda policy, people, does: policy)
    whole = [judge.judge(rail, one, one.policy) for rail in found.values()]
    assert [answer and answer[0] for answer in answers] == [answer and answer[0] for answer in whole]


def _statements(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    wrote = data.get("good") or data["bad"]
    return wrote if isinstance(wrote, list) else [wrote]
