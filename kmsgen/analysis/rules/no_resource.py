"""A statement has no `Resource`.

KMS has taken such a statement, and it has no effect. AWS has announced to refuse it from August 2025 on, so that the
next change of the policy fails. In a key policy the resource is always `*`: this key.

Avoid:

    {Effect: Allow, Principal: {AWS: "111122223333"}, Action: kms:Decrypt}

Prefer:

    {Effect: Allow, Principal: {AWS: "111122223333"}, Action: kms:Decrypt, Resource: "*"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS408"
SEVERITY = "error"
LIKE = ("access-analyzer MISSING_RESOURCE", "access-analyzer EMPTY_ARRAY_RESOURCE")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement with neither `Resource` nor `NotResource`, or an empty one."""
    if not view.statement.resources and not view.statement.not_resources:
        yield Found(f"{view.called} has no `Resource`, and so no effect", help='add `Resource: "*"`: this key')
