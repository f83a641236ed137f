"""What only a stack knows is never taken for nothing: it is compared as itself, or the answer is that it is not known."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.policy.model import AWS, Effect, Policy, Principal, Statement
from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import compare
from kmsgen.semantics.prove import Always, Never, Requests, callers, prove
from kmsgen.semantics.unknown import at_most, unknown
from kmsgen.semantics.world import KeyFacts
from tests.support import OWN, REGION

FACTS = KeyFacts(account=OWN, region=REGION)
ROOT = {"AWS": f"arn:aws:iam::{OWN}:root"}
ANYBODY = {"AWS": "*"}
SNS = {"Service": "sns.amazonaws.com"}
KEEPER = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/Keeper"},
    "Action": "kms:*",
    "Resource": "*",
}


def statement(principal: Any, condition: Any = None, **more: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*", **more}
    return {**made, **({"Condition": condition} if condition else {})}


def policy(*statements: dict[str, Any]) -> Policy:
    return read_policy({"Version": "2012-10-17", "Statement": [KEEPER, *statements]})


COMPARED = {
    "an ARN under an operator of ARNs": statement(SNS, {"ArnEquals": {"aws:SourceArn": "⟨Topic⟩"}}),
    "what follows an ARN": statement(SNS, {"ArnLike": {"aws:SourceArn": "⟨Bucket.Arn⟩/*"}}),
    "an ARN with parts after it": statement(SNS, {"ArnLike": {"aws:SourceArn": "⟨Group.Arn⟩:*"}}),
    "an account": statement(ANYBODY, {"StringEquals": {"kms:CallerAccount": "⟨Account⟩"}}),
    "an account of principals": statement(ANYBODY, {"StringEquals": {"aws:PrincipalAccount": "⟨Account⟩"}}),
    "a Region in the name of a service": statement({"Service": "logs.⟨AWS.Region⟩.amazonaws.com"}),
    "one among everybody": statement(ANYBODY, {"ArnLike": {"aws:PrincipalArn": "⟨Role⟩"}}),
    "an organization": statement(ANYBODY, {"StringEquals": {"aws:PrincipalOrgID": "⟨Organization⟩"}}),
}


@pytest.mark.parametrize("added", COMPARED.values(), ids=COMPARED)
def test_what_a_symbol_lets_in_is_gained_and_lost(added: dict[str, Any]) -> None:
    found, back = compare(policy(), policy(added), FACTS), compare(policy(added), policy(), FACTS)
    assert (found.verdict, back.verdict) == ("broader", "narrower")


def test_the_same_symbol_in_other_words_is_no_difference() -> None:
    spelled = [statement(SNS, {operator: {"aws:SourceArn": "⟨Topic⟩"}}) for operator in ("ArnEquals", "StringEquals")]
    assert compare(policy(spelled[0]), policy(spelled[1]), FACTS).verdict == "equal"


def test_symbols_of_two_names_differ() -> None:
    one, other = (statement(SNS, {"ArnLike": {"aws:SourceArn": f"⟨{name}⟩"}}) for name in ("Topic", "Queue"))
    assert compare(policy(one), policy(other), FACTS).verdict == "changed"


NOT_KNOWN = {
    "⟨Flag⟩": statement(ROOT, {"Bool": {"aws:SecureTransport": "⟨Flag⟩"}}),
    "⟨Network⟩": statement(ROOT, {"IpAddress": {"aws:SourceIp": "⟨Network⟩"}}),
    "⟨Until⟩": statement(ROOT, {"DateLessThan": {"aws:CurrentTime": "⟨Until⟩"}}),
    "⟨Admin⟩": statement(ROOT, {"StringLike": {"aws:PrincipalArn": "⟨Admin⟩"}}),
    "⟨User⟩": statement(ROOT, {"StringEquals": {"aws:username": "⟨User⟩"}}),
    "⟨Role⟩": statement({"AWS": "⟨Role⟩"}, {"StringEquals": {"kms:CallerAccount": OWN}}),
    "⟨Action⟩": statement(ROOT, Action="⟨Action⟩"),
    "⟨Service⟩": statement({"Service": "⟨Service⟩"}),
    "⟨Key⟩": statement(ROOT, Resource="⟨Key⟩"),
    "⟨Spared⟩": statement(ANYBODY, {"ArnNotLike": {"aws:PrincipalArn": "⟨Spared⟩"}}, Effect="Deny"),
}


@pytest.mark.parametrize("symbol", NOT_KNOWN)
def test_a_symbol_that_may_be_one_of_a_few_values_is_undecided(symbol: str) -> None:
    found = compare(policy(), policy(NOT_KNOWN[symbol]), FACTS)
    assert found.verdict == "undecided"
    assert found.undecided == (f"it depends on `{symbol}`, which only the stack knows",)


def test_a_statement_that_stays_as_it_is_leaves_other_changes_decided() -> None:
    stays, added = NOT_KNOWN["⟨Flag⟩"], statement(SNS)
    assert compare(policy(stays), policy(stays, added), FACTS).verdict == "broader"


def test_a_new_deny_may_take_away_what_an_unknown_statement_gives() -> None:
    stays = NOT_KNOWN["⟨Action⟩"]
    deny = statement({"AWS": f"arn:aws:iam::{OWN}:role/App"}, Effect="Deny", Action="kms:*")
    assert compare(policy(stays), policy(stays, deny), FACTS).verdict == "undecided"


STRANGERS = Never("", Requests((callers(actions=frozenset({"kms:Decrypt"})),), (callers(OWN),)))


def test_what_holds_whatever_the_stack_makes_of_it_is_proved() -> None:
    assert prove(policy(NOT_KNOWN["⟨Flag⟩"]), STRANGERS, FACTS).holds is True
    assert prove(policy(statement(ANYBODY, Action="⟨Action⟩")), STRANGERS, FACTS).holds is None
    assert prove(policy(NOT_KNOWN["⟨Flag⟩"], statement(ANYBODY)), STRANGERS, FACTS).holds is False


def test_what_an_unknown_deny_may_take_away_is_not_proved_to_be_given() -> None:
    keeper = f"arn:aws:iam::{OWN}:role/Keeper"
    given = Always("", Requests((callers(keeper, actions=frozenset({"kms:Decrypt"})),)))
    deny = statement(ANYBODY, {"NotIpAddress": {"aws:SourceIp": "⟨Network⟩"}}, Effect="Deny")
    assert prove(policy(), given, FACTS).holds is True
    assert prove(policy(deny), given, FACTS).holds is None


def test_the_widest_that_a_statement_may_be_is_without_its_symbols() -> None:
    principals = frozenset({Principal(AWS, "*")})
    one = Statement(
        Effect.ALLOW, principals, not_actions=frozenset({"⟨Action⟩", "kms:Sign"}), resources=frozenset({"⟨Key⟩"})
    )
    assert at_most(one, FACTS) == one.but(not_actions=frozenset({"kms:Sign"}), resources=frozenset({"*"}))
    assert at_most(one.but(not_actions=frozenset({"⟨Action⟩"})), FACTS) == Statement(
        Effect.ALLOW, principals, actions=frozenset({"*"})
    )
    assert (
        unknown(one.but(not_actions=frozenset(), actions=frozenset({"kms:Sign"}), resources=frozenset({"*"})), FACTS)
        is None
    )
