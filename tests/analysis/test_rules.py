"""Every rule is documented, fires on its bad cases with the words that stand there, and is silent on its good ones."""

from __future__ import annotations

import re

import pytest

from kmsgen.analysis.registry import FAMILIES, Rule, all_rules, find
from tests.analysis.support import CASES, Case, cases, findings

BY_ENGINE = {
    "unreadable-policy", "guardrail-broken", "guardrail-undecided", "expectation-failed", "expectation-undecided",
    "unused-suppression", "expired-suppression", "undecided",
}  # fmt: skip
"""Rules without a `check` of their own: the engine finds what they stand for."""
RULES = all_rules()
CHECKING = [rule for rule in RULES if rule.of_statement or rule.of_policy or rule.of_key]
ALL = [(rule, case) for rule in CHECKING for case in cases(rule.name)]


@pytest.mark.parametrize(("rule", "case"), ALL, ids=[f"{rule.name}: {case.name}" for rule, case in ALL])
def test_a_rule_says_what_its_case_says(rule: Rule, case: Case) -> None:
    assert bool(case.says) is case.is_bad, "a bad case says what is found, a good one says nothing"
    assert [one.message for one in findings(rule, case.data)] == case.says


@pytest.mark.parametrize("rule", CHECKING, ids=lambda rule: rule.name)
def test_a_rule_has_good_and_bad_cases(rule: Rule) -> None:
    assert {case.is_bad for case in cases(rule.name)} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_documented(rule: Rule) -> None:
    assert re.fullmatch(r"KMS[1-6]\d\d", rule.code)
    assert rule.code[3] in FAMILIES
    assert rule.summary.endswith(".")
    assert rule.why
    assert rule.avoid
    assert rule.prefer
    assert rule.sources
    assert all(source.startswith("https://") for source in rule.sources)


def test_no_two_rules_have_one_code() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_every_rule_can_be_found_by_code_and_by_name() -> None:
    assert [(find(rule.code), find(rule.name)) for rule in RULES] == [(rule, rule) for rule in RULES]


def test_every_file_of_cases_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == {rule.name for rule in CHECKING}


def test_the_rules_that_the_engine_finds_are_no_others() -> None:
    assert {rule.name for rule in RULES if rule not in CHECKING} == BY_ENGINE
