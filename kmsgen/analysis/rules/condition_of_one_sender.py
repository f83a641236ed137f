"""A statement is for services and for IAM principals, and tests what only one of the two sends.

Whoever does not send the key never meets the condition: a role beside a service principal under `aws:SourceAccount`
may do nothing, and nobody sees it in the policy.

Avoid:

    Principal: {Service: sns.amazonaws.com, AWS: "arn:aws:iam::111122223333:role/App"}
    Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}

Prefer:

    # and a statement of its own for the role
    Principal: {Service: sns.amazonaws.com}
    Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import listing, who
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.policy.never import never_sent
from kmsgen.semantics.world import KeyFacts

CODE = "KMS462"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test, with those whom it leaves with nothing."""
    if not view.tests or who(view) != "both":
        return
    for test in view.tests:
        for caller, left in (("principal", (*view.accounts, *view.arns)), ("service", view.services)):
            if never_sent(test.condition, test.operator, test.known, caller) is not None:  # type: ignore[arg-type]
                yield Found(
                    f"{view.called} never matches {listing(left)}, whose requests do not carry `{test.condition.key}`",
                    path=test.path,
                    help="write a statement for the services and one for the principals",
                    about=f"{test.condition.operator} {test.condition.key}",
                )
