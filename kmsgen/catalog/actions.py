"""Every AWS KMS action: where it may stand, for which keys it works, and which condition keys it carries.

Facts from https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html,
`Encapsulate` and `Decapsulate` from the KMS API model, which is ahead of that page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.catalog.patterns import glob
from kmsgen.errors import did_you_mean

Category = Literal[
    "use", "public-key", "read", "manage", "policy", "rotation", "alias", "tag", "grant", "deletion", "import",
    "multi-region", "internal", "account",
]  # fmt: skip

SYMMETRIC = "symmetric"
HMAC = "hmac"
ASYMMETRIC_ENCRYPT = "asymmetric-encrypt"
ASYMMETRIC_SIGN = "asymmetric-sign"
KEY_AGREEMENT = "key-agreement"
KEM = "kem"

KINDS = frozenset({SYMMETRIC, HMAC, ASYMMETRIC_ENCRYPT, ASYMMETRIC_SIGN, KEY_AGREEMENT, KEM})
"""The kinds of key that differ in what can be done with them; a key's kind follows from its spec and usage."""

_ENCRYPTING = frozenset({SYMMETRIC, ASYMMETRIC_ENCRYPT})
_PAIRS = KINDS - {SYMMETRIC, HMAC}
_ONLY = {kind: frozenset({kind}) for kind in KINDS}
_NONE: frozenset[str] = frozenset()

_CONTEXT = ("kms:EncryptionContext:", "kms:EncryptionContextKeys")
_CRYPTO = ("kms:EncryptionAlgorithm", "kms:RequestAlias", *_CONTEXT)
_ATTESTED = ("kms:RecipientAttestation:",)
_SIGNING = ("kms:MessageType", "kms:RequestAlias", "kms:SigningAlgorithm")
_MAC = ("kms:MacAlgorithm", "kms:RequestAlias")
_GRANT = (
    *_CONTEXT, "kms:GrantConstraintSourceArn", "kms:GrantConstraintType", "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal", "kms:GrantIsForAWSResource", "kms:GrantOperations", "kms:RetiringPrincipal",
    "kms:RetiringServicePrincipal",
)  # fmt: skip


class Action(NamedTuple):
    """One AWS KMS action."""

    name: str
    """As AWS writes it: `kms:Decrypt`."""
    category: Category
    across_accounts: bool
    """Whether KMS honours a key-policy statement that lets a principal of another account do it."""
    kinds: frozenset[str]
    """The kinds of key it works on; none where a key policy cannot grant it at all."""
    condition_keys: tuple[str, ...]
    """The condition keys that its requests carry beyond those of every key operation; prefixes end in `:` or `/`."""

    @property
    def in_key_policy(self) -> bool:
        """Whether a key policy can grant it."""
        return bool(self.kinds)


