"""Everybody could use the key, were the statement not broken.

The statement names everybody and holds nobody back; all that keeps strangers out is a mistake in it: a `Resource`
that is not the key, or a `*` that an operator without wildcards takes for a star. KMS takes such a policy, and
whoever mends the mistake opens the key to every AWS account.

Avoid:

    Principal: "*"
    Action: kms:Decrypt
    Resource: "arn:aws:s3:::orders"

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Action: kms:Decrypt
    Resource: "*"

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.exposure import ACROSS, acts, to_strangers, working
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, view
from kmsgen.policy.model import Condition, Statement

CODE = "KMS118"
SEVERITY = "warning"
LIKE = ("cfn-guard KMS_NO_WILDCARD_PRINCIPAL", "checkov CKV_AWS_33")
_WHOLE = frozenset({"*"})


def check(subject: Subject) -> Iterator[Found]:
    """Every statement for everybody that mending would make public."""
    for index, one in subject.allows:
        if not one.everyone:
            continue
        mended = _mended(one.statement)
        if mended == one.statement or to_strangers(one, subject, ACROSS) is not None:
            continue
        if to_strangers(view(mended), subject, ACROSS) is not None:
            able = working(one, ACROSS, subject.facts)
            what = "`Resource`" if mended.resources != one.statement.resources else "the `*` in its conditions"
            message = f"anybody of any AWS account could do {acts(able)}, were {what} mended"
            yield Found(
                message, index, ("Principal",), "name in `Principal` those who are meant, or drop the statement"
            )


def _mended(statement: Statement) -> Statement:
    conditions = frozenset(map(_globbing, statement.conditions))
    return replace(statement, resources=_WHOLE, not_resources=frozenset(), conditions=conditions)


def _globbing(test: Condition) -> Condition:
    if "StringEquals" in test.operator and "IgnoreCase" not in test.operator and any("*" in one for one in test.values):
        return test._replace(operator=test.operator.replace("StringEquals", "StringLike"))
    return test
