"""The key's account as a whole is let in: IAM policies decide who uses the key.

This is AWS's default (`kms:*` for the account's root ARN), and nothing is wrong with it. It means that the key policy
does not tell who can read the data: whoever can write IAM policies in the account can let himself in, and every
principal with `kms:Decrypt` on all resources, administrators included, is in already.

Avoid:

    Principal: {AWS: "arn:aws:iam::111122223333:root"}
    Action: kms:*

Prefer:

    Principal: {AWS: "arn:aws:iam::111122223333:root"}
    Action: kms:*
    Condition: {StringEquals: {"aws:PrincipalType": Account}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import USE, acts, owner, to_anybody
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS108"
SEVERITY = "note"
LIKE = ("kics kms_key_with_full_permissions", "checkov CKV_AWS_109", "checkov CKV_AWS_111", "checkov CKV_AWS_356")


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that leaves it to the account's IAM policies who uses the key."""
    own = owner(subject)
    for index, one in subject.allows:
        if own is None or own not in one.accounts:
            continue
        if delegated := to_anybody(one, subject, own, USE).get("delegated"):
            message = f"IAM policies of account `{own}` alone decide who can do {acts(delegated)}"
            yield Found(message, index, ("Principal",), about=own)
