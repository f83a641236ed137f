"""`ForAllValues` stands on a condition key with which KMS refuses it.

KMS answers `OverlyPermissiveCondition` to a policy that tests `kms:EncryptionContext:…` or `aws:RequestTag/…` by
`ForAllValues`: the test would hold for a request without any encryption context.

Avoid:

    Condition: {"ForAllValues:StringEquals": {"kms:EncryptionContext:App": orders}}

Prefer:

    Condition: {StringEquals: {"kms:EncryptionContext:App": orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.policy.never import refused_set_word
from kmsgen.semantics.world import KeyFacts

CODE = "KMS450"
SEVERITY = "error"
LIKE = ("access-analyzer FORALLVALUES_WITH_SINGLE_VALUED_KEY",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test."""
    for test in view.tests:
        if (reason := refused_set_word(test.condition, test.operator, test.known)) is not None:
            message, help_ = reason
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {test.condition.key}")
