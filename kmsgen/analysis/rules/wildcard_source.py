"""A condition on what a service works for takes in everybody's resources.

`aws:SourceArn` holds a service to an account where the ARN names one. With a `*` in its place, or with S3's ARNs, which
have no account, for names that begin with anything, the condition looks like a fence and is none: whoever makes a
resource of that kind passes it.

Avoid:

    Principal: {Service: sns.amazonaws.com}
    Condition: {ArnLike: {"aws:SourceArn": "arn:aws:sns:*:*:*"}}

Prefer:

    Principal: {Service: sns.amazonaws.com}
    Condition: {ArnLike: {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.deputies import deputies, wide
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS111"
SEVERITY = "warning"


def check(subject: Subject) -> Iterator[Found]:
    """Every condition of an open statement for services whose value takes in everybody's resources."""
    for index, one in subject.allows:
        if not one.services:
            continue
        loose = list(wide(one))
        if not loose or not (who := list(deputies(one, subject))):
            continue
        for test, value in loose:
            message = f"`{value}` for `{test.condition.key}` takes in anybody's: `{who[0].service}` is held to nobody"
            about = f"{test.condition.key} {value}"
            help_ = "name the account in it, or add `aws:SourceAccount`"
            yield Found(message, index, test.path, help_, about, who[0].open.witness)
