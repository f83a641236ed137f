"""An AWS service may use the key for any account's resources, and no condition is known that would hold it.

AWS documents the statement without a condition, and some services send nothing that one could test: EventBridge to
encrypted SNS topics takes neither `aws:SourceArn` nor `aws:SourceAccount`. Nothing can be added; what helps is a key of
its own for the purpose, and a strict policy of the topic, queue or bucket behind it.

Avoid:

    # one key for everything, and in its policy
    Principal: {Service: events.amazonaws.com}
    Action: [kms:Decrypt, kms:GenerateDataKey*]

Prefer:

    # a key for these topics alone, and in its policy
    Principal: {Service: events.amazonaws.com}
    Action: [kms:Decrypt, kms:GenerateDataKey]

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.deputies import deputies, wide
from kmsgen.analysis.exposure import acts
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS114"
SEVERITY = "note"


def check(subject: Subject) -> Iterator[Found]:
    """Every service that AWS documents without a condition."""
    for index, one in subject.allows:
        if not one.services or any(True for _ in wide(one)):
            continue
        for service, found, what in deputies(one, subject):
            if what is not None and found.why is None:
                message = (
                    f"`{service}` can do {acts(found.actions)} for any account: AWS documents no condition for {what}"
                )
                yield Found(message, index, ("Principal",), "give it a key of its own", service, found.witness)
