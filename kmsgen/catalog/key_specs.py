"""Every KMS key spec: what its keys may be used for, where their material comes from, which actions work on them.

Facts from https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-compare.html and, for ML-KEM, the KMS
API model. What the sources leave open (multi-Region SM2 and ML-KEM keys) is not offered.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from kmsgen.catalog import actions

ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
SIGN_VERIFY = "SIGN_VERIFY"
GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
KEY_AGREEMENT = "KEY_AGREEMENT"
ENCAPSULATE_DECAPSULATE = "ENCAPSULATE_DECAPSULATE"

USAGES = (ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT, ENCAPSULATE_DECAPSULATE)

AWS_KMS = "AWS_KMS"
EXTERNAL = "EXTERNAL"
AWS_CLOUDHSM = "AWS_CLOUDHSM"
EXTERNAL_KEY_STORE = "EXTERNAL_KEY_STORE"

ORIGINS = (AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE)
CUSTOM_STORES = frozenset({AWS_CLOUDHSM, EXTERNAL_KEY_STORE})

DEFAULT_SPEC = "SYMMETRIC_DEFAULT"

ROTATION_DAYS = range(90, 2561)
"""The periods of automatic rotation, https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"""
ROTATION_DEFAULT = 365
DELETION_DAYS = range(7, 31)
"""The waiting periods before a key is deleted; 30 where none is given."""
DELETION_DEFAULT = 30


class KeySpec(NamedTuple):
    """One key spec."""

    name: str
    usages: tuple[str, ...]
    """The first is the default where there is one only; with several the blueprint must say which."""
    origins: tuple[str, ...]
    multi_region: bool
    china_only: bool = False


def _table() -> dict[str, KeySpec]:
    both, made_here = (AWS_KMS, EXTERNAL), (AWS_KMS,)
    rows = [
        KeySpec(DEFAULT_SPEC, (ENCRYPT_DECRYPT,), ORIGINS, True),
        *(KeySpec(f"RSA_{bits}", (ENCRYPT_DECRYPT, SIGN_VERIFY), both, True) for bits in (2048, 3072, 4096)),
        *(KeySpec(f"ECC_NIST_P{bits}", (SIGN_VERIFY, KEY_AGREEMENT), both, True) for bits in (256, 384, 521)),
        KeySpec("ECC_NIST_EDWARDS25519", (SIGN_VERIFY,), both, True),
        KeySpec("ECC_SECG_P256K1", (SIGN_VERIFY,), both, True),
        *(KeySpec(f"HMAC_{bits}", (GENERATE_VERIFY_MAC,), both, True) for bits in (224, 256, 384, 512)),
        *(KeySpec(f"ML_DSA_{size}", (SIGN_VERIFY,), both, True) for size in (44, 65, 87)),
        *(KeySpec(f"ML_KEM_{size}", (ENCAPSULATE_DECAPSULATE,), both, False) for size in (512, 768, 1024)),
        KeySpec("SM2", (ENCRYPT_DECRYPT, SIGN_VERIFY, KEY_AGREEMENT), made_here, False, china_only=True),
    ]
    return {row.name: row for row in rows}


SPECS: dict[str, KeySpec] = _table()

_KIND_OF_USAGE = {
    ENCRYPT_DECRYPT: actions.ASYMMETRIC_ENCRYPT,
    SIGN_VERIFY: actions.ASYMMETRIC_SIGN,
    GENERATE_VERIFY_MAC: actions.HMAC,
    KEY_AGREEMENT: actions.KEY_AGREEMENT,
    ENCAPSULATE_DECAPSULATE: actions.KEM,
}


def kind_of(spec: str, usage: str) -> str:
    """The kind of key (one of `actions.KINDS`) that a spec and a usage make."""
    return actions.SYMMETRIC if spec == DEFAULT_SPEC else _KIND_OF_USAGE[usage]


def can_rotate(spec: str, origin: str) -> bool:
    """Whether KMS can rotate such a key by itself: symmetric encryption keys with material that KMS made."""
    return spec == DEFAULT_SPEC and origin == AWS_KMS


@cache
def working_actions(spec: str, usage: str, origin: str, multi_region: bool) -> frozenset[str]:
    """The actions that a policy on such a key can make work; all others are dead letters there."""
    kind = kind_of(spec, usage)
    works = {name for name, action in actions.ACTIONS.items() if kind in action.kinds}
    if origin != AWS_KMS:
        works -= {"kms:EnableKeyRotation", "kms:DisableKeyRotation"}
    if origin != EXTERNAL:
        works -= {"kms:ImportKeyMaterial", "kms:GetParametersForImport", "kms:DeleteImportedKeyMaterial"}
    if origin in CUSTOM_STORES:
        works -= {"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:RotateKeyOnDemand"}
    if not multi_region:
        works -= {"kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:SynchronizeMultiRegionKey"}
    return frozenset(works)
