"""A statement for services and for IAM principals tests what only one of the two sends.

`aws:SourceArn` and `aws:SourceAccount` come with requests that a service makes by itself; `kms:ViaService`, organizations,
networks and tags with those of users and roles. All conditions of a statement must hold, so in a statement for both, one
of the two gets nothing. Such a statement is two statements.

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
from kmsgen.analysis.subject import View
from kmsgen.policy.never import why_never
from kmsgen.semantics.world import KeyFacts

CODE = "KMS112"
SEVERITY = "warning"


def check_statement(one: View, facts: KeyFacts) -> Iterator[Found]:
    """Every condition of a statement for both kinds that one of them never passes."""
    named = [*one.arns, *one.accounts]
    if not (one.allows and one.services and named) or one.everyone:
        return
    for test in one.tests:
        of_principals, of_services = why_never(test.condition, "principal"), why_never(test.condition, "service")
        if (of_principals is None) is (of_services is None):
            continue
        shut, senders = (named, "AWS services") if of_principals else (one.services, "IAM principals")
        message = f"`{test.condition.key}` shuts {several(shut, 'principal')} out: only requests of {senders} pass it"
        help_ = "split the statement: one for services, one for IAM principals"
        yield Found(message, path=test.path, help=help_, about=test.condition.key)
