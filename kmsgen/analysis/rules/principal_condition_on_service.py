"""A statement for an AWS service that calls by itself tests what only IAM principals send.

A service principal is in no account or organization, has no tags and comes through no VPC endpoint. A test of
`aws:PrincipalOrgID`, `aws:PrincipalAccount` or `aws:SourceVpce` on it never holds, so the service cannot use the key.

Avoid:

    Principal: {Service: cloudtrail.amazonaws.com}
    Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Prefer:

    Principal: {Service: cloudtrail.amazonaws.com}
    Condition: {StringEquals: {"aws:SourceOrgID": o-a1b2c3d4e5}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import MFA, who
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.analysis.via import KEY
from kmsgen.policy.never import never_sent
from kmsgen.semantics.world import KeyFacts

CODE = "KMS460"
SEVERITY = "error"
_INSTEAD = {
    "aws:principalorgid": "aws:SourceOrgID",
    "aws:principalorgpaths": "aws:SourceOrgPaths",
    "aws:principalaccount": "aws:SourceAccount",
    "aws:principalarn": "aws:SourceArn",
}


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test but those of `kms:ViaService` and of MFA, which have rules of their own."""
    if not view.tests or who(view) != "services":
        return
    for test in view.tests:
        if test.lower == KEY or test.lower in MFA:
            continue
        if (reason := never_sent(test.condition, test.operator, test.known, "service")) is not None:
            message, help_ = reason
            instead = _INSTEAD.get(test.lower)
            yield Found(
                message,
                path=test.path,
                help=f"write `{instead}`" if instead else help_,
                about=f"{test.condition.operator} {test.condition.key}",
            )
