"""A condition key that KMS does not take in key policies.

Tags and aliases of the key are for IAM policies: KMS refuses `aws:ResourceTag/…`, `kms:ResourceTag/…` and
`kms:ResourceAliases` in a key policy. A key policy belongs to one key, so what the key is called or tagged says
nothing there.

Avoid:

    Condition: {StringEquals: {"aws:ResourceTag/project": orders}}

Prefer:

    Condition: {StringEquals: {"aws:PrincipalTag/project": orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog import condition_keys
from kmsgen.semantics.world import KeyFacts

CODE = "KMS453"
SEVERITY = "error"
LIKE = (
    "access-analyzer DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "access-analyzer DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every test of such a key."""
    for test in view.tests:
        if test.known is not None and test.known.banned:
            message, help_ = condition_keys.mistake(test.condition.key) or ("", None)
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {test.condition.key}")
