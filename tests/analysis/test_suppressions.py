"""Findings that are accepted stay and do not count; acceptances that nobody needs, or that are over, are told."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kmsgen.analysis.baseline import Baseline, baseline_text, read_baseline
from kmsgen.analysis.engine import KeyFindings, Settings, check, leftovers, worst
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import all_rules, find
from kmsgen.analysis.subject import Asked
from kmsgen.analysis.suppressions import Entries, into_baseline, refused
from kmsgen.errors import KmsgenError, Location
from kmsgen.policy.accepted import AllowedFinding
from kmsgen.sources.model import SourceKey
from tests.analysis.support import TODAY, key

USE = {"Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Action": "kms:Decrypt"}
TWICE = {"bad": [{"Sid": "A", **USE}, {"Sid": "A", **USE, "Action": "kms:Encrypt"}]}
ONCE = {"good": [{"Sid": "A", **USE}]}
RULES = tuple(rule for rule in all_rules() if rule.name == "duplicate-sid" or rule.family == "check itself")


def allowed(rule: str = "duplicate-sid", until: str | None = None, line: int = 7) -> AllowedFinding:
    return AllowedFinding(rule, "known for long", until, Location("keys.yaml", line, 5))


def checked(*keys: SourceKey, baseline: Baseline = Baseline(), rules: Sequence[str] = ()) -> list[KeyFindings]:  # noqa: B008
    chosen = tuple(rule for rule in RULES if not rules or rule.name in rules)
    return list(check(keys, Settings(Asked(TODAY), chosen, baseline=baseline)))


def told(result: KeyFindings) -> list[tuple[str, str | None, str]]:
    return [(one.rule, one.accepted, f"{one.source}:{one.line}: {one.message}") for one in result.findings]


def test_an_accepted_finding_stays_and_does_not_count() -> None:
    (result,) = checked(replace(key(TWICE), accepted=(allowed("KMS421"),)))
    assert [(one.rule, one.accepted) for one in result.findings] == [("duplicate-sid", "known for long")]
    assert worst(result.findings) is None


@pytest.mark.parametrize(("until", "counts"), [("2026-06-01", False), ("2026-05-31", True), ("2027-01-31", False)])
def test_a_day_is_the_last_on_which_a_finding_is_accepted(until: str, counts: bool) -> None:
    (result,) = checked(replace(key(TWICE), accepted=(allowed(until=until),)))
    assert worst(result.findings) == ("warning" if counts else None)
    assert [one.rule for one in result.findings] == (
        ["duplicate-sid", "expired-suppression"] if counts else ["duplicate-sid"]
    )


def test_an_acceptance_that_is_over_is_told_at_its_line() -> None:
    (result,) = checked(replace(key(TWICE), accepted=(allowed(until="2026-01-31"),)))
    assert told(result)[1] == (
        "expired-suppression", None, "keys.yaml:7: `duplicate-sid` was accepted until 2026-01-31: known for long",
    )  # fmt: skip


def test_an_acceptance_that_nobody_needs_is_told_at_its_line_even_when_it_is_over() -> None:
    said = "keys.yaml:7: `duplicate-sid` is accepted, and there is no such finding"
    for until in (None, "2026-01-31"):
        (result,) = checked(replace(key(ONCE), accepted=(allowed(until=until),)))
        assert told(result) == [("unused-suppression", None, said)]


def test_a_line_that_several_keys_share_is_needed_where_one_of_them_needs_it() -> None:
    shared = allowed()
    first, second = replace(key(TWICE, "first"), accepted=(shared,)), replace(key(ONCE, "second"), accepted=(shared,))
    for keys in ((first, second), (second, first)):
        assert [one.rule for result in checked(*keys) for one in result.findings] == ["duplicate-sid"]
    results = checked(replace(second, name="one"), second)
    assert [[one.rule for one in result.findings] for result in results] == [[], ["unused-suppression"]]


def test_of_rules_that_do_not_apply_nothing_is_told() -> None:
    rules = [rule.name for rule in RULES if rule.name != "duplicate-sid"]
    (result,) = checked(replace(key(ONCE), accepted=(allowed(),)), rules=rules)
    assert result.findings == ()
    (result,) = checked(replace(key(ONCE), accepted=(allowed(),)), rules=["duplicate-sid"])
    assert result.findings == ()


def test_what_cannot_be_accepted_is_refused_with_its_place() -> None:
    words = ("duplicate-sids", "KMS999", "guardrail-broken", "kms604", "unreadable-policy", "unused-suppression")
    accepted = tuple(allowed(word, line=line) for line, word in enumerate(words, 1))
    with pytest.raises(KmsgenError) as error:
        checked(replace(key(ONCE), accepted=accepted))
    assert str(error.value).splitlines() == [
        "keys.yaml:1:5: unknown rule `duplicate-sids` (did you mean `duplicate-sid`?)",
        f"keys.yaml:2:5: unknown rule `KMS999` ({refused('KMS999').hint})",  # type: ignore[union-attr]
        "keys.yaml:3:5: `guardrail-broken` cannot be accepted (make the exception in the guardrail: `except`, `unless`,"
        " or `keys: {except: …}`)",
        "keys.yaml:4:5: `expectation-failed` cannot be accepted (change the expectation, or the policy)",
        "keys.yaml:5:5: `unreadable-policy` cannot be accepted (mend what it tells of)",
        "keys.yaml:6:5: `unused-suppression` cannot be accepted (mend what it tells of)",
    ]


def test_every_rule_but_those_of_check_itself_can_be_accepted() -> None:
    assert [rule.name for rule in all_rules() if refused(rule.name)] == [
        rule.name for rule in all_rules() if rule.code.startswith("KMS6")
    ]


def baseline_of(*keys: SourceKey, before: Baseline = Baseline()) -> Baseline:  # noqa: B008
    entries = [entry for one in checked(*keys) for entry in into_baseline(one.key, one.findings, before, TODAY)[1]]
    return read_baseline(baseline_text(entries), "baseline.json", refused)


def stale(baseline: Baseline, *keys: SourceKey, rules: Sequence[str] = ()) -> list[Finding]:
    settings = Settings(Asked(TODAY), RULES, baseline=baseline)
    entries = Entries(settings.acceptance, [rule for rule in RULES if not rules or rule.name in rules])
    for one in checked(*keys, baseline=baseline):
        entries.take(one.key, one.findings)
    return [finding for one in leftovers(entries, settings) for finding in one.findings]


def test_a_baseline_accepts_what_was_found_when_it_was_written() -> None:
    baseline = baseline_of(key(TWICE))
    (result,) = checked(key(TWICE), baseline=baseline)
    assert [(one.rule, one.accepted) for one in result.findings] == [
        ("duplicate-sid", "known when the baseline was written")
    ]
    assert stale(baseline, key(TWICE)) == []
    (other,) = checked(key(TWICE, "other"), baseline=baseline)
    assert [one.accepted for one in other.findings] == [None]


def test_a_finding_knows_whether_its_source_or_a_baseline_accepts_it() -> None:
    baseline = baseline_of(key(TWICE))
    (outside,) = checked(key(TWICE), baseline=baseline)
    assert [one.outside for one in outside.findings] == [True]
    (both,) = checked(replace(key(TWICE), accepted=(allowed(),)), baseline=baseline)
    assert [(one.accepted, one.outside) for one in both.findings] == [("known for long", False)]


def test_a_baseline_survives_other_statements_and_better_words() -> None:
    more = {"bad": [{"Sid": "New", **USE}, *TWICE["bad"]]}
    (result,) = checked(key(more), baseline=baseline_of(key(TWICE)))
    assert [one.accepted is None for one in result.findings] == [False]


def test_an_entry_that_nobody_needs_is_told_at_its_line_of_the_baseline() -> None:
    baseline = baseline_of(key(TWICE, "mended"), key(TWICE, "left"))
    found = stale(baseline, key(ONCE, "mended"), key(TWICE, "left"))
    assert [(one.rule, one.key, one.source, one.line, one.message) for one in found] == [
        (
            "unused-suppression",
            "mended",
            "baseline.json",
            5,
            "`duplicate-sid` is accepted, and there is no such finding",
        )
    ]
    assert stale(baseline, key(TWICE, "left")) == []  # the other key was not looked at
    assert stale(baseline, key(ONCE, "mended"), rules=["unused-suppression"]) == []  # the rule was not applied


def test_a_day_in_a_baseline_ends_it_and_writing_the_baseline_anew_does_not_renew_it() -> None:
    text = baseline_text(
        replace(entry, reason="until the summer", until="2026-05-31") for entry in baseline_of(key(TWICE)).entries
    )
    over = read_baseline(text, "baseline.json", refused)
    (result,) = checked(key(TWICE), baseline=over)
    assert worst(result.findings) == "warning"
    assert [one.message for one in stale(over, key(TWICE))] == [
        "`duplicate-sid` was accepted until 2026-05-31: until the summer"
    ]
    assert baseline_of(key(TWICE), before=over).entries == over.entries
    (plain,) = checked(key(TWICE))
    assert [one.accepted for one in into_baseline(plain.key, plain.findings, over, TODAY)[0]] == [None]
    earlier = TODAY - datetime.timedelta(days=1)
    assert [one.accepted for one in into_baseline(plain.key, plain.findings, over, earlier)[0]] == ["until the summer"]


def test_what_the_source_accepts_and_what_cannot_be_accepted_does_not_stand_in_a_baseline() -> None:
    known = replace(key(TWICE), accepted=(allowed(),))
    unreadable = replace(key(ONCE, "dark"), policy=None, reason="it is dark")
    assert baseline_of(known, unreadable).entries == ()
    assert baseline_text([]) == '{\n  "format_version": "1",\n  "findings": []\n}\n'


def test_a_baseline_is_sorted_one_entry_to_a_line_and_may_be_yaml() -> None:
    baseline = baseline_of(key(TWICE, "b"), key(TWICE, "a"))
    first, second = baseline.entries
    assert baseline_text(reversed(baseline.entries)) == (
        '{\n  "format_version": "1",\n  "findings": [\n'
        f'    {{"fingerprint": "{first.fingerprint}", "rule": "duplicate-sid", "key": "a", "source": "a.json", "reason": "known when the baseline'
        ' was written"},\n'
        f'    {{"fingerprint": "{second.fingerprint}", "rule": "duplicate-sid", "key": "b", "source": "b.json", "reason": "known when the'
        ' baseline was written"}\n  ]\n}\n'
    )
    text = f'format_version: "1"\nfindings:\n  - {{fingerprint: "{"0" * 32}", rule: KMS421, key: a, source: a.json, reason: r, until: 2027-01-31}}\n'
    (entry,) = read_baseline(text, "baseline.yaml", refused).entries
    assert (entry.rule, entry.key, entry.reason, entry.until, str(entry.at)) == (
        "KMS421", "a", "r", "2027-01-31", "baseline.yaml:3:5",
    )  # fmt: skip
    assert find(entry.rule) is find("duplicate-sid")


MISTAKES = {
    "": ["b.json:1:1: the file is empty (`--write-baseline FILE` writes one)"],
    "[]": ["b.json:1:1: a baseline is a mapping, not a list (write `name: value`, one on each line)"],
    '{"findings": []}': ["b.json:1:1: a baseline has `format_version` 1 (`--write-baseline FILE` writes one)"],
    '{"format_version": "2", "finding": []}': [
        "b.json:1:25: unknown field `finding` in a baseline (did you mean `findings`?)",
        "b.json:1:20: a baseline has `format_version` 1 (`--write-baseline FILE` writes one)",
    ],
    '{"format_version": "1", "findings": [\n{"rule": "KMS421"},\n{"fingerprint": "0", "rule": "duplicate-sids", "key": "k", "source": "s",'
    ' "reason": "r", "until": "soon"},\n{"fingerprint": "0", "rule": "guardrail-undecided", "key": "k", "source": "s", "reason": " "}]}': [
        "b.json:2:1: an accepted finding has no `fingerprint` (`--write-baseline FILE` writes it)",
        "b.json:3:99: `soon` is no day (write `2027-01-31`)",
        "b.json:3:30: unknown rule `duplicate-sids` (did you mean `duplicate-sid`?)",
        "b.json:4:90: the reason is empty (say why, for whoever reads it next)",
        "b.json:4:30: `guardrail-undecided` cannot be accepted (make the exception in the guardrail: `keys: {except: …}`)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_in_a_baseline_is_told_with_its_place(text: str) -> None:
    with pytest.raises(KmsgenError) as error:
        read_baseline(text, "b.json", refused)
    assert str(error.value).splitlines() == MISTAKES[text]


def test_a_key_of_the_same_name_in_another_file_is_another() -> None:
    there = replace(key(TWICE), where="elsewhere/key.json")
    baseline = baseline_of(key(TWICE))
    (result,) = checked(there, baseline=baseline)
    assert [one.accepted for one in result.findings] == [None]
    assert stale(baseline, there) == []
