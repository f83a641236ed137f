"""What a statement allows, Denies of the same policy take away altogether: proved.

A Deny always wins. Where it takes from somebody the whole of what a statement gives, the statement is dead, and one of
the two is not what its author meant. A wildcard like `kms:*` of which a guard takes a part is fine. Of the keys of
blueprints `kmsgen generate` proves the same.

Avoid:

    - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: kms:Decrypt, ...}
    - {Effect: Deny, Principal: "*", Action: kms:Decrypt, ...}

Prefer:

    - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: kms:Decrypt, ...}
    - Effect: Deny
      Principal: "*"
      Action: kms:Decrypt
      Condition: {ArnNotEquals: {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/App"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.policy.model import Policy
from kmsgen.semantics.cancelled import cancelled
from kmsgen.semantics.strings import TooManyError

CODE = "KMS423"
SEVERITY = "warning"
_SHOWN = 2


def check(subject: Subject) -> Iterator[Found]:
    """Every entry of an Allow's `Action` that is taken away whole from somebody."""
    if not subject.written_by_hand or not any(one.actions for _, one in subject.denies):
        return
    try:
        touched = {one.allow for one in cancelled(subject.policy, subject.facts)}
        lost = _lost(subject, touched) if touched else {}
    except TooManyError as error:
        yield Found(f"whether a Deny takes away all of an Allow could not be decided: {error}")
        return
    for (index, action, deny), who in lost.items():
        yield _said(subject, index, action, deny, sorted(set(who)))


def _lost(subject: Subject, touched: set[int]) -> dict[tuple[int, str, int], list[str]]:
    """Who loses which entry of which Allow by which Deny.

    Each entry is made a statement of its own, so that a wildcard of which a part is left does not hide another entry.
    """
    plain = [replace(one, sid=None) for one in subject.policy.statements]
    parts = [(index, action) for index in sorted(touched) for action in sorted(plain[index].actions)]
    split = [replace(plain[index], actions=frozenset({action})) for index, action in parts]
    beside = [index for index in range(len(plain)) if index not in touched]
    alone = Policy((*split, *(plain[index] for index in beside)), subject.policy.version)
    found: dict[tuple[int, str, int], list[str]] = {}
    for one in cancelled(alone, subject.facts):
        if one.allow >= len(parts):
            continue
        index, action = parts[one.allow]
        if one.action.lower() == action.lower():  # else it is one of those that a wildcard stands for
            found.setdefault((index, action, beside[one.deny - len(parts)]), []).append(one.who)
    return found


def _said(subject: Subject, index: int, action: str, deny: int, who: list[str]) -> Found:
    shown = " and ".join(f"`{one}`" for one in who[:_SHOWN])
    more = f" and {len(who) - _SHOWN} more" if len(who) > _SHOWN else ""
    sid = subject.policy.statements[deny].sid
    by = f"`{sid}`" if sid else f"statement {deny + 1}"
    return Found(
        f"{subject.views[index].called} allows {shown}{more} `{action}`, and {by} takes it away whatever the request",
        index,
        ("Action",),
        "take the action out here, or spare its principals in the Deny",
        action,
    )
