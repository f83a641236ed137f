"""Two statements of the policy have the same `Sid`.

A `Sid` names a statement: in reports, in overlays that replace statements by it, in CloudTrail's messages. KMS takes
duplicates, so nothing else tells you that a name now means two things.

Avoid:

    Statement: [{Sid: AllowUse, ...}, {Sid: AllowUse, ...}]

Prefer:

    Statement: [{Sid: AllowUse, ...}, {Sid: AllowDescribe, ...}]

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS421"
SEVERITY = "warning"
LIKE = ("parliament DUPLICATE_SID", "access-analyzer UNIQUE_SIDS_REQUIRED")


def check(subject: Subject) -> Iterator[Found]:
    """Every statement whose `Sid` an earlier one has."""
    seen: dict[str, int] = {}
    for index, statement in enumerate(subject.policy.statements):
        if statement.sid is None:
            continue
        first = seen.setdefault(statement.sid, index)
        if first != index:
            message = f"`{statement.sid}` is the `Sid` of statement {first + 1} already"
            yield Found(message, index, ("Sid",), "give each statement a `Sid` of its own")
