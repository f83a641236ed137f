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
from functools import cache

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
    wide = [pattern for pattern in sorted(one.statement.actions) if "*" in pattern and _several(pattern)]
    if wide:
        listed = ", ".join(f"`{pattern}`" for pattern in wide)
        now = len(frozenset[str]().union(*map(_several, wide)))
        message = f"{listed} stand{'s' if len(wide) == 1 else ''} for {now} actions, and for those that AWS adds"
        yield Found(message, path=("Action",), help="list the actions that are needed")


@cache
def _several(pattern: str) -> frozenset[str]:
    """The actions that a pattern stands for; none where they are of one kind, which does not change much."""
    meant = [action for action in matching(pattern) if action.in_key_policy]
    kinds = {action.category for action in meant}
    of_one = len(kinds) < 2 and (len(meant) < 2 or kinds <= {"use", "read"})
    return frozenset() if of_one else frozenset(action.name for action in meant)
