"""The policy of a replica does not mean what its primary's does: proved.

The keys of a multi-Region set have one material and a policy each, which KMS does not keep in step. Whoever is let in
by one of them can decrypt what is encrypted under any: the weakest policy counts. And who is forgotten in a replica's
finds out when the other Region is needed.

Regions are no difference: `s3.eu-west-1.amazonaws.com` of the one is `s3.us-east-1.amazonaws.com` of the other.

The sources of a run are looked at together, live accounts of several Regions, states and stacks of their own. Which
key is a replica's primary is told by its id (`mrk-`), the ARN or the resource of its template, plan or state that it
names, or the blueprint that both were generated from. A primary that only a stack knows (`PrimaryKeyArn: !Ref Primary`)
is told by `--parameter Primary=ARN`. A plain key policy does not say which key it is of; and replicas whose primary is
nowhere among the sources are named in a note.

Avoid:

    # the primary lets role/App in, the replica forgets it
    - Type: AWS::KMS::ReplicaKey

Prefer:

    keys:
      orders: {multi_region: [eu-west-1, us-east-1], users: [role/App]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-auth.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject
from kmsgen.policy.model import SERVICE, Condition, Policy, Principal, Statement, condition
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.compare import compare
from kmsgen.semantics.difference import Comparison, Difference, for_people

CODE = "KMS510"
SEVERITY = "warning"
_ABOUT_REGIONS = frozenset({"kms:replicaregion", "kms:primaryregion"})
"""Conditions whose values name Regions of the whole set, and are the same in every policy of it."""


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key whose policy differs from that of its set's primary, or from the first of those that may be."""
    primary = _primary(subject)
    if primary is None or _says_the_same(primary.policy, subject.policy):
        return
    there, here = primary.facts.region, subject.facts.region
    moved = primary.policy
    if there is not None and here is not None and not is_symbolic(there) and not is_symbolic(here):
        moved = _moved(moved, there, here)
    found = compare(moved, subject.policy, subject.facts)
    if moved is not primary.policy and found.verdict != "equal":
        as_it_is = compare(primary.policy, subject.policy, subject.facts)
        found = as_it_is if as_it_is.verdict == "equal" else found
    yield from _told(primary.name, found)


def _primary(subject: KeySubject) -> KeySubject | None:
    """What to hold a key against; None where it is the primary itself, or has no siblings."""
    if subject.is_primary or not subject.siblings:
        return None
    known = [one for one in subject.siblings if one.is_primary]
    if known:
        return known[0]
    first = min((subject, *subject.siblings), key=lambda one: one.name)
    return None if first is subject else first


def _says_the_same(one: Policy, other: Policy) -> bool:
    plain = [frozenset(replace(statement, sid=None) for statement in policy.statements) for policy in (one, other)]
    return plain[0] == plain[1] and one.version == other.version


def _moved(policy: Policy, there: str, here: str) -> Policy:
    """The policy as it would be written in another Region."""
    name = re.compile(rf"(?<![a-z0-9-]){re.escape(there)}(?![a-z0-9-])")

    def moved(text: str) -> str:
        return name.sub(here, text)

    def principal(one: Principal) -> Principal:
        return one._replace(value=moved(one.value)) if one.kind == SERVICE else one

    def test(one: Condition) -> Condition:
        if one.key.lower() in _ABOUT_REGIONS:
            return one
        return condition(one.operator, one.key, map(moved, one.values))

    def statement(one: Statement) -> Statement:
        return replace(
            one,
            principals=frozenset(map(principal, one.principals)),
            not_principals=frozenset(map(principal, one.not_principals)),
            resources=frozenset(map(moved, one.resources)),
            not_resources=frozenset(map(moved, one.not_resources)),
            conditions=frozenset(map(test, one.conditions)),
        )

    return replace(policy, statements=tuple(map(statement, policy.statements)))


def _told(primary: str, found: Comparison) -> Iterator[Found]:
    if found.undecided:
        message = f"whether the policy means what that of `{primary}` does could not be decided: {found.undecided[0]}"
        yield Found(message)
        return
    for what, differences in (("more", found.gains), ("less", found.losses)):
        told = for_people(differences)
        if told:
            yield _finding(what, primary, told)


def _finding(what: str, primary: str, told: Sequence[Difference]) -> Found:
    first = told[0]
    shown = f"`{first.what[0]}`" + (f" and {len(first.what) - 1} more" if len(first.what) > 1 else "")
    others = f", and {len(told) - 1} more differences" if len(told) > 2 else ", and one more" if len(told) == 2 else ""
    verb = "allows" if what == "more" else "lacks"
    message = f"the policy {verb} what that of `{primary}` {'does not' if what == 'more' else 'allows'}"
    return Found(
        f"{message}: {shown} for `{first.who}`{others}",
        help="write one policy for the whole set",
        about=what,
        witness=(first.witness,),
    )
