"""A statement asks a service for multi-factor authentication.

Neither a service that calls by itself nor a service-linked role, which a service assumes, ever authenticates with a
device. The statement never matches.

Avoid:

    Principal: {Service: cloudtrail.amazonaws.com}
    Condition: {Bool: {"aws:MultiFactorAuthPresent": "true"}}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}
    Condition: {Bool: {"aws:MultiFactorAuthPresent": "true"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import MFA, listing, who
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS461"
SEVERITY = "error"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test in a statement for services and service-linked roles alone."""
    if view.keys.isdisjoint(MFA) or not (view.services or view.arns) or view.accounts:
        return
    if who(view) == "any" or not all(":role/aws-service-role/" in arn for arn in view.arns):
        return
    for test in view.testing(*MFA):
        if not test.holds_if_absent and (not view.arns or _made(test)):
            services = listing((*view.arns, *view.services))
            yield Found(
                f"{services} never has `{test.condition.key}`: no service authenticates with MFA",
                path=test.path,
                help="take the condition off",
                about=f"{test.condition.operator} {test.condition.key}",
            )


def _made(test: Tested) -> bool:
    """Whether a test demands an authentication with MFA: a role's session can say that there was none."""
    return test.lower != MFA[1] or {value.lower() for value in test.condition.values} != {"false"}
