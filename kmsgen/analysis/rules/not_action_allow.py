"""An Allow is for every action but those that `NotAction` lists.

Whatever is not listed is allowed, and so is every action that AWS adds to KMS later. Managing the key and using it go
to the same principals, and nobody who reads the statement sees what it gives. To the account that the key is in as a
whole this is no more than AWS's own default, which leaves the decision to IAM.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    NotAction: kms:ScheduleKeyDeletion

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/App"}
    Action: [kms:Decrypt, kms:GenerateDataKey]

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import EVERY, others, owner, worst
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS104"
SEVERITY = "warning"
LIKE = ("prowler kms_key_enclave_attestation_not_enforced",)


def check(subject: Subject) -> Iterator[Found]:
    """Every Allow with `NotAction` for others than the key's account as a whole."""
    for index, one in subject.allows:
        if not one.statement.not_actions or not (who := others(one, owner(subject))):
            continue
        count = f"{len(one.actions)} of the {len(EVERY)} actions there are" if one.actions else "every action to come"
        example = f", `{worst(one.actions)[0]}` among them" if one.actions else ""
        message = f"{who} can do whatever `NotAction` leaves out: {count}{example}"
        yield Found(message, index, ("NotAction",), "list in `Action` what is needed")