def _rows() -> tuple[Action, ...]:
    yes, no = True, False

    def row(
        name: str, category: Category, across: bool, kinds: frozenset[str] = KINDS, keys: tuple[str, ...] = ()
    ) -> Action:
        return Action(f"kms:{name}", category, across, kinds, keys)

    symmetric, signing, hmac = _ONLY[SYMMETRIC], _ONLY[ASYMMETRIC_SIGN], _ONLY[HMAC]
    agreement, kem = _ONLY[KEY_AGREEMENT], _ONLY[KEM]
    return (
        row("CancelKeyDeletion", "deletion", no),
        row("ConnectCustomKeyStore", "account", no, _NONE),
        row("CreateAlias", "alias", no),
        row("CreateCustomKeyStore", "account", no, _NONE),
        row("CreateGrant", "grant", yes, KINDS, _GRANT),
        row("CreateKey", "account", no, _NONE),
        row("Decapsulate", "use", yes, kem, ("kms:RequestAlias",)),
        row("Decrypt", "use", yes, _ENCRYPTING, _CRYPTO + _ATTESTED),
        row("DeleteAlias", "alias", no),
        row("DeleteCustomKeyStore", "account", no, _NONE),
        row("DeleteImportedKeyMaterial", "deletion", no),
        row("DeriveSharedSecret", "use", yes, agreement, ("kms:KeyAgreementAlgorithm", "kms:RequestAlias", *_ATTESTED)),
        row("DescribeCustomKeyStores", "account", no, _NONE),
        row("DescribeKey", "read", yes, KINDS, ("kms:RequestAlias",)),
        row("DisableKey", "manage", no, KINDS, ("kms:TrailingDaysWithoutKeyUsage",)),
        row("DisableKeyRotation", "rotation", no, symmetric),
        row("DisconnectCustomKeyStore", "account", no, _NONE),
        row("EnableKey", "manage", no),
        row("EnableKeyRotation", "rotation", no, symmetric, ("kms:RotationPeriodInDays",)),
        row("Encapsulate", "use", yes, kem, ("kms:RequestAlias",)),
        row("Encrypt", "use", yes, _ENCRYPTING, _CRYPTO),
        row("GenerateDataKey", "use", yes, symmetric, _CRYPTO + _ATTESTED),
        row("GenerateDataKeyPair", "use", yes, symmetric, ("kms:DataKeyPairSpec", *_CRYPTO, *_ATTESTED)),
        row("GenerateDataKeyPairWithoutPlaintext", "use", yes, symmetric, ("kms:DataKeyPairSpec", *_CRYPTO)),
        row("GenerateDataKeyWithoutPlaintext", "use", yes, symmetric, _CRYPTO),
        row("GenerateMac", "use", yes, hmac, _MAC),
        row("GenerateRandom", "account", no, _NONE, _ATTESTED),
        row("GetKeyLastUsage", "read", no),
        row("GetKeyPolicy", "read", no, KINDS, ("kms:PolicyName",)),
        row("GetKeyRotationStatus", "read", yes),
        row("GetParametersForImport", "import", no, KINDS, ("kms:WrappingAlgorithm", "kms:WrappingKeySpec")),
        row("GetPublicKey", "public-key", yes, _PAIRS, ("kms:RequestAlias",)),
        row("ImportKeyMaterial", "import", no, KINDS, ("kms:ExpirationModel", "kms:ValidTo")),
        row("ListAliases", "account", no, _NONE),
        row("ListGrants", "grant", yes, KINDS, ("kms:GrantIsForAWSResource",)),
        row("ListKeyPolicies", "read", no),
        row("ListKeyRotations", "read", no),
        row("ListKeys", "account", no, _NONE),
        row("ListResourceTags", "read", no),
        row("ListRetirableGrants", "account", no, _NONE),
        row("PutKeyPolicy", "policy", no, KINDS, ("kms:BypassPolicyLockoutSafetyCheck", "kms:PolicyName")),
        row("ReEncryptFrom", "use", yes, _ENCRYPTING, (*_CRYPTO, "kms:ReEncryptOnSameKey")),
        row("ReEncryptTo", "use", yes, _ENCRYPTING, (*_CRYPTO, "kms:ReEncryptOnSameKey")),
        row("ReplicateKey", "multi-region", no, KINDS, ("kms:ReplicaRegion",)),
        # RetireGrant is decided by the grant itself; a key policy does not allow it.
        row("RetireGrant", "account", yes, _NONE, (*_CONTEXT, "kms:GrantConstraintType")),
        row("RevokeGrant", "grant", yes, KINDS, ("kms:GrantIsForAWSResource",)),
        row("RotateKeyOnDemand", "rotation", no, symmetric),
        row("ScheduleKeyDeletion", "deletion", no, KINDS,
            ("kms:ScheduleKeyDeletionPendingWindowInDays", "kms:TrailingDaysWithoutKeyUsage")),
        row("Sign", "use", yes, signing, _SIGNING),
        # KMS's own service-linked role keeps related multi-Region keys in step with it; nobody else needs it.
        row("SynchronizeMultiRegionKey", "internal", no),
        row("TagResource", "tag", no, KINDS, ("aws:RequestTag/", "aws:TagKeys")),
        row("UntagResource", "tag", no, KINDS, ("aws:RequestTag/", "aws:TagKeys")),
        row("UpdateAlias", "alias", no),
        row("UpdateCustomKeyStore", "account", no, _NONE),
        row("UpdateKeyDescription", "manage", no),
        row("UpdatePrimaryRegion", "multi-region", no, KINDS, ("kms:PrimaryRegion",)),
        row("Verify", "use", yes, signing, _SIGNING),
        row("VerifyMac", "use", yes, hmac, _MAC),
    )  # fmt: skip


