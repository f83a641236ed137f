"""Every check of another tool is answered by a rule, or the page says why not."""

from __future__ import annotations

import pytest

from kmsgen.analysis.registry import FAMILIES, Rule, all_rules, find
from tests.analysis.checks_of_others import DATA, TITLES, Check, checks, meant, page
from tests.support import ROOT

CHECKS = checks()
KNOWN = {(one.tool, name) for one in CHECKS for name in (one.id, *one.also)}


def test_the_page_is_fresh() -> None:
    text = (ROOT / "docs" / "checks-of-others.md").read_text(encoding="utf-8")
    assert text == page(), "run `make docs`"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_what_a_rule_is_like_is_on_the_page(rule: Rule) -> None:
    assert {meant(like) for like in rule.like} <= KNOWN, f"add the check to {DATA.name}"


@pytest.mark.parametrize("one", CHECKS, ids=[f"{one.tool} {one.id}" for one in CHECKS])
def test_a_check_is_answered_by_rules_that_exist_or_has_its_reason(one: Check) -> None:
    assert all(find(name) is not None for name in one.by)
    assert one.by or one.why or one.open in {*FAMILIES.values(), "conditions"}


def test_every_tool_has_a_title() -> None:
    assert {one.tool for one in CHECKS} == set(TITLES)
