"""The policy is not written in the current version of the policy language.

Without `Version: 2012-10-17` a policy is read as of 2008, where `${aws:username}` is no variable and stands for itself.
A statement with one matches nothing, and the next person who adds one does not see why.

Avoid:

    Version: 2008-10-17

Prefer:

    Version: 2012-10-17

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject
from kmsgen.policy.model import VERSION

CODE = "KMS428"
SEVERITY = "note"
LIKE = ("access-analyzer MISSING_VERSION", "parliament NO_VERSION", "parliament OLD_VERSION")


def check(subject: Subject) -> Iterator[Found]:
    """The whole policy."""
    version = subject.policy.version
    if version == VERSION:
        return
    said = "the policy has no `Version`" if version is None else f"the policy is of version `{version}`"
    values = sorted(
        value for one in subject.policy.statements for test in one.conditions for value in test.values if "${" in value
    )
    more = f", so `{values[0]}` stands for itself" if values else ""
    yield Found(f"{said}{more}", help=f"write `Version: {VERSION}`")
