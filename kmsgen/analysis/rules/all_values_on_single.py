"""`ForAllValues` stands on a condition key with one value, and holds for requests that do not carry the key.

`ForAllValues` is true where there is nothing to compare. On a key with one value it says nothing beyond the plain
operator but this: an Allow lets in whoever does not send the key, and a Deny hits them.

Avoid:

    Condition: {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Prefer:

    Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import is_asked_for, may_be_absent
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.policy.never import refused_set_word
from kmsgen.semantics.world import KeyFacts

CODE = "KMS449"
SEVERITY = "warning"
LIKE = ("access-analyzer FORALLVALUES_WITH_SINGLE_VALUED_KEY",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test of a key that may be absent."""
    for test in view.tests:
        if test.operator.set_word != "ForAllValues" or test.known is None or test.known.multivalued:
            continue
        if refused_set_word(test.condition, test.operator, test.known) is not None:
            continue
        if may_be_absent(test) and not is_asked_for(view, test):
            key, plain = test.condition.key, test.condition.operator.rpartition(":")[2]
            yield Found(
                f"`{test.condition.operator}` holds for requests without `{key}` too, which has one value",
                path=test.path,
                help=f"write `{plain}`",
                about=f"{test.condition.operator} {key}",
            )
