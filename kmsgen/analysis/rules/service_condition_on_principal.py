"""A statement for IAM principals tests what only a service that calls by itself sends.

`aws:SourceArn`, `aws:SourceAccount` and `aws:SourceOrgID` say for whose resource a service calls. A role or user that
calls, or for which a service forwards a call, does not send them, so the statement never matches.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import sends_source, who
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.policy.never import never_sent
from kmsgen.semantics.world import KeyFacts

CODE = "KMS459"
SEVERITY = "error"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test, unless AWS documents it for that service's resources."""
    if not view.tests or who(view) != "principals" or sends_source(view):
        return
    for test in view.tests:
        if (reason := never_sent(test.condition, test.operator, test.known, "principal")) is not None:
            message, help_ = reason
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {test.condition.key}")
