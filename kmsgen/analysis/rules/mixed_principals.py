"""A statement for services and for IAM principals tests what only one of the two sends.

`aws:SourceArn` and `aws:SourceAccount` come with requests that a service makes by itself; `kms:ViaService`,
organizations, networks and tags with those of users and roles. All conditions of a statement must hold, so in a
statement for both, one of the two gets nothing. Such a statement is two statements.

Avoid:

    Principal: {Service: logs.amazonaws.com, AWS: "arn:aws:iam::111122223333:role/App"}
    Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}

Prefer:

    - Principal: {Service: logs.amazonaws.com}
      Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}
    - Principal: {AWS: "arn:aws:iam::111122223333:role/App"}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import several
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.catalog.service_conditions import THROUGH_OTHERS, named
from kmsgen.policy.never import why_never
from kmsgen.semantics.world import KeyFacts

CODE = "KMS112"
SEVERITY = "warning"


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """Every condition of a statement for both kinds that one of them never passes."""
    principals = [*one.arns, *one.accounts]
    if not (one.allows and one.services and principals) or one.everyone:
        return
    for test in one.tests:
        of_principals, of_services = why_never(test.condition, "principal"), why_never(test.condition, "service")
        if (of_principals is None) is (of_services is None):
            continue
        shut, senders = (principals, "AWS services") if of_principals else (_shut(one, test), "IAM principals")
        if not shut:
            continue
        message = f"`{test.condition.key}` shuts {several(shut, 'principal')} out: only requests of {senders} pass it"
        help_ = "split the statement: one for services, one for IAM principals"
        yield Found(message, path=test.path, help=help_, about=test.condition.key)


def _shut(one: View, test: Tested) -> list[str]:
    """The services that never pass a condition which only IAM principals' requests are said to meet."""
    through = THROUGH_OTHERS if test.lower == "kms:viaservice" else frozenset[str]()
    return [service for service in one.services if named(service) not in through]
