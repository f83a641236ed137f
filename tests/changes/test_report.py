"""What becomes of each key, when that is too much, and how JSON tells it; whatever is not certain is always too much."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.changes import Report, report
from kmsgen.changes.report import NOTHING, FailOn
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy, read_text
from kmsgen.semantics.difference import Comparison
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from tests.changes.stand_in import compare


def policy(*roles: str, sid: str | None = "Use") -> Policy:
    principals = [f"arn:aws:iam::111122223333:role/{role}" for role in roles]
    statement: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"AWS": principals}, "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*",
    }  # fmt: skip
    return read_policy({"Statement": [{**statement, "Sid": sid} if sid else statement]})


def key(read: Policy | None, name: str = "orders", reason: str | None = None, **settings: Any) -> SourceKey:
    return SourceKey(name, read, "policy", f"{name}.json", reason=reason, settings=settings)


A, B, BOTH = policy("A"), policy("B"), policy("A", "B")

CASES: dict[str, tuple[list[SourceKey], list[SourceKey], str, set[FailOn]]] = {
    "equal": ([key(A)], [key(A)], "equal", set()),
    "reworded": ([key(policy("A", sid="Other"))], [key(A)], "equal", set()),
    "broader": ([key(BOTH)], [key(A)], "broader", {"any", "gains"}),
    "narrower": ([key(A)], [key(BOTH)], "narrower", {"any", "losses"}),
    "changed": ([key(A)], [key(B)], "changed", {"any", "gains", "losses"}),
    "added": ([key(A)], [], "added", {"any", "gains"}),
    "added, and allows nothing": ([key(NOTHING)], [], "added", {"any"}),
    "removed": ([], [key(A)], "removed", {"any", "losses"}),
    "attributes alone": ([key(A, description="x")], [key(A, description="y")], "equal", {"any"}),
    "unreadable": ([key(None, reason="unknown until apply")], [key(A)], "unreadable", {"any", "gains", "losses"}),
    "unreadable and new": ([key(None, reason="x")], [], "unreadable", {"any", "gains", "losses"}),
    "unreadable and gone": ([], [key(None, reason="x")], "unreadable", {"any", "gains", "losses"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_verdict_and_what_it_fails(case: str) -> None:
    planned, current, verdict, fails = CASES[case]
    made = report(planned, current, compare)
    assert [one.verdict for one in made.changes] == [verdict]
    modes: tuple[FailOn, ...] = ("any", "gains", "losses")
    assert {mode for mode in modes if made.fails(mode)} == fails


def test_what_is_undecided_fails_in_every_mode() -> None:
    def undecided(old: Policy, new: Policy, facts: KeyFacts = KeyFacts()) -> Comparison:  # noqa: B008 - frozen
        return Comparison((), (), undecided=("too many globs",))

    for planned, current, verdict in (
        ([key(A)], [key(A)], "undecided"),
        ([key(A)], [], "added"),
        ([], [key(A)], "removed"),
    ):
        made = report(planned, current, undecided)
        assert (made.changes[0].verdict, made.changes[0].reasons) == (verdict, ("too many globs",))
        assert made.fails("any")
        assert made.fails("gains")
        assert made.fails("losses")


def test_the_planned_side_is_the_new_one_and_facts_are_of_both() -> None:
    seen: list[tuple[Policy, Policy, KeyFacts]] = []

    def watched(old: Policy, new: Policy, facts: KeyFacts = KeyFacts()) -> Comparison:  # noqa: B008 - frozen
        seen.append((old, new, facts))
        return Comparison((), ())

    new = SourceKey("a", A, "cloudformation", "x", facts=KeyFacts("⟨AWS.AccountId⟩", None, None, "RSA_2048"))
    old = SourceKey(
        "a", B, "aws", "y", facts=KeyFacts("111122223333", "eu-west-1", "arn", "RSA_4096", multi_region=False)
    )
    report([new], [old], watched)
    report([new], [], watched)
    report([], [old], watched)
    assert seen == [
        (B, A, KeyFacts("111122223333", "eu-west-1", "arn", None, multi_region=False)),
        (NOTHING, A, new.facts),
        (B, NOTHING, old.facts),
    ]


def test_json_is_as_the_contract_has_it() -> None:
    text = """{"Statement": [{"Sid": "Use", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/B"},
      "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}]}"""
    new = key(read_text(text, "orders.json"), spec="RSA_2048")
    made = report([new, key(A, "same")], [key(A, spec="RSA_4096"), key(A, "same")], compare, ["a note"])
    document = made.document()
    assert set(document) == {"format_version", "keys", "summary", "notes"}
    assert document["format_version"] == "1"
    assert document["summary"] == {"gains": 1, "losses": 1, "keys_changed": 1, "attributes": 1, "uncertain": 0}
    changed, same = document["keys"]
    assert changed["gains"] == [
        {
            "who": "role/B",
            "principals": ["arn:aws:iam::111122223333:role/B"],
            "what": ["kms:Decrypt"],
            "when": {"kms:ViaService": "StringEquals s3.eu-west-1.amazonaws.com"},
            "statement": "Use",
            "cause": "allow-added",
            "origin": "orders.json:1",
            "access": {"before": "none", "after": "direct"},
            "witness": {"principal": "arn:aws:iam::111122223333:role/B", "action": "kms:Decrypt", "context": {}},
        }
    ]
    assert changed["losses"][0]["access"] == {"before": "direct", "after": "none"}
    assert changed["attributes"] == [
        {"attribute": "spec", "before": "RSA_4096", "after": "RSA_2048", "replaces_key": True}
    ]
    assert (changed["key"], changed["verdict"], changed["matched_by"], changed["replaces_key"]) == (
        "orders", "changed", "name", True,
    )  # fmt: skip
    assert same == {
        "key": "same", "verdict": "equal", "matched_by": "name", "planned": {"name": "same", "where": "same.json"},
        "current": {"name": "same", "where": "same.json"}, "gains": [], "losses": [], "attributes": [],
        "replaces_key": False, "reasons": [], "assumptions": [], "notes": [],
    }  # fmt: skip


def test_one_key_is_reported_alone() -> None:
    both = [key(A), key(B, "other")]
    made = report(both, both, compare, only="other")
    assert [one.pair.name for one in made.changes] == ["other"]


def test_a_report_without_keys_fails_nothing() -> None:
    assert not Report(()).fails("any")
