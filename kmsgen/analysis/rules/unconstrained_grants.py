"""Somebody can make grants on the key to whomever they like.

A grant gives its grantee use of the key without a word in any policy, and stays when the policy changes. Who may
`CreateGrant` without a limit on the grantee can lend the key to any principal of any account, or to themselves
operations that the policy does not give them.

A grant is limited where it must be one that an AWS service makes for its own resource (`kms:GrantIsForAWSResource`, a
request that comes by `kms:ViaService`), where the grantee is named (`kms:GranteePrincipal`,
`kms:GranteeServicePrincipal`, `kms:GrantConstraintSourceArn`), or where `kms:GrantOperations` leaves nothing that
reads or signs. `kms:GrantOperations` without `CreateGrant`, or an encryption context that is named, limit it as far
as the caller can do the same without a grant. `kms:GrantConstraintType` alone limits nothing: who makes the grant
chooses the context. Who may put the policy can do anything in any case, and is not meant; nor are service-linked roles
and what is left to IAM.

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
from dataclasses import replace

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import BY_ITSELF, Holder, about, can_change, directly, holders, said, shown, together
from kmsgen.analysis.subject import Subject, View
from kmsgen.catalog.patterns import ARN_PARTS, has_wildcard
from kmsgen.policy.model import Condition, condition

CODE = "KMS202"
SEVERITY = "warning"

_GRANT = frozenset({"kms:CreateGrant"})
_GRANTEE, _OPERATIONS, _CONTEXT = "kms:granteeprincipal", "kms:grantoperations", "kms:encryptioncontext:"
_FENCES = (
    "kms:grantisforawsresource", "kms:viaservice", "kms:granteeserviceprincipal", "kms:grantconstraintsourcearn",
)  # fmt: skip
_READING = ("Decrypt", "Decapsulate", "DeriveSharedSecret", "GenerateMac", "ReEncryptFrom", "Sign")
"""What a grantee reads or signs with."""
_FREE = (
    BY_ITSELF,
    condition("BoolIfExists", "aws:ViaAWSService", "false"),
    condition("BoolIfExists", "kms:GrantIsForAWSResource", "false"),
    condition("Null", "kms:GranteeServicePrincipal", "true"),
    condition("Null", "kms:GrantConstraintSourceArn", "true"),
)
_SOMETHING = condition("ForAnyValue:StringEquals", "kms:GrantOperations", _READING)
_ANYTHING = condition("ForAnyValue:StringEquals", "kms:GrantOperations", "CreateGrant")
"""Who can grant `CreateGrant` itself can grant anything, and leave that to others."""
_HELP = (
    "demand `kms:GrantIsForAWSResource` `true` where AWS services make the grants; else name the grantees by "
    "`kms:GranteePrincipal`, and what they get by `kms:GrantOperations`"
)


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody make such grants who cannot change the policy itself."""
    if not any("kms:CreateGrant" in view.actions for _, view in subject.allows):
        return
    free, seen = (*_FREE, *_strangers(subject)), set[str]()
    found = holders(subject, _GRANT, (*free, _ANYTHING, *_other_data(subject)), _limits_all)
    for index, some in together((one, one.statement) for one in found if not can_change(subject, one.who)):
        seen.update(one.who for one in some)
        yield _found(index, some, "can make grants to anybody, of any account: `kms:CreateGrant` names no grantee")
    if not subject.written_by_hand:
        return  # the catalogue leaves open the grantee alone, and only where AWS documents no more
    lending = holders(subject, _GRANT, (*free, _SOMETHING), _limits)
    gaining = ((one, one.statement) for one in lending if one.who not in seen and _gains(subject, one))
    for index, some in together(gaining):
        yield _found(index, some, "can lend to anybody, or to themselves, what they cannot do: `kms:CreateGrant`")


def _found(index: int, some: list[Holder], what: str) -> Found:
    return Found(said(some, what), index, ("Action",), _HELP, about(some), shown(some))


def _gains(subject: Subject, one: Holder) -> bool:
    """Whether somebody can put into a grant what they cannot read or sign with themselves, in the same context."""
    if can_change(subject, one.who):
        return False
    asked = one.request
    if asked is None:
        return True
    context = {key: value for key, value in asked.context.items() if key.lower().startswith(_CONTEXT)}

    def has(operation: str) -> bool:
        return directly(subject, replace(asked, action=f"kms:{operation}", context=context))

    def lends(operation: str) -> bool:
        return directly(subject, replace(asked, context={**others, "kms:GrantOperations": operation}))

    others = {key: value for key, value in asked.context.items() if key.lower() != _OPERATIONS}
    lent = filter(lends, _worth(subject))
    return any(not (has(name) or (name == "ReEncryptFrom" and has("Decrypt"))) for name in lent)


def _worth(subject: Subject) -> Iterator[str]:
    """The operations that read or sign with such a key; where it is not known, those that the policy speaks of."""
    named = {value for view in subject.views for test in view.testing(_OPERATIONS) for value in test.condition.values}
    for name in _READING:
        working = subject.facts.working
        if f"kms:{name}" in working if working is not None else name == "Decrypt" or name in named:
            yield name


def _limits_all(view: View) -> bool:
    """Whether a statement plainly limits the grantee, the operations or the data."""
    return _limits(view) or any(
        test.operator.set_word == "ForAllValues" and test.operator.base == "StringEquals"
        and "CreateGrant" not in test.condition.values
        for test in view.testing(_OPERATIONS)
    )  # fmt: skip


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


def _other_data(subject: Subject) -> Iterator[Condition]:
    """Data of encryption contexts that no Allow names: one that is named limits what the grant is good for."""
    named: dict[str, set[str]] = {}
    for _, view in subject.allows:
        if "kms:CreateGrant" in view.actions:
            for test in view.tests:
                if test.lower.startswith(_CONTEXT) and not test.holds_if_absent and test.operator.base != "Null":
                    named.setdefault(test.lower, set()).update(test.condition.values)
    for key, values in sorted(named.items()):
        if not any("${" in value for value in values):
            yield condition("StringNotLike", key, {value for value in values if value.strip("*?")} or {"-"})
        else:  # a value that depends on the request is none that the caller chooses
            yield condition("Null", key, "true")


def _names(value: str) -> bool:
    """Whether a pattern of grantees keeps them within an account."""
    parts = value.split(":", ARN_PARTS - 1)
    return not has_wildcard(value) or (len(parts) == ARN_PARTS and not has_wildcard(parts[4]) and bool(parts[4]))
