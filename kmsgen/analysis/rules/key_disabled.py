"""The key is disabled.

Nothing can be encrypted or decrypted with it: whatever needs it fails. A key that nobody needs any more costs money
until its deletion is scheduled.

Avoid:

    keys:
      orders: {enabled: false}

Prefer:

    keys:
      orders: {enabled: true}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject

CODE = "KMS504"
SEVERITY = "warning"
LIKE = (
    "checkov CKV_AWS_227",
    "prowler kms_cmk_are_used",
    "kics 7350fa23",
    "kics 2844c749",
    "kics 133fee21",
    "steampipe kms_cmk_unused",
)


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key that is disabled, unless it is in some other state that does not let it be used."""
    if subject.settings.get("enabled") is False and "state" not in subject.settings:
        yield Found("the key is disabled: nothing can be done with it", help="enable it, or schedule its deletion")
