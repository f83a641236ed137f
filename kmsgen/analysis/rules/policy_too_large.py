"""The policy is larger than KMS takes.

A key policy has 32,768 bytes at most, white space not counted. KMS refuses a larger one with `LimitExceededException`.

Avoid:

    Principal: {AWS: ["arn:aws:iam::111122223333:role/App1", ..., "arn:aws:iam::111122223333:role/App900"]}

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:root"}
    Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/App*"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject
from kmsgen.policy.limits import MAX_BYTES

CODE = "KMS425"
SEVERITY = "error"


def check_key(subject: KeySubject) -> Iterator[Found]:
    """The whole policy."""
    if (found := subject.size) > MAX_BYTES:
        message = f"the policy has {found:,} bytes, and KMS takes {MAX_BYTES:,}"
        yield Found(message, help="name an account or an organization and tell callers apart by conditions")
