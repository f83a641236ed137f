"""KMS could rotate the key by itself, and does not.

With automatic rotation KMS makes new key material every year, or as often as it is told, and keeps the old to decrypt
what is encrypted under it: nothing else changes, the ARN and the policy stay. Without it one material protects ever
more data, and audits by CIS, PCI DSS and AWS Security Hub fail.

Only symmetric encryption keys whose material KMS made can be rotated so; a replica is rotated with its primary, and
only of live ones it is known whether they are.

Avoid:

    keys:
      orders: {rotation: false}

Prefer:

    keys:
      orders: {rotation: 365}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
Source: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import KeySubject
from kmsgen.catalog.key_specs import can_rotate

CODE = "KMS501"
SEVERITY = "warning"
LIKE = (
    "checkov CKV_AWS_7",
    "prowler kms_cmk_rotation_enabled",
    "kics 22fbfeac",
    "kics 1c07bfaf",
    "trivy AWS-0065",
    "tfsec aws-kms-auto-rotate-keys",
    "cfn-nag F19",
    "security-hub KMS.4",
    "steampipe kms_cmk_rotation_enabled",
    "cfn-guard CMK_BACKING_KEY_ROTATION_ENABLED",
    "regula FG_R00036",
)


def check_key(subject: KeySubject) -> Iterator[Found]:
    """A key that KMS could rotate and is told not to."""
    spec, origin = subject.facts.spec, subject.facts.origin
    if spec is None or origin is None or not can_rotate(spec, origin):
        return
    if "rotation" in subject.settings and subject.settings["rotation"] in (None, False):
        where = " of its primary, which rotates all of the set" if subject.is_primary is False else ""
        help_ = f"turn automatic rotation on{where}; nobody who uses the key notices it"
        yield Found("KMS does not rotate the key", help=help_)
