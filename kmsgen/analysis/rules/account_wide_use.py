"""Every principal of the account can use the key, and IAM has no say.

With `Principal: "*"` held to an account by `kms:CallerAccount` or `aws:PrincipalAccount`, the key policy itself
allows each user and role of that account, whatever their IAM policies say: those without any permission as well.
AWS's own keys are made so, but hold the callers to a service besides (`kms:ViaService`), which asks IAM in their
place. The account's root ARN as principal leaves the decision to IAM.

Avoid:

    Principal: {AWS: "*"}
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:CallerAccount": "111122223333"}}

Prefer:

    Principal: {AWS: "*"}
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:CallerAccount": "111122223333", "kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import EVERY, READ, accounts_tested, acts, owner, to_anybody
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS109"
SEVERITY = "warning"
_HELP = "name the account's root ARN in `Principal`, so that IAM decides, or add `kms:ViaService`"


def check(subject: Subject) -> Iterator[Found]:
    """Every statement for everybody that gives direct access to just anybody of the key's account."""
    own = owner(subject)
    for index, one in subject.allows:
        if not one.everyone:
            continue
        for account in dict.fromkeys(accounts_tested(one)):
            if own is not None and account != own:
                continue
            if direct := to_anybody(one, subject, account, EVERY - READ).get("direct"):
                message = f"every principal of account `{account}` can do {acts(direct)}, whatever IAM says"
                yield Found(message, index, ("Principal",), _HELP, account)
