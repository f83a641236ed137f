"""`Resource` is spelled out, where `*` means this key.

A key policy is about the one key that it is attached to. A key's ARN in it can only say the same, and ties the policy
to one Region and one key: a replica or a new key with the same policy is locked. Some of AWS's own samples have it.

Avoid:

    Resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab

Prefer:

    Resource: "*"

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.reaching import reaches, resources
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS409"
SEVERITY = "note"
LIKE = ("access-analyzer REDUNDANT_RESOURCE",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement that names resources and may still be about the key."""
    if view.statement.resources == {"*"} or not reaches(view.statement, facts):
        return
    element, listed = resources(view.statement)
    for value in listed:
        if value == "*":
            continue
        message = f"`{value}` stands as `{element}` of a key policy, which is about its own key alone"
        yield Found(message, path=(element,), help='write `Resource: "*"`: this key', about=value)
