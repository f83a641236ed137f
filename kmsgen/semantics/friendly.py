"""Values as people know them, for showing a class of values by an example: a role, a bucket, a service's host."""

from __future__ import annotations

from kmsgen.catalog.patterns import ARN_PARTS, tokens

OTHER_ACCOUNT = "999988887777"
"""An account that nobody's policy names."""

_OTHERS = {
    "aws:calledvia": "example.amazonaws.com",
    "aws:principalorgid": "o-zz99example",
    "aws:principalorgpaths": "o-zz99example/r-ab12/ou-ab12-11111111/",
    "aws:principalservicename": "example.amazonaws.com",
    "aws:resourceaccount": OTHER_ACCOUNT,
    "aws:requestedregion": "us-east-1",
    "aws:sourceaccount": OTHER_ACCOUNT,
    "aws:sourcearn": f"arn:aws:sns:us-east-1:{OTHER_ACCOUNT}:example",
    "aws:sourceorgid": "o-zz99example",
    "aws:sourcevpc": "vpc-0example",
    "aws:sourcevpce": "vpce-0example",
    "kms:calleraccount": OTHER_ACCOUNT,
    "kms:granteeprincipal": f"arn:aws:iam::{OTHER_ACCOUNT}:role/example",
    "kms:grantoperations": "Sign",
    "kms:requestalias": "alias/example",
    "kms:viaservice": "example.us-east-1.amazonaws.com",
}
SOME = {"numeric": "30", "date": "2026-01-01T00:00:00Z", "ip": "203.0.113.9"}
"""A value of a key that is no text, by its type."""
_ARN = ("aws", "aws", "sns", "us-east-1", OTHER_ACCOUNT, "example")


def other(key: str) -> str:
    """A value of a key, in lower case, that no policy is likely to name."""
    return _OTHERS.get(key, "other")


def instance(key: str, pattern: str) -> str:
    """A likely value that a pattern matches.

    >>> instance("aws:sourcearn", "arn:aws:s3:::logs-*"), instance("kms:viaservice", "s3.*.amazonaws.com")
    ('arn:aws:s3:::logs-example', 's3.us-east-1.amazonaws.com')
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if pattern.startswith("arn:") and len(parts) == ARN_PARTS:
        return ":".join(_filled(part, word) for part, word in zip(parts, _ARN, strict=True))
    if key == "kms:viaservice":
        service, dot, rest = pattern.partition(".")
        return _filled(service, "example") + dot + _filled(rest, "us-east-1")
    return _filled(pattern, "example" if pattern != "*" else other(key))


def _filled(pattern: str, word: str) -> str:
    return "".join(
        word if token.kind == "*" else "x" if token.kind == "?" else token.character for token in tokens(pattern)
    )
