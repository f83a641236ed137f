"""What actions let somebody do, in the words that people use: encrypt, decrypt, manage, delete."""

from __future__ import annotations

from collections.abc import Iterable

from kmsgen.catalog import actions

_USES = {
    "encrypt": (
        "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext", "ReEncryptTo", "Encapsulate",
    ),
    "decrypt": ("Decrypt", "ReEncryptFrom", "Decapsulate"),
    "sign": ("Sign",),
    "verify": ("Verify",),
    "mac": ("GenerateMac", "VerifyMac"),
    "agree": ("DeriveSharedSecret",),
}  # fmt: skip
_OF_USE = {f"kms:{name}": capability for capability, names in _USES.items() for name in names}
_OF_CATEGORY = {
    "public-key": "read", "read": "read", "manage": "manage", "policy": "policy", "rotation": "manage",
    "alias": "manage", "tag": "manage", "grant": "grants", "deletion": "delete", "import": "manage",
    "multi-region": "manage", "internal": "manage", "account": "account",
}  # fmt: skip

ORDER = (*_USES, "policy", "grants", "delete", "manage", "read", "account", "other")
"""The capabilities, what matters most first."""

_MANY = 4
_SHOWN = 2


def capability_of(action: str) -> str:
    """The capability that an action belongs to; `other` for one that AWS did not have when this was written."""
    known = actions.find(action)
    if known is None:
        return "other"
    return _OF_USE.get(known.name) or _OF_CATEGORY.get(known.category, "other")


def grouped(what: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Actions by capability, in the order of the capabilities."""
    found: dict[str, list[str]] = {}
    for action in sorted(what):
        found.setdefault(capability_of(action), []).append(action)
    return {capability: tuple(found[capability]) for capability in ORDER if capability in found}


def summary(what: Iterable[str]) -> str:
    """Actions for people, in one line.

    >>> summary(["kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"])
    'decrypt (Decrypt, ReEncryptFrom), read (DescribeKey)'
    """
    listed = tuple(what)
    grantable = {name for name, action in actions.ACTIONS.items() if action.in_key_policy}
    if grantable <= set(listed) or "kms:*" in listed:
        return "everything (kms:*)"
    return ", ".join(f"{capability} ({_names(some)})" for capability, some in grouped(listed).items())


def _names(some: tuple[str, ...]) -> str:
    names = [action.removeprefix("kms:") for action in some]
    if len(names) <= _MANY:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
