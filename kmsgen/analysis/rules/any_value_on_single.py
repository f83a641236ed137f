"""A set word stands on a condition key with one value, where it says nothing.

`ForAnyValue` and `ForAllValues` are for keys with many values. On a key with one value the plain operator says the
same, and nobody has to wonder what was meant; `Null` asks whether there is a value, of however many.

Avoid:

    Condition: {"ForAnyValue:StringEquals": {"kms:EncryptionContext:service": pi}}

Prefer:

    Condition: {StringEquals: {"kms:EncryptionContext:service": pi}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import is_asked_for, may_be_absent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.policy.never import refused_set_word
from kmsgen.semantics.world import KeyFacts

CODE = "KMS451"
SEVERITY = "note"
LIKE = ("access-analyzer NULL_WITH_QUALIFIER",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every set word that changes nothing."""
    for test in view.tests:
        if test.operator.set_word and _idle(view, test):
            key, plain = test.condition.key, test.condition.operator.rpartition(":")[2]
            said = f"`{key}` has one value" if test.operator.base != "Null" else "`Null` is about all values"
            yield Found(
                f"`{test.operator.set_word}` says nothing here: {said}",
                path=test.path,
                help=f"write `{plain}`",
                about=f"{test.condition.operator} {key}",
            )


def _idle(view: View, test: Tested) -> bool:
    if test.operator.base == "Null":
        return True
    if test.known is None or test.known.multivalued:
        return False
    if test.operator.set_word == "ForAnyValue":
        return True
    refused = refused_set_word(test.condition, test.operator, test.known) is not None
    return not refused and (not may_be_absent(test) or is_asked_for(view, test))
