"""An AWS service may use the key for any account's resources.

A service calls KMS under its own name for every customer that it has. Unless a condition says for which account or
resource, somebody else can have the service use your key for a resource of theirs: the service is a confused deputy.
`aws:SourceArn` and `aws:SourceAccount` name whose resource it is; some services send an encryption context that does,
or `aws:SourceOrgID`. A condition that holds where its key is missing, as with `IfExists`, holds nobody.

Which conditions a service is documented with comes from the service catalogue. Where AWS documents a statement without
any, as for EventBridge and encrypted topics, `unheld-service` says so instead.

Avoid:

    Principal: {Service: cloudtrail.amazonaws.com}
    Action: kms:GenerateDataKey*

Prefer:

    Principal: {Service: cloudtrail.amazonaws.com}
    Action: kms:GenerateDataKey*
    Condition: {StringEquals: {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.deputies import advice, deputies, wide
from kmsgen.analysis.exposure import acts, tested
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS110"
SEVERITY = "warning"
LIKE = ("access-analyzer MISSING_PAIRED_CONDITION_KEYS",)


def check(subject: Subject) -> Iterator[Found]:
    """Every service that is held to no account and no resource, though it could be."""
    for index, one in subject.allows:
        if not one.services or any(True for _ in wide(one)):
            continue
        for service, found, what in deputies(one, subject):
            if found.why is not None:
                message = f"whether `{service}` may use the key for anybody is not decided: {found.why}"
                yield Found(message, index, ("Principal",), advice(service), service)
            elif what is None:
                keys = tested(one)
                reason = f"{keys} do{'' if ', ' in keys else 'es'} not say whose" if keys else "nothing says whose"
                message = f"`{service}` can do {acts(found.actions)} for any account's resources: {reason}"
                yield Found(message, index, ("Principal",), advice(service), service, found.witness)
