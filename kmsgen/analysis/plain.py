"""Conditions in plain words, for people who read what a policy allows rather than how it says so."""

from __future__ import annotations

from kmsgen.semantics.difference import ELSEWHERE, ROOT_USER

_NAMES = {
    "aws:calledvia": "a service called on the way",
    "aws:currenttime": "the time",
    "aws:epochtime": "the time",
    "aws:multifactorauthage": "the age of MFA in seconds",
    "aws:multifactorauthpresent": "MFA",
    "aws:principalaccount": "the caller's account",
    "aws:principalarn": "the caller's ARN",
    "aws:principalorgid": "the caller's organization",
    "aws:principalorgpaths": "the caller's place in the organization",
    "aws:principaltype": "the kind of caller",
    "aws:requestedregion": "the Region called",
    "aws:sourceaccount": "the account that the service acts for",
    "aws:sourcearn": "the resource that the service acts for",
    "aws:sourceip": "the caller's address",
    "aws:sourceorgid": "the organization that the service acts for",
    "aws:sourcevpc": "the VPC",
    "aws:sourcevpce": "the VPC endpoint",
    "kms:bypasspolicylockoutsafetycheck": "skipping KMS's lockout check",
    "kms:calleraccount": "the caller's account",
    "kms:encryptioncontextkeys": "the names in the encryption context",
    "kms:grantisforawsresource": "the grant being for an AWS service",
    "kms:grantoperations": "the operations of the grant",
    "kms:granteeprincipal": "who gets the grant",
    "kms:requestalias": "the alias that is used",
    "kms:schedulekeydeletionpendingwindowindays": "the days until deletion",
    "kms:viaservice": "the service called through",
}
_PREFIXES = {
    "kms:encryptioncontext:": "the encryption context's",
    "aws:principaltag/": "the caller's tag",
    "aws:requesttag/": "the new tag",
}
_WHOLE = {
    ("aws:multifactorauthpresent", "is true"): "with MFA",
    ("kms:grantisforawsresource", "is true"): "only for grants to AWS services",
    ("kms:bypasspolicylockoutsafetycheck", "is not true, or is absent"): "without skipping KMS's lockout check",
    ("aws:principaltype", "is Account"): "only the root user",
    ROOT_USER: "only the root user",
    ELSEWHERE: "unless another statement says otherwise of the caller",
}


def plain(key: str, words: str) -> str:
    """A condition key and what must be true of it, as people say it.

    >>> plain("kms:ViaService", "is s3.eu-west-1.amazonaws.com"), plain("aws:MultiFactorAuthPresent", "is true")
    ('through s3.eu-west-1.amazonaws.com', 'with MFA')
    >>> plain("kms:EncryptionContext:App", "is orders"), plain("kms:KeySpec", "is SYMMETRIC_DEFAULT")
    ("the encryption context's `App` is orders", 'kms:KeySpec is SYMMETRIC_DEFAULT')
    """
    lower = key.lower()
    if (whole := _WHOLE.get((lower, words))) is not None:
        return whole
    if lower == "kms:viaservice" and words.startswith("is ") and not words.startswith(("is not", "is like", "is such")):
        return f"through {words.removeprefix('is ')}"
    for prefix, name in _PREFIXES.items():
        if lower.startswith(prefix) and len(key) > len(prefix):
            return f"{name} `{key[len(prefix) :]}` {words}"
    return f"{_NAMES.get(lower, key)} {words}"
