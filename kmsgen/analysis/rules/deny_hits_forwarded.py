"""A Deny keeps the key to a network, and so from every AWS service that works on somebody's behalf.

S3, EBS and others call KMS for whoever uses them, from their own network. Where that is meant, all is well; where
volumes or buckets are to be encrypted under the key, they cannot be.

Avoid:

    Effect: Deny
    Principal: "*"
    Condition: {StringNotEquals: {"aws:SourceVpce": vpce-0a1b2c3d}}

Prefer:

    Effect: Deny
    Principal: "*"
    Condition:
      StringNotEquals: {"aws:SourceVpce": vpce-0a1b2c3d}
      Bool: {"aws:ViaAWSService": "false"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/vpce-policy-condition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.hit import absence, any_forwarded, forwarded
from kmsgen.analysis.subject import Subject

CODE = "KMS467"
SEVERITY = "note"


def check(subject: Subject) -> Iterator[Found]:
    """Every such Deny of a policy that says nothing of services that forward calls."""
    for index, deny in subject.denies:
        test = absence(deny)
        if test is None or any(forwarded(deny, allow, subject) is not None for _, allow in subject.allows):
            continue
        proof = any_forwarded(deny, subject)
        if proof is None:
            continue
        message = f"{deny.called} denies what services do on somebody's behalf: no `{test.condition.key}` comes with it"
        if proof.holds is None:
            message = f"whether {deny.called} denies what services do on somebody's behalf is not decided: {proof.why}"
        help_ = 'add `Bool: {"aws:ViaAWSService": "false"}` where services are to use the key'
        yield Found(message, index, test.path, help_, test.condition.key, proof.counterexample)
