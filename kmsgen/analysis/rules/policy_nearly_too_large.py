"""The policy takes more than four fifths of what KMS allows.

A key policy has 32,768 bytes at most. One that is nearly full leaves no room for the next account or role, and the
change that needs it fails when it is applied.

Avoid:

    Principal: {AWS: ["arn:aws:iam::111122223333:role/App1", ..., "arn:aws:iam::111122223333:role/App500"]}

Prefer:

    Principal: {AWS: "*"}
    Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject
from kmsgen.policy.limits import MAX_BYTES, WARN_BYTES

CODE = "KMS426"
SEVERITY = "warning"


def check_key(subject: KeySubject) -> Iterator[Found]:
    """The whole policy."""
    if WARN_BYTES < (found := subject.size) <= MAX_BYTES:
        message = f"the policy has {found:,} of the {MAX_BYTES:,} bytes that KMS takes: {found * 100 // MAX_BYTES} %"
        yield Found(message, help="name an account or an organization and tell callers apart by conditions")
