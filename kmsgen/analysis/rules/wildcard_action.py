"""A wildcard takes in actions of several kinds, and those that AWS adds.

AWS adds actions to KMS, and `kms:Get*` or `kms:Create*` gives each of them to whoever has the pattern, unread: so came
`kms:GetKeyLastUsage` to everybody with `kms:Get*`. AWS's console writes such patterns for administrators and says so in
its documentation. `kms:ReEncrypt*`, `kms:GenerateDataKey*` and the like, whose actions are of one kind, are not meant,
nor is `kms:*`, which has a rule of its own.

Avoid:

    Action: [kms:Create*, kms:Put*, kms:Get*]

Prefer:

    Action: [kms:CreateAlias, kms:PutKeyPolicy, kms:GetKeyPolicy]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import EVERY
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog.actions import matching
from kmsgen.semantics.world import KeyFacts

CODE = "KMS116"
SEVERITY = "note"
LIKE = ("checkov CKV_AWS_111", "kics kms_key_with_full_permissions")


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """An Allow with wildcards in the middle of what KMS can do."""
    if not one.allows or one.actions == EVERY:
        return
    wide = [pattern for pattern in sorted(one.statement.actions) if "*" in pattern and _takes_in_several(pattern)]
    if wide:
        listed = ", ".join(f"`{pattern}`" for pattern in wide)
        now = len({action.name for pattern in wide for action in matching(pattern) if action.in_key_policy})
        message = f"{listed} stand{'s' if len(wide) == 1 else ''} for {now} actions, and for those that AWS adds"
        yield Found(message, path=("Action",), help="list the actions that are needed")


def _takes_in_several(pattern: str) -> bool:
    kinds = [action.category for action in matching(pattern) if action.in_key_policy]
    return len(set(kinds)) > 1 or (len(kinds) > 1 and kinds[0] not in ("use", "read"))
