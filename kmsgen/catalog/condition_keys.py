"""Every condition key that a key policy may test: its type, who sends it, and which actions carry it.

Facts from https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from kmsgen.catalog import actions
from kmsgen.errors import did_you_mean

Type = Literal["string", "arn", "bool", "numeric", "date", "ip"]
Sender = Literal["any", "principal", "service"]


class ConditionKey(NamedTuple):
    """One condition key; a name that ends in `:` or `/` stands for all keys that begin so."""

    name: str
    type: Type = "string"
    multivalued: bool = False
    sender: Sender = "any"
    """Whose requests carry it: everybody's, only an IAM principal's, or only an AWS service principal's."""
    every_action: bool = True
    """Whether every action on a key carries it; otherwise the actions themselves say (`Action.condition_keys`)."""
    banned: str | None = None
    """Why it must not stand in a key policy, where that is so."""


def _kms() -> tuple[ConditionKey, ...]:
    def of_some(name: str, type_: Type = "string", multivalued: bool = False) -> ConditionKey:
        return ConditionKey(name, type_, multivalued, every_action=False)

    return (
        ConditionKey("kms:CallerAccount"),
        ConditionKey("kms:CustomerMasterKeySpec"),
        ConditionKey("kms:CustomerMasterKeyUsage"),
        ConditionKey("kms:KeyOrigin"),
        ConditionKey("kms:KeySpec"),
        ConditionKey("kms:KeyUsage"),
        ConditionKey("kms:MultiRegion", "bool"),
        ConditionKey("kms:MultiRegionKeyType"),
        ConditionKey("kms:ViaService", sender="principal"),
        ConditionKey(
            "kms:ResourceAliases", multivalued=True, banned="KMS takes it in IAM policies only; use `request_alias`"
        ),
        ConditionKey("kms:ResourceTag/", banned="KMS does not take it in key policies"),
        of_some("kms:BypassPolicyLockoutSafetyCheck", "bool"),
        of_some("kms:DataKeyPairSpec"),
        of_some("kms:EncryptionAlgorithm"),
        of_some("kms:EncryptionContext:"),
        of_some("kms:EncryptionContextKeys", multivalued=True),
        of_some("kms:ExpirationModel"),
        of_some("kms:GrantConstraintSourceArn", "arn"),
        of_some("kms:GrantConstraintType"),
        of_some("kms:GrantIsForAWSResource", "bool"),
        of_some("kms:GrantOperations", multivalued=True),
        of_some("kms:GranteePrincipal"),
        of_some("kms:GranteeServicePrincipal"),
        of_some("kms:KeyAgreementAlgorithm"),
        of_some("kms:MacAlgorithm"),
        of_some("kms:MessageType"),
        of_some("kms:PolicyName"),
        of_some("kms:PrimaryRegion"),
        of_some("kms:ReEncryptOnSameKey", "bool"),
        of_some("kms:RecipientAttestation:"),
        of_some("kms:ReplicaRegion"),
        of_some("kms:RequestAlias"),
        of_some("kms:RetiringPrincipal"),
        of_some("kms:RetiringServicePrincipal"),
        of_some("kms:RotationPeriodInDays", "numeric"),
        of_some("kms:ScheduleKeyDeletionPendingWindowInDays", "numeric"),
        of_some("kms:SigningAlgorithm"),
        of_some("kms:TrailingDaysWithoutKeyUsage", "numeric"),
        of_some("kms:ValidTo", "date"),
        of_some("kms:WrappingAlgorithm"),
        of_some("kms:WrappingKeySpec"),
    )


