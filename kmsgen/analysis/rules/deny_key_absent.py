"""A Deny tests a condition key that requests for some of its actions never carry, so those are never denied.

A positive operator is false where the key is absent. A Deny of `kms:*` under `Bool` `kms:GrantIsForAWSResource`
`false` looks as if it left nothing but grants for AWS services; it denies grants, and neither `kms:Decrypt` nor
`kms:PutKeyPolicy`.

Avoid:

    Effect: Deny
    Action: "kms:*"
    Condition: {Bool: {"kms:GrantIsForAWSResource": "false"}}

Prefer:

    Effect: Deny
    Action: "kms:*"
    Condition: {BoolIfExists: {"kms:GrantIsForAWSResource": "false"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import all_unsent, carriers, some, unsent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS443"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every test of a Deny that makes it miss some of its actions and not others."""
    if view.allows or not view.tests or all_unsent(view):
        return
    dead = unsent(view.statement)
    for test in dict.fromkeys(dead.values()):
        missed = [action for action, by in dead.items() if by is test]
        carrying = some(set(carriers(test.condition.key)) & view.actions)
        yield Found(
            f"{view.called} never denies {some(missed)}, whose requests do not carry `{test.condition.key}`",
            path=test.path,
            help=f"deny {carrying} alone, or write `…IfExists` where all are to be denied",
            about=test.condition.key,
        )
