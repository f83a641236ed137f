"""Anybody of any AWS account can use the key.

A `*` principal takes in every principal of every AWS account. Their own account's permission is all that strangers
need beside it, and that they give to themselves. Only a condition on what a caller cannot choose keeps them out: its
account or organization, its role, its network. The service in between (`kms:ViaService`), encryption contexts, tags and
`aws:SecureTransport` are what strangers have as well, or set as they like; `IfExists` and `ForAllValues` hold where the
key is missing.

Whether somebody gets in is proved over all requests that there can be, with the policy's Denies. Requests without a
signature never reach a key.

Avoid:

    Principal: {AWS: "*"}
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Prefer:

    Principal: {AWS: "*"}
    Action: kms:Decrypt
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com, "kms:CallerAccount": "111122223333"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.exposure import ACROSS, acts, tested, to_strangers
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS101"
SEVERITY = "error"
LIKE = (
    "checkov CKV_AWS_33", "prowler kms_key_not_publicly_accessible", "kics kms_allows_wildcard_principal",
    "cfn-nag F76", "cfn-guard KMS_NO_WILDCARD_PRINCIPAL", "security-hub KMS.5",
    "steampipe kms_cmk_policy_prohibit_public_access", "access-analyzer CheckNoPublicAccess",
)  # fmt: skip
_HELP = (
    "name accounts or roles in `Principal`, or add a condition on `aws:PrincipalOrgID`, `aws:PrincipalAccount` or"
    " `kms:CallerAccount` with fixed values"
)


def check(subject: Subject) -> Iterator[Found]:
    """Every statement by which a stranger can do something."""
    for index, one in subject.allows:
        found = to_strangers(one, subject, ACROSS)
        if found is None:
            continue
        path = ("Principal",) if one.everyone else ("NotPrincipal",)
        if found.why is not None:
            yield Found(f"whether strangers can use the key is not decided: {found.why}", index, path, _HELP)
            continue
        keys, nobody = tested(one), "nothing" if one.everyone else "`NotPrincipal` alone"
        reason = f"{keys} keep{'' if ', ' in keys else 's'} no stranger out" if keys else f"{nobody} says who may call"
        message = f"anybody of any AWS account can do {acts(found.actions)}: {reason}"
        yield Found(message, index, path, _HELP, witness=found.witness)
