"""Anybody of the key's account can change or delete the key.

KMS lets principals of other accounts change nothing, so an open `*` on such actions is no door for strangers; but it
lets in every principal of the key's own account, directly: no IAM policy has a say, and each of them can rewrite the
policy, disable the key or schedule its deletion.

Avoid:

    Principal: {AWS: "*"}
    Action: [kms:PutKeyPolicy, kms:ScheduleKeyDeletion]

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}
    Action: [kms:PutKeyPolicy, kms:ScheduleKeyDeletion]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kmsgen.analysis.exposure import OWN_ONLY, acts, alone, anybody, owner, to_strangers
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, View
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request

CODE = "KMS102"
SEVERITY = "error"
LIKE = ("prowler kms_key_not_publicly_accessible", "checkov CKV_AWS_33", "cfn-nag F76")
_HELP = "name the roles that are to manage the key in `Principal`"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement by which just anybody of the key's account can change the key."""
    for index, one in subject.allows:
        found = to_strangers(one, subject, OWN_ONLY)
        if found is None:
            continue
        path = ("Principal",) if one.everyone else ("NotPrincipal",)
        if found.why is not None:
            yield Found(f"whether just anybody can change the key is not decided: {found.why}", index, path, _HELP)
            continue
        message = f"anybody of the key's account can do {acts(found.actions)}, whatever IAM says"
        yield Found(message, index, path, _HELP, witness=_within(one, subject, found.witness))


def _within(one: View, subject: Subject, witness: tuple[Request, ...]) -> tuple[Request, ...]:
    """The witness as one of the key's own account, where that is known and goes through as well."""
    own = owner(subject)
    if own is None:
        return witness
    moved = (replace(request, principal=anybody(own)) for request in witness)
    return tuple(one_ for one_ in moved if evaluate(alone(one, subject), one_, key_account=own).verdict == "allowed")
