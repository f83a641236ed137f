"""Somebody other than the key's own account as a whole has every action on the key.

`kms:*` is management and use in one: whoever has it reads the data, rewrites the policy, hands out grants and schedules
the key's deletion, and gets every action that AWS adds. To the key's own account as a whole it is AWS's default and
means that IAM policies decide; to a role, a user, a service or another account it is the thing itself.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Action: kms:*

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Action: [kms:Decrypt, kms:GenerateDataKey]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import EVERY, others, owner
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS105"
SEVERITY = "warning"
LIKE = ("kics kms_key_with_full_permissions", "checkov CKV_AWS_111", "checkov CKV_AWS_109")


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that gives every action to others than the key's account as a whole."""
    for index, one in subject.allows:
        if one.statement.not_actions or one.actions != EVERY or not (who := others(one, owner(subject))):
            continue
        held = " where its conditions hold" if one.tests and not one.everyone else ""
        message = f"{who} can do everything with the key{held}, and whatever AWS adds"
        yield Found(message, index, ("Action",), "list the actions that are needed")