ACTIONS: dict[str, Action] = {action.name: action for action in _rows()}
"""Every action by its name, in alphabetical order."""

GRANT_OPERATIONS: frozenset[str] = frozenset(
    {name.removeprefix("kms:") for name, action in ACTIONS.items() if action.category in ("use", "public-key")}
    | {"CreateGrant", "RetireGrant", "DescribeKey"}
)
"""What a grant may allow, as `kms:GrantOperations` spells it: without `kms:`."""

_BESIDE = frozenset({"read", "public-key"})
"""The actions that roles give beside what they are for, and that several roles share."""

_SEPARATOR = re.compile("[^A-Za-z*?]+")
_BY_LOWER = {name.lower(): action for name, action in ACTIONS.items()}

# Names that people write, from blog posts and from other APIs, and what KMS calls the thing.
_MISTAKEN = {
    "kms:deletekey": "there is no action `kms:DeleteKey`: deletion is scheduled, by `kms:ScheduleKeyDeletion`",
    "kms:reencrypt": "there is no action `kms:ReEncrypt`: KMS checks `kms:ReEncryptFrom` on the key that is left"
    " and `kms:ReEncryptTo` on the key that is taken",
    "kms:rotatekey": "there is no action `kms:RotateKey`: write `kms:RotateKeyOnDemand` or `kms:EnableKeyRotation`",
    "kms:generatedatakeys": "there is no action `kms:GenerateDataKeys`: write `kms:GenerateDataKey`",
    "kms:setkeypolicy": "there is no action `kms:SetKeyPolicy`: write `kms:PutKeyPolicy`",
    "kms:updatekeypolicy": "there is no action `kms:UpdateKeyPolicy`: write `kms:PutKeyPolicy`",
}


def find(name: str) -> Action | None:
    """The action of that name, in any case, or None."""
    return _BY_LOWER.get(name.lower())


@lru_cache(maxsize=4096)
def matching(pattern: str) -> tuple[Action, ...]:
    """The known actions that `pattern` (with `*` and `?`, in any case) stands for; AWS may add more."""
    if "*" not in pattern and "?" not in pattern:
        action = find(pattern)
        return (action,) if action else ()
    matches = glob(pattern.lower())
    return tuple(action for lower, action in _BY_LOWER.items() if matches(lower))


def purpose(does: frozenset[str]) -> frozenset[str]:
    """What a role with these actions is for: without looking at the key, unless it is for just that.

    >>> sorted(purpose(frozenset({"kms:Decrypt", "kms:DescribeKey"})))
    ['kms:Decrypt']
    """
    known = {name: find(name) for name in does}
    return frozenset(name for name, one in known.items() if one is None or one.category not in _BESIDE) or does


def mistake(name: str) -> tuple[str, str | None] | None:
    """What is wrong with `name` as an action of a key policy, and what to write instead; None where nothing is.

    A name that KMS does not know is only called wrong where a known one is near: AWS adds actions.
    """
    if (known := _MISTAKEN.get(name.lower())) is not None:
        return known, None
    if not name.lower().startswith("kms:") and name != "*":
        meant = find(f"kms:{_SEPARATOR.split(name)[-1]}")
        hint = f"did you mean `{meant.name}`?" if meant else None
        return f"`{name}` is not a KMS action: a key policy only decides about `kms:` actions", hint
    found = matching(name)
    if not found:
        near = did_you_mean(name, ACTIONS, likeness=0.8)
        return (f"unknown action `{name}`", near) if near or "*" in name or "?" in name else None
    if not any(action.in_key_policy for action in found):
        return (
            f"a key policy cannot grant `{name}`: KMS decides it from IAM policies alone",
            "put it in the caller's IAM policy",
        )
    return None


def never(name: str) -> bool:
    """Whether `name` is certainly none of KMS's actions: a mistake that is known by name."""
    return name.lower() in _MISTAKEN
