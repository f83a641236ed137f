"""The key is about to be deleted.

When the waiting period is over, whatever is encrypted under it is lost for ever. Until then its deletion can be
cancelled.

Avoid:

    KeyState: PendingDeletion

Prefer:

    KeyState: Enabled

Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
Source: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-3
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject

CODE = "KMS505"
SEVERITY = "warning"
LIKE = (
    "prowler kms_cmk_not_deleted_unintentionally",
    "steampipe kms_key_not_pending_deletion",
    "security-hub KMS.3",
)
_STATES = {
    "PendingDeletion": "the key's deletion is scheduled",
    "PendingReplicaDeletion": "the key is deleted once its replicas are",
}


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key that is to be deleted."""
    said = _STATES.get(str(subject.settings.get("state")))
    if said is not None:
        yield Found(f"{said}: what is encrypted under it is lost then", help="cancel it with `kms:CancelKeyDeletion`")
