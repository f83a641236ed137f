"""A pattern of actions stands under a condition key that no request for any of them carries.

The pattern allows nothing there. AWS's own page about CloudWatch Logs writes `kms:Describe*` under an encryption
context, which `kms:DescribeKey` does not have, and the pages that copied it do so too; logs work without it.

Avoid:

    Action: ["kms:Decrypt*", "kms:Describe*"]
    Condition: {ArnLike: {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*"}}

Prefer:

    Action: "kms:Decrypt*"
    Condition: {ArnLike: {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*"}}

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import all_unsent, some, unsent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog import actions
from kmsgen.semantics.world import KeyFacts

CODE = "KMS442"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every pattern of an Allow of whose actions it can match none."""
    if not view.allows or not view.tests or all_unsent(view):
        return
    dead = unsent(view.statement)
    for pattern in sorted(view.statement.actions) if dead else ():
        if "*" not in pattern and "?" not in pattern:
            continue
        meant = [action.name for action in actions.matching(pattern) if action.in_key_policy]
        if meant and all(name in dead for name in meant):
            test = dead[meant[0]]
            yield Found(
                f"`{pattern}` allows nothing here: requests for {some(meant)} do not carry `{test.condition.key}`",
                path=("Action",),
                help="take it out, or allow it in a statement without that condition",
                about=pattern,
            )