def _global() -> tuple[ConditionKey, ...]:
    def of_principal(name: str, type_: Type = "string", multivalued: bool = False) -> ConditionKey:
        return ConditionKey(name, type_, multivalued, sender="principal")

    def of_service(name: str, type_: Type = "string", multivalued: bool = False) -> ConditionKey:
        return ConditionKey(name, type_, multivalued, sender="service")

    return (
        of_principal("aws:AssumedRoot", "bool"),
        of_principal("aws:CalledVia", multivalued=True),
        of_principal("aws:CalledViaFirst"),
        of_principal("aws:CalledViaLast"),
        of_principal("aws:ChatbotSourceArn", "arn"),
        ConditionKey("aws:CurrentTime", "date"),
        of_principal("aws:Ec2InstanceSourcePrivateIPv4", "ip"),
        of_principal("aws:Ec2InstanceSourceVpc"),
        ConditionKey("aws:EpochTime", "date"),
        of_principal("aws:FederatedProvider"),
        of_principal("aws:MultiFactorAuthAge", "numeric"),
        of_principal("aws:MultiFactorAuthPresent", "bool"),
        of_principal("aws:PrincipalAccount"),
        of_principal("aws:PrincipalArn", "arn"),
        ConditionKey("aws:PrincipalIsAWSService", "bool"),
        of_principal("aws:PrincipalOrgID"),
        of_principal("aws:PrincipalOrgPaths", multivalued=True),
        of_service("aws:PrincipalServiceName"),
        of_service("aws:PrincipalServiceNamesList", multivalued=True),
        of_principal("aws:PrincipalTag/"),
        of_principal("aws:PrincipalType"),
        of_principal("aws:Referer"),
        ConditionKey("aws:RequestTag/", every_action=False),
        ConditionKey("aws:RequestedRegion"),
        ConditionKey("aws:ResourceAccount"),
        ConditionKey("aws:ResourceOrgID"),
        ConditionKey("aws:ResourceOrgPaths", multivalued=True),
        ConditionKey("aws:ResourceTag/", banned="KMS does not take it in key policies"),
        ConditionKey("aws:SecureTransport", "bool"),
        of_service("aws:SourceAccount"),
        of_service("aws:SourceArn", "arn"),
        of_principal("aws:SourceIdentity"),
        of_principal("aws:SourceIp", "ip"),
        of_service("aws:SourceOrgID"),
        of_service("aws:SourceOrgPaths", multivalued=True),
        of_principal("aws:SourceVpc"),
        of_principal("aws:SourceVpcArn", "arn"),
        of_principal("aws:SourceVpce"),
        ConditionKey("aws:TagKeys", multivalued=True, every_action=False),
        of_principal("aws:TokenIssueTime", "date"),
        of_principal("aws:UserAgent"),
        ConditionKey("aws:ViaAWSService", "bool"),
        of_principal("aws:VpcSourceIp", "ip"),
        of_principal("aws:VpceAccount"),
        of_principal("aws:VpceOrgID"),
        of_principal("aws:VpceOrgPaths", multivalued=True),
        of_principal("aws:userid"),
        of_principal("aws:username"),
    )


CONDITION_KEYS: dict[str, ConditionKey] = {key.name: key for key in (*_kms(), *_global())}
"""Every known condition key by its name."""

_BY_LOWER = {name.lower(): key for name, key in CONDITION_KEYS.items()}
_CONTEXT = ("kms:EncryptionContext:", "kms:EncryptionContextKeys")


@cache
def find(name: str) -> ConditionKey | None:
    """The condition key of that name, in any case, or None; `kms:EncryptionContext:App` finds its prefix."""
    lower = name.lower()
    if (key := _BY_LOWER.get(lower)) is not None:
        return None if key.name[-1] in ":/" else key
    if "/" in lower and (key := _BY_LOWER.get(lower.partition("/")[0] + "/")) is not None:
        return key
    service, _, rest = lower.partition(":")
    return _BY_LOWER.get(f"{service}:{rest.partition(':')[0]}:") if ":" in rest else None


@cache
def carries(action: str, name: str, kind: str | None = None) -> bool:
    """Whether requests for `action` on a key of `kind` carry the condition key `name`; unknown keys: yes.

    A statement whose condition tests a key that the request never carries is dead (for positive operators), which
    is the most common way in which a hand-written key policy is broken.
    """
    key = find(name)
    if key is None or key.every_action:
        return True
    if key.name in _CONTEXT and kind not in (None, actions.SYMMETRIC):
        return False  # asymmetric and HMAC operations have no encryption context
    known = actions.find(action)
    return known is None or key.name in known.condition_keys


def mistake(name: str) -> tuple[str, str | None] | None:
    """What is wrong with `name` as a condition key of a key policy, and what to write; None where nothing is.

    AWS adds condition keys: one that is not known is only called wrong where a known one is near, or where its
    service's keys never come with a KMS request.
    """
    key = find(name)
    if key is not None:
        return (f"`{name}` cannot stand in a key policy: {key.banned}", None) if key.banned else None
    if name.lower().startswith(("kms:", "aws:")):
        near = did_you_mean(name, CONDITION_KEYS, likeness=0.8)
        return (f"unknown condition key `{name}`", near) if near else None
    if ":" not in name:
        return f"`{name}` is not a condition key: one begins with its service, as `kms:ViaService` does", None
    return None
