"""Who manages the key every day can also have it deleted.

What is encrypted under a deleted key is lost for ever. Few people ever need to schedule a deletion, and hardly any of
them often: a role of its own for it, or one's second factor, turns a slip or a stolen session into something that
somebody notices first. AWS's console gives deletion to administrators unless one unticks it.

Avoid:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: [kms:PutKeyPolicy, kms:ScheduleKeyDeletion, ...]}

Prefer:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: [kms:PutKeyPolicy, ...]}
    {Principal: {AWS: ".../role/KeyDeletion"}, Action: [kms:ScheduleKeyDeletion, kms:CancelKeyDeletion]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-adding-permission.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import about, can_change, holders, said, shown, together
from kmsgen.analysis.subject import Subject, View
from kmsgen.policy.model import condition

CODE = "KMS207"
SEVERITY = "note"
LIKE = ("guardrail IAM-KMS-3",)

_DELETE = frozenset({"kms:ScheduleKeyDeletion"})
_AT_ANY_TIME = (condition("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),)
_HELP = "give `kms:ScheduleKeyDeletion` to a role of its own, or demand `aws:MultiFactorAuthPresent` for it"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets those delete the key, without a second factor, who can put its policy."""
    able_to = holders(subject, _DELETE, _AT_ANY_TIME, _asks_for_mfa)
    found = ((one, one.statement) for one in able_to if can_change(subject, one.who))
    for index, some in together(found):
        what = "can delete the key as part of everyday administration"
        yield Found(said(some, what), index, ("Action",), _HELP, about(some), shown(some))


def _asks_for_mfa(view: View) -> bool:
    return any(
        test.operator.base == "Bool" and not test.operator.if_exists and test.condition.values == ("true",)
        for test in view.testing("aws:multifactorauthpresent")
    )
