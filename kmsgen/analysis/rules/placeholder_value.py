"""A placeholder was left in a condition.

`s3.region.amazonaws.com` or `<account-id>` comes from a page or a template, and somebody was to put a real value there.
KMS takes the policy, and no request ever has the value.

Avoid:

    Condition: {StringEquals: {"kms:CallerAccount": "<account-id>"}}

Prefer:

    Condition: {StringEquals: {"kms:CallerAccount": "111122223333"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.placeholders import is_placeholder
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS481"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every value that is one or has one in it."""
    for test in view.tests:
        for value in test.condition.values:
            if is_placeholder(test, value):
                yield Found(
                    f"`{value}` is a placeholder: no request has it for `{test.condition.key}`",
                    path=test.path,
                    help="put the value there that is meant",
                    about=f"{test.condition.key} {value}",
                )
