"""A rule could not be decided for the key.

The policy has more cases than can be told apart: dozens of patterns, say, that overlap in every way. What is not
proved is not called good.

Avoid:

    Condition: {StringLike: {"kms:EncryptionContext:app": ["*a*b*", "*b*c*", "*c*d*", ...]}}

Prefer:

    Condition: {StringEquals: {"kms:EncryptionContext:app": [billing, orders]}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

CODE = "KMS608"
SEVERITY = "error"
# The engine itself finds it.
