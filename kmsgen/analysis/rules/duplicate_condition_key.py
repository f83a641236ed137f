"""A statement tests one condition key under two spellings, which mean the same key.

The names of condition keys do not depend on case, those of encryption contexts and tags included:
`kms:EncryptionContext:AppName` and `kms:EncryptionContext:appname` are one key to IAM, though KMS itself tells the
two pairs of a context apart. Both tests have to hold.

Avoid:

    Condition: {StringEquals: {"kms:EncryptionContext:AppName": orders, "kms:EncryptionContext:appname": orders}}

Prefer:

    Condition: {StringEquals: {"kms:EncryptionContext:AppName": orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS473"
SEVERITY = "warning"
LIKE = ("access-analyzer DUPLICATE_KEYS_WITH_DIFFERENT_CASE",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every spelling but the first: of a name that the user chose, or beside the other under one operator."""
    if len(view.keys) == len(view.tests):
        return
    first: dict[str, str] = {}
    for test in view.tests:
        key, own = test.condition.key, test.known is not None and test.known.name[-1] in ":/"
        other = first.setdefault(test.lower if own else f"{test.condition.operator} {test.lower}", key)
        if other != key:
            yield Found(
                f"`{key}` is the same condition key as `{other}`: case does not matter in it",
                path=test.path,
                help="write the key in one way",
                about=f"{test.condition.operator} {key}",
            )
