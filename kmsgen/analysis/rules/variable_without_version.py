"""A policy variable stands in a policy of a version that has none.

Variables are of version `2012-10-17`. In a policy of version `2008-10-17`, or without `Version`, `${aws:username}` is
a text that no request has: an Allow gives nothing, a Deny with a negated operator denies everybody.

Avoid:

    Version: "2008-10-17"
    Condition: {StringEquals: {"kms:EncryptionContext:user": "${aws:username}"}}

Prefer:

    Version: "2012-10-17"
    Condition: {StringEquals: {"kms:EncryptionContext:user": "${aws:username}"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.catalog.patterns import tokens
from kmsgen.semantics.conditions import variables_in

CODE = "KMS477"
SEVERITY = "error"
LIKE = ("access-analyzer MISSING_VERSION",)


def check(subject: Subject) -> Iterator[Found]:
    """Every such value."""
    if subject.variables:
        return
    for index, view in enumerate(subject.views):
        for test in view.tests:
            for value in test.condition.values if test.operator.family in ("string", "arn") else ():
                if variables_in(value) or ("${" in value and tokens(value) != tokens(value, escapes=False)):
                    yield Found(
                        f"`{value}` is mere text: variables need version `2012-10-17`",
                        index,
                        test.path,
                        'write `"Version": "2012-10-17"`',
                        f"{test.condition.operator} {test.condition.key} {value}",
                    )
