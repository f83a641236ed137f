"""A statement has a `Sid` that is empty.

A `Sid` names a statement in reports and messages; an empty one says that there is a name and gives none.

Avoid:

    {Sid: "", Effect: Allow, ...}

Prefer:

    {Sid: AllowUse, Effect: Allow, ...}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS429"
SEVERITY = "note"
LIKE = ("access-analyzer EMPTY_SID_VALUE",)


def check(subject: Subject) -> Iterator[Found]:
    """Every statement whose `Sid` has no characters, or only spaces."""
    for index, statement in enumerate(subject.policy.statements):
        if statement.sid is not None and not statement.sid.strip():
            yield Found("the `Sid` is empty", index, ("Sid",), "give the statement a name, or leave `Sid` out")
