"""Policies compared under plain names differ as they do under their own, word by word and witness by witness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.estate import mutated, name_of, policy
from kmsgen.errors import PolicyError
from kmsgen.policy.model import Origin, Policy, Statement
from kmsgen.policy.read import read_policy, read_text
from kmsgen.semantics import compare_alike as module
from kmsgen.semantics.compare import Comparison, compare
from kmsgen.semantics.compare_alike import compare_alike
from kmsgen.semantics.world import KeyFacts
from tests.corpus import CORPUS, REASON
from tests.semantics.named import KEY, QUEUE, ROLE, STATEMENTS, allow, sent
from tests.support import OWN

POLICIES = st.lists(STATEMENTS, max_size=4).map(lambda statements: Policy(tuple(statements)))
FACTS = st.sampled_from([KeyFacts(), KeyFacts(OWN, "eu-west-1"), KeyFacts(OWN, "eu-west-1", arn=KEY + "1234abcd-12ab")])


def whole(found: Comparison) -> tuple[Comparison, list[tuple[Origin, ...]]]:
    """All that a comparison says."""
    return found, [one.origin for some in (found.gains, found.losses) for one in some]


@settings(deadline=None, max_examples=150)
@given(POLICIES, POLICIES, FACTS)
def test_random_policies_differ_alike(old: Policy, new: Policy, facts: KeyFacts) -> None:
    assert whole(compare_alike(old, new, facts)) == whole(compare(old, new, facts))


@settings(deadline=None, max_examples=100)
@given(POLICIES, st.integers(0, 4), st.integers(0, 4), st.lists(STATEMENTS, max_size=1), FACTS)
def test_policies_of_which_a_statement_changes_differ_alike(
    old: Policy, start: int, end: int, put: list[Statement], facts: KeyFacts
) -> None:
    new = Policy((*old.statements[:start], *put, *old.statements[end:]))
    assert whole(compare_alike(old, new, facts)) == whole(compare(old, new, facts))


def test_what_many_keys_have_in_common_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Policy]()

    def counted(old: Policy, new: Policy, facts: KeyFacts) -> Comparison:
        asked.append(old)
        return compare(old, new, facts)

    monkeypatch.setattr(module, "compare", counted)
    module._compared.cache_clear()
    for number in range(0, 40, 4):
        old, new = read_policy(policy(name_of(number))), read_policy(mutated(name_of(number), number))
        found = compare_alike(old, new, KeyFacts(OWN, "eu-west-1"))
        assert whole(found) == whole(compare(old, new, KeyFacts(OWN, "eu-west-1")))
        assert [one.who for one in found.gains] == [f"role/{name_of(number)}/reader-of-another-team of {OWN}"]
    assert len(asked) == 1


def test_each_difference_has_the_place_of_its_own_policies() -> None:
    def placed(statement: Statement, file: str, line: int) -> Statement:
        return replace(statement, origin=(Origin(file, line),))

    for name in ("orders", "bills"):
        old = Policy(
            (placed(allow(ROLE + name), f"{name}.old", 3), placed(allow(ROLE + "x", sid="x"), f"{name}.old", 4))
        )
        new = Policy((placed(allow(ROLE + "y"), f"{name}.new", 5),))
        found = compare_alike(old, new, KeyFacts(OWN))
        assert [str(one.origin[0]) for one in (*found.gains, *found.losses)] == [
            f"{name}.new:5", f"{name}.old:3", f"{name}.old:4",
        ]  # fmt: skip


def test_a_witness_that_the_policies_decide_otherwise_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the policies are compared under their own names."""
    old, new = Policy((sent("aws:SourceArn", QUEUE + "orders"),)), Policy(())
    right = compare(old, new, KeyFacts(OWN))
    (one,) = right.losses
    wrong = replace(right, losses=(replace(one, witness=replace(one.witness, context={})),))
    monkeypatch.setattr(module, "_compared", lambda *_: wrong)
    assert compare_alike(old, new, KeyFacts(OWN)) == right


def _of_others() -> Iterator[Policy]:
    for path in sorted((CORPUS / "policies").glob("*.json")):
        try:
            yield read_text(path.read_text(encoding="utf-8"), path.name)
        except PolicyError:
            continue


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_policies_that_others_wrote_differ_alike_from_the_next_and_from_their_own_without_a_statement() -> None:
    listed = list(_of_others())
    assert listed
    for old, other in zip(listed[::3], listed[1::3], strict=False):
        for new in (other, replace(old, statements=old.statements[1:])):
            found, right = compare_alike(old, new), compare(old, new)
            assert whole(found) == whole(right)
