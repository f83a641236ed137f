"""An Allow tests a key of many values by `ForAllValues`, which a request without any value meets.

`ForAllValues` says that there is no other value, and where there is none at all it is true: under `ForAllValues` on
`kms:EncryptionContextKeys` a request without encryption context is let in.

Avoid:

    Condition: {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": App}}

Prefer:

    Condition:
      ForAllValues:StringEquals: {"kms:EncryptionContextKeys": App}
      "Null": {"kms:EncryptionContextKeys": "false"}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import missing_let_through
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS465"
SEVERITY = "note"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test of an Allow that some request without the key meets."""
    if view.allows and view.tests:
        tests = [one for one in view.tests if one.operator.set_word == "ForAllValues" and one.operator.base != "Null"]
        many = [one for one in tests if one.known is not None and one.known.multivalued]
        yield from missing_let_through(view, many, facts, _said)


def _said(test: Tested) -> tuple[str, str]:
    key = test.condition.key
    return f"requests without any `{key}` are let in as well", f'add `Null: {{"{key}": "false"}}`'
