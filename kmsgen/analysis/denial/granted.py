"""What the grants on a key say to a denied request, where they may be read; a Deny outdoes them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kmsgen.analysis.denial.change import stopped
from kmsgen.analysis.denial.judge import Judgement
from kmsgen.catalog import actions
from kmsgen.errors import KmsgenError
from kmsgen.semantics.grants import Answered, Grant, answer

_RANK = {"yes": 0, "unknown": 1, "no": 2}


@dataclass(frozen=True)
class Granted:
    """What the grants on a key say."""

    count: int = 0
    """How many grants there are."""
    naming: tuple[Answered, ...] = ()
    """Those that name the caller, or may, the nearest to allowing the request first."""
    reason: str | None = None
    """Why they could not be read."""


def may_be_granted(judgement: Judgement) -> bool:
    """Whether a grant could have allowed what the key policy did not, or left to IAM policies that did not."""
    request = judgement.request
    unallowed = judgement.layer == "key-policy" and judgement.verdict in ("denied", "depends")
    left_to_iam = judgement.layer == "identity-policy" and not judgement.denial.explicit
    return (
        request is not None
        and (unallowed or left_to_iam)
        and not stopped(judgement)
        and request.action.removeprefix("kms:") in actions.GRANT_OPERATIONS
        and request.kind in ("role", "session", "user")
    )


def granted(judgement: Judgement, read: Callable[[], Sequence[Grant]] | None) -> Granted | None:
    """What the key's grants say to the request; None where no grant could have allowed it, or none can be asked for.

    `read` gives the grants, and raises `KmsgenError` where they may not be read.
    """
    if read is None or not may_be_granted(judgement):
        return None
    assert judgement.request is not None
    try:
        grants = read()
    except KmsgenError as error:
        return Granted(reason=error.problems[0].message)
    absent, account = judgement.denial.absent, judgement.key.facts.account
    answers = (answer(one, judgement.request, absent, key_account=account) for one in grants)
    naming = sorted(
        (one for one in answers if one.names_caller != "no"),
        key=lambda one: (_RANK[one.allows], len(one.lacks), one.grant.id),
    )
    return Granted(len(grants), tuple(naming))
