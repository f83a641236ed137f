"""A statement has no `Action`.

KMS has taken such a statement, and it has no effect: a Deny without `Action` guards nothing. AWS has announced to
refuse it from August 2025 on, so that the next change of the policy fails.

Avoid:

    {Effect: Allow, Principal: {AWS: "111122223333"}, Resource: "*"}

Prefer:

    {Effect: Allow, Principal: {AWS: "111122223333"}, Action: kms:Decrypt, Resource: "*"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS407"
SEVERITY = "error"
LIKE = ("access-analyzer MISSING_ACTION", "access-analyzer EMPTY_ARRAY_ACTION")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement with neither `Action` nor `NotAction`, or an empty one."""
    if not view.statement.actions and not view.statement.not_actions:
        yield Found(f"{view.called} has no `Action`, and so no effect", help="say what it allows or denies")
