"""An explanation of a denial, for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kmsgen.analysis.denial.change import Change, path_is_unknown
from kmsgen.analysis.denial.explain import PROVED, Explanation, Lifted, Proof
from kmsgen.analysis.denial.judge import Judgement, Nearest, not_for
from kmsgen.analysis.denial.model import Layer
from kmsgen.cli import why_grants
from kmsgen.policy.model import Effect, Statement
from kmsgen.semantics.wording import condition_words, listed, principal_words

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_LAYERS: Mapping[Layer, str] = {
    "key-policy": "the key policy refused it",
    "identity-policy": "the caller's IAM policies refused it",
    "service-control-policy": "a service control policy of the organization refused it",
    "resource-control-policy": "a resource control policy of the organization refused it",
    "permissions-boundary": "the caller's permissions boundary refused it",
    "session-policy": "the policy of the caller's session refused it",
    "vpc-endpoint-policy": "the policy of the VPC endpoint refused it",
    "key-state": "the key is in no state to be used",
    "key-place": "there may be no such key where it was looked for",
    "elsewhere": "the key policy allows it, so the cause is elsewhere",
    "unknown": "it is not known what refused it",
}
_STATES = {
    "disabled": "the key is disabled: `aws kms enable-key` enables it, and so does `enabled: true` in its blueprint",
    "pending-deletion": "the key waits to be deleted: `aws kms cancel-key-deletion` stops that, and leaves it disabled",
    "pending-import": "the key has no key material yet: import it",
    "unavailable": "the key, or the store that it is in, cannot be used now: `aws kms describe-key` tells its state",
}  # fmt: skip
_ORGANIZATION = "whoever looks after the organization's policies can change that; a key policy cannot"
_ADVICE: Mapping[Layer, str] = {
    "service-control-policy": _ORGANIZATION,
    "resource-control-policy": _ORGANIZATION,
    "permissions-boundary": "the boundary must allow the action on this key; see `aws iam get-role`",
    "session-policy": "whoever made the session gave it less than its role has",
    "vpc-endpoint-policy": "the endpoint's policy must allow the action; see `aws ec2 describe-vpc-endpoints`",
    "elsewhere": "the policy that is deployed may be another one: `kmsgen diff SOURCE --current aws` compares them",
    "unknown": "give a CloudTrail event of the request, or say who called with `--principal`",
    "key-place": "keys exist in one Region: see that the caller asked there, or say who called with `--principal`",
}


def text(found: Sequence[Explanation]) -> str:
    """Several explanations; of many keys that one message may mean, the likeliest."""
    blocks: list[str] = []
    by_denial: list[list[Explanation]] = []
    for one in found:
        if not by_denial or by_denial[-1][0].judgement.denial != one.judgement.denial:
            by_denial.append([])
        by_denial[-1].append(one)
    for group in by_denial:
        head = _head(group)
        shown = ["\n".join(_lines(one)) for one in group[:PROVED]]
        rest = [f"and {len(group) - PROVED} more keys, which are less likely"] if len(group) > PROVED else []
        blocks.append("\n".join([*head, *shown, *rest]))
    return "\n\n".join(blocks)


def _head(group: Sequence[Explanation]) -> list[str]:
    """What the message leaves open."""
    denial, first = group[0].judgement.denial, group[0]
    lines = [f"taken to be so: {one}" for one in denial.assumed]
    if not first.exact:
        names = [f"`{name}`" for name in first.considered]
        whose = "no source knows the id of the key that the message names" if denial.key else "the message names no key"
        lines.append(f"{whose}; {_considered(names)}")
    return lines


def _considered(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"of the keys here it can only be {names[0]}"
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"it may be {', '.join(names[:8])}{more}"


def _lines(one: Explanation) -> Iterator[str]:
    judgement = one.judgement
    denial, request = judgement.denial, judgement.request
    who = request.principal if request else denial.principal
    said = " ".join(one for one in (who, denial.action) if one) or "a request"
    yield f"{said} on {judgement.key.name}: {_LAYERS[judgement.layer]}"
    if denial.policy_arn:
        yield f"  the message names {denial.policy_arn}"
    if denial.state is not None:
        yield f"  {_STATES[denial.state]}"
        if denial.state == "disabled" and judgement.key.settings.get("enabled") is False:
            yield f"  its source says that it is to be disabled ({judgement.key.where})"
    if judgement.key.policy is None:
        yield f"  nothing is decided: {judgement.key.reason} ({judgement.key.where})"
    yield from _policy(judgement)
    yield from why_grants.lines(one)
    if judgement.layer == "key-policy" and denial.explicit and judgement.nearest is None and not judgement.open:
        yield "  the message speaks of a Deny that the source does not have: what is deployed is another policy"
    if judgement.layer in _ADVICE:
        yield f"  {_ADVICE[judgement.layer]}"
    yield from _remedy(one)


def _policy(judgement: Judgement) -> Iterator[str]:
    """What the key policy says, and the statement that came nearest."""
    verdict, request = judgement.verdict, judgement.request
    if request is None:
        return
    if judgement.across:
        yield f"  KMS lets no other account {request.action}, whatever the policy says"
    if verdict == "allowed":
        how = "directly" if judgement.access == "direct" else "if IAM policies allow it"
        for statement in judgement.statements:
            yield f"  the key policy allows it {how}, by {_named(judgement, statement)}"
    if verdict == "depends":
        yield "  the key policy allows it on a condition of which the message does not say whether it held"
    elif judgement.open is not None:
        yield f"  nothing is decided: {judgement.open}; `--parameter NAME=VALUE` gives it"
    elif verdict == "undecided":
        yield "  more is unknown of the request than can be tried: say more with `--context KEY=VALUE`"
    elif verdict == "denied" and judgement.nearest is None:
        yield f"  no statement allows it, nor anything like it ({judgement.key.where})"
    elif verdict == "denied" and judgement.nearest is not None and not_for(judgement.nearest.misses):
        yield f"  no statement lets the caller do {request.action} ({judgement.key.where})"
    if judgement.nearest is not None:
        yield from _near(judgement, judgement.nearest)
    if judgement.denial.layer == "identity-policy" and judgement.layer == "key-policy" and verdict == "denied":
        yield "  the message names IAM policies, but these could not allow it: the key policy does not leave it to them"


def _near(judgement: Judgement, nearest: Nearest) -> Iterator[str]:
    statement, misses = nearest.statement, nearest.misses
    assert judgement.request is not None
    if statement.effect is Effect.DENY:
        sure = "denies" if judgement.verdict == "explicitly-denied" else "may deny"
        yield f"  {_named(judgement, statement)} {sure} it, and no statement that allows it can outdo that"
    else:
        yield f"  nearest: {_named(judgement, statement)}"
    for miss in misses:
        if miss.element == "principal":
            shown = [principal_words(one) for one in sorted(statement.principals)]
            more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
            yield f"    it is for {', '.join(shown[:3])}{more}" if shown else "    it leaves the caller out"
        elif miss.element == "action":
            yield f"    it does not have {judgement.request.action}"
        elif miss.element == "resource":
            yield "    it is for another key"
        elif miss.condition is not None:
            verb = "denies where" if statement.effect is Effect.DENY else "demands that"
            yield f"    it {verb} {miss.condition.key} {condition_words(miss.condition)}; {_given(miss.values)}"


def _given(values: Sequence[str] | None) -> str:
    if values is None:
        return "the message does not say what it was"
    return f"it was {listed(list(values))}" if values else "it was absent"


def _named(judgement: Judgement, statement: Statement) -> str:
    places = ", ".join(map(str, statement.origin)) or judgement.key.where
    said = f"`{statement.sid}`" if statement.sid else "without a `Sid`"
    return f"the statement {said} ({places})"


def _no_change(judgement: Judgement) -> Iterator[str]:
    """Why no entry of a blueprint is proposed, where a policy denies and one might be expected."""
    request, facts = judgement.request, judgement.key.facts
    if request is None or judgement.verdict != "denied" or judgement.across:
        return
    if facts.working is not None and request.action not in facts.working:
        yield f"  {request.action} cannot work with this key: its spec is {facts.spec}, its usage {facts.usage}"
    elif request.kind == "service":
        label = request.principal.partition(".")[0]
        yield f"  say under `services` what {label} does with the key: `kmsgen catalog services` tells what there is"
    elif request.kind == "root":
        yield "  no entry lets a root user use a key: call as a role"
    else:
        yield "  no entry of a blueprint is known that allows this and no more"


def _may_call_otherwise(judgement: Judgement) -> bool:
    """Whether the statement that came nearest would do, were the request as its conditions demand."""
    nearest = judgement.nearest
    return (
        nearest is not None
        and nearest.statement.effect is not Effect.DENY
        and not not_for(nearest.misses)
        and {miss.element for miss in nearest.misses} == {"condition"}
    )


def _lifted(lifted: Lifted) -> Iterator[str]:
    """Whose the Deny is, and why nothing is proposed where nothing is."""
    if lifted.guard is None:
        yield "  it was written by hand, under `statements`: whom it is to spare must be said there"
    else:
        yield f"  the guard `{lifted.guard}` makes it"
        if lifted.reason is not None:
            yield f"  nothing is proposed: {lifted.reason}"


def _pairs(context: Iterable[tuple[str, Sequence[str]]]) -> str:
    return ", ".join(f"{key} is {' and '.join(values)}" for key, values in context)


def _remedy(one: Explanation) -> Iterator[str]:
    """The least that would allow the request."""
    judgement = one.judgement
    if one.lifted is not None:
        yield from _lifted(one.lifted)
    if judgement.would:
        yield f"  it is allowed where {_pairs(judgement.would)}"
    if one.identity is not None:
        assert judgement.request is not None
        too = " as well" if one.change is not None and judgement.layer != "identity-policy" else ""
        yield f"  an IAM policy of {judgement.request.account or 'the caller'} must say{too}:"
        yield f"    {json.dumps(one.identity)}"
    if one.change is None:
        yield from _no_change(judgement) if one.lifted is None else ()
        return
    instead = "to allow it,"
    if one.identity is not None and judgement.layer == "identity-policy":
        instead = "or, without IAM,"
    elif _may_call_otherwise(judgement):
        instead = "call as it demands; or, to allow it as it was,"
    yield from _change(one, one.change, one.proof, instead)
    if one.lifted is not None and one.lifted.otherwise is not None:
        yield from _change(one, *one.lifted.otherwise, "or, to spare the caller in every network,")


def _change(one: Explanation, change: Change, proof: Proof | None, instead: str) -> Iterator[str]:
    """A change to the blueprint, what is to be seen to in it, and what it was proved to do."""
    judgement = one.judgement
    where = f"in the blueprint of `{judgement.key.name}`"
    if change.whole:
        where += ", as its own list in the place of all the guards that it has now"
    elif change.noun == "guards":
        where += ", in the place of the guard as it is"
    if change.beside is not None:
        where += f", and an entry under `{change.beside.noun}`"
    yield f"  {instead} {where}:"
    yield from (f"    {line}" for line in change.yaml(*(proof.fields if proof else ())).split("\n"))
    written = " ".join(part.flow for part in change.parts)
    if path_is_unknown(judgement) and f"role/{judgement.request and judgement.request.role_name}" in written:
        yield "  a session does not tell its role's path: put it in where the role has one"
    if others := sorted(set(_ACCOUNT.findall(written)) - {judgement.key.facts.account}):
        yield f"  it lets account {' and '.join(others)} in: see that this is meant"
    if examples := [name for part in change.parts for name in part.examples]:
        names = " and ".join(f"`{name}`" for name in examples)
        yield f"  write your own {names}: what is there is an example"
    if proof is not None:
        yield from _proved(one, proof)


def _proved(one: Explanation, proof: Proof) -> Iterator[str]:
    if proof.verified:
        where = f" where {_pairs(proof.where)}" if proof.where else ""
        iam = ", if IAM policies do too" if one.lifted and proof.needs_identity_policy else ""
        yield f"  verified: compiled with it, the policy allows the request{where}{iam}"
        if proof.gains:
            yield "  all that it gains:"
        yield from (f"    {gain}" for gain in proof.gains)
    else:
        yield f"  not verified: {proof.reason}"
    if proof.others:
        yield f"  it reaches {', '.join(f'`{name}`' for name in proof.others)} as well"
    yield from (f"  a check would then find: {finding}" for finding in proof.findings)
