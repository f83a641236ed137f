"""Somebody can make grants on the key to whomever they like.

A grant gives its grantee use of the key without a word in any policy, and stays when the policy changes. Who may
`CreateGrant` without a limit on the grantee can lend the key to any principal of any account, or to themselves
operations that the policy does not give them.

A grant is limited where it must be one that an AWS service makes for its own resource (`kms:GrantIsForAWSResource`, a
request that comes by `kms:ViaService`), where the grantee is named (`kms:GranteePrincipal`,
`kms:GranteeServicePrincipal`, `kms:GrantConstraintSourceArn`), or where `kms:GrantOperations` leaves nothing that
reads or signs. `kms:GrantConstraintType` alone limits nothing: who makes the grant chooses the context. Who may put
the policy can do anything in any case, and is not meant; nor are service-linked roles and what is left to IAM.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: [kms:Decrypt, kms:CreateGrant]}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: kms:CreateGrant,
     Condition: {Bool: {kms:GrantIsForAWSResource: "true"}}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import BY_ITSELF, about, can_change, holders, listed, together
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.patterns import ARN_PARTS, has_wildcard
from kmsgen.policy.model import Condition, condition

CODE = "KMS202"
SEVERITY = "warning"

_GRANT = frozenset({"kms:CreateGrant"})
_GRANTEE = "kms:granteeprincipal"
_FENCES = (
    "kms:grantisforawsresource", "kms:viaservice", "kms:granteeserviceprincipal", "kms:grantconstraintsourcearn",
)  # fmt: skip
_TELLING = """
    CreateGrant Decapsulate Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateMac ReEncryptFrom
    Sign
    """.split()
"""What a grantee reads or signs with, or grants further."""
_FREE = (
    BY_ITSELF,
    condition("BoolIfExists", "aws:ViaAWSService", "false"),
    condition("BoolIfExists", "kms:GrantIsForAWSResource", "false"),
    condition("Null", "kms:GranteeServicePrincipal", "true"),
    condition("Null", "kms:GrantConstraintSourceArn", "true"),
    condition("ForAnyValue:StringEquals", "kms:GrantOperations", _TELLING),
)
_HELP = (
    "demand `kms:GrantIsForAWSResource` `true` where AWS services make the grants; else name the grantees by "
    "`kms:GranteePrincipal`, and what they get by `kms:GrantOperations`"
)


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody make such grants who cannot change the policy itself."""
    if not any("kms:CreateGrant" in view.actions for _, view in subject.allows):
        return
    found = holders(subject, _GRANT, (*_FREE, *_strangers(subject)), _limits)
    limited = ((one, one.statement) for one in found if not can_change(subject, one.who))
    for index, some in together(limited):
        whom, sure = listed(one.called for one in some), [one for one in some if one.request]
        witness = tuple(one.request for one in sure[:1] if one.request)
        message = f"{whom} can make grants to anybody, of any account: `kms:CreateGrant` names no grantee"
        if not sure:
            message = f"whether {whom} can make grants to anybody is not decided: {some[0].why}"
        yield Found(message, index, ("Action",), _HELP, about(some), witness)


def _limits(view: View) -> bool:
    """Whether a statement plainly asks for what such a grant has not."""
    return any(
        not test.holds_if_absent
        and test.operator.base != "Null"
        and (test.lower in _FENCES or (test.lower == _GRANTEE and all(map(_names, test.condition.values))))
        and (test.operator.family != "bool" or test.condition.values == ("true",))
        for test in view.testing(_GRANTEE, *_FENCES)
    )


def _strangers(subject: Subject) -> Iterator[Condition]:
    """The grantees that no Allow names: those are meant who nobody thought of."""
    values = {
        value
        for _, view in subject.allows
        for test in view.testing(_GRANTEE)
        if test.operator.base != "Null" and not test.operator.negated
        for value in test.condition.values
        if _names(value)
    }
    if values:
        yield condition("StringNotLike", "kms:GranteePrincipal", values)
    yield condition("Null", "kms:GranteePrincipal", "false")


def _names(value: str) -> bool:
    """Whether a pattern of grantees keeps them within an account."""
    parts = value.split(":", ARN_PARTS - 1)
    return not has_wildcard(value) or (len(parts) == ARN_PARTS and not has_wildcard(parts[4]) and bool(parts[4]))
