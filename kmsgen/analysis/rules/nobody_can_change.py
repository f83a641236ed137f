"""Nobody of the key's own account can change the policy.

KMS honours `PutKeyPolicy` for principals of the key's own account alone, and only where the key policy allows it, to
them or to the account as a whole. Where it does not, the policy stays as it is for ever; the key cannot even be given
back to the root user, and only AWS Support can help. KMS itself refuses such a policy unless its check is bypassed.

Decided over all requests there can be. Where the account is not known, it may be that of any principal. The policies
of AWS managed keys, which nobody is meant to change, are spared.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: [kms:Decrypt, kms:GenerateDataKey]}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: [kms:Decrypt, kms:GenerateDataKey]}
    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: [kms:PutKeyPolicy, kms:GetKeyPolicy]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.able import own_account
from kmsgen.analysis.finding import Found
from kmsgen.analysis.keepers import keepers, made_by_aws, without_denies
from kmsgen.analysis.subject import Subject

CODE = "KMS301"
SEVERITY = "warning"
LIKE = ("guardrail IAM-KMS-1",)

_HELP = "let a role of the account do `kms:PutKeyPolicy`, and the account's root user for the day that role is gone"


def check(subject: Subject) -> Iterator[Found]:
    """The key, where no Allow lets anybody of its account put the policy."""
    if keepers(subject.policy, subject.facts).ways or made_by_aws(subject.policy):
        return
    ways = keepers(without_denies(subject.policy), subject.facts)
    if ways.ways:
        return  # what Denies take away another rule tells
    if ways.unsure is not None:
        yield Found(f"whether anybody can change the policy is not decided: {ways.unsure}")
        return
    account = own_account(subject.facts)
    index = next((index for index, view in subject.allows if "kms:PutKeyPolicy" in view.actions), None)
    if index is None:
        whose = f"of account `{account}`" if account else "of any account"
        yield Found(
            f"nobody can change this policy: no statement lets a principal {whose} do `kms:PutKeyPolicy`", help=_HELP
        )
        return
    why = f"lets in nobody of account `{account}`, whose key it is" if account else "lets in nobody who can be there"
    message = f"nobody can change this policy: {subject.views[index].called} {why}, to do `kms:PutKeyPolicy`"
    yield Found(message, index, ("Principal",), _HELP)
