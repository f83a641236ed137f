"""Another account as a whole can use the key for anything.

With an account as principal, that account's administrators decide which of their users and roles use the key, from
where and for what; the key's owner learns of it from CloudTrail alone. Naming the role that needs the key, or holding
the account to a service (`kms:ViaService`), an encryption context or an organization, keeps that decision here.

Avoid:

    Principal: {AWS: "arn:aws:iam::444455556666:root"}
    Action: kms:Decrypt

Prefer:

    Principal: {AWS: "arn:aws:iam::444455556666:root"}
    Action: kms:Decrypt
    Condition:
      StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}
      ArnLike: {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/EtlJob"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import acts, owner
from kmsgen.analysis.finding import Found
from kmsgen.analysis.foreign import unheld_accounts
from kmsgen.analysis.subject import Subject
from kmsgen.semantics.fences import is_exact

CODE = "KMS107"
SEVERITY = "warning"
LIKE = ("access-analyzer ExternalAccess", "steampipe kms_key_policy_prohibit_public_access")
_HELP = "name the role that needs it, or add `kms:ViaService`, an encryption context or `aws:PrincipalArn`"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement by which just anybody of another account can use the key."""
    own = owner(subject)
    seen = set[str]()
    for index, one in subject.allows:
        for account, actions in unheld_accounts(one, subject, own).items():
            if own is not None and account != own:
                message = f"whoever account `{account}` chooses can do {acts(actions)}, by themselves and for anything"
                yield Found(message, index, ("Principal",), _HELP, account)
            elif own is None and is_exact(account) and seen - {account}:
                # One of two accounts at least is not the key's.
                message = (
                    f"account `{account}` as a whole can do {acts(actions)}, as `{min(seen - {account})}` can: one of"
                    " them is not the key's own"
                )
                yield Found(message, index, ("Principal",), _HELP, account)
            if is_exact(account):
                seen.add(account)
