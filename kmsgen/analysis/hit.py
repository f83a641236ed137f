"""Requests of services that a Deny hits, because it tests by absence what services do not send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.conditions import never_matches
from kmsgen.analysis.subject import Subject, Tested, View
from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import SERVICE, Effect, Principal, Statement, condition
from kmsgen.semantics.prove import Proof, callers

NETWORK = frozenset(
    """
    aws:sourceip aws:sourcevpc aws:sourcevpcarn aws:sourcevpce aws:vpceaccount aws:vpceorgid aws:vpceorgpaths
    aws:vpcsourceip
    """.split()
)
"""Keys, in lower case, that say where a request comes from; one that a service forwards comes from the service."""
VIA = "kms:viaservice"


def absence(view: View) -> Tested | None:
    """The first test of a Deny that holds for want of a key which services do not send."""
    tests = (test for test in view.tests if test.holds_if_absent and test.known is not None)
    return next((test for test in tests if test.known is not None and test.known.sender == "principal"), None)


def of_service(deny: View, allow: View, subject: Subject) -> Iterator[tuple[str, Proof]]:
    """The services that an Allow lets in and a Deny hits, each with the proof; undecided ones among them."""
    if deny.everyone or deny.statement.not_principals or deny.services:
        for service in allow.services:
            alone = replace(_plain(allow), principals=frozenset({Principal(SERVICE, service)}))
            proof = never_matches(alone, _plain(deny), subject.facts)
            if not proof.holds:
                yield service, proof


def forwarded(deny: View, allow: View, subject: Subject) -> Proof | None:
    """Whether a Deny about networks hits what an Allow gives to callers through services; None where it does not."""
    test = absence(deny)
    if test is None or test.lower not in NETWORK or not allow.keys & {VIA}:
        return None
    if not any(one.lower == VIA and not one.holds_if_absent for one in allow.tests):
        return None
    proof = never_matches(_plain(allow), _away(deny, test), subject.facts)
    return None if proof.holds else proof


def any_forwarded(deny: View, subject: Subject) -> Proof | None:
    """Whether a Deny about networks hits a request to use the key that a service forwards; None where it does not."""
    test = absence(deny)
    if test is None or test.lower not in NETWORK or not any(ACTIONS[one].category == "use" for one in deny.actions):
        return None
    via = callers(conditions=(condition("Null", "kms:ViaService", "false"),))
    proof = never_matches(_away(deny, test), via, subject.facts)
    return None if proof.holds else proof


def _away(deny: View, test: Tested) -> Statement:
    """What a Deny matches that does not carry the key of one of its tests."""
    plain = _plain(deny)
    return replace(plain, conditions=plain.conditions | {condition("Null", test.condition.key, "true")})


def _plain(view: View) -> Statement:
    return replace(view.statement, effect=Effect.ALLOW, sid=None, origin=())
