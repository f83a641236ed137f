"""An Allow tests a condition key by a negated operator, and so lets in every request that does not carry the key.

`StringNotEquals`, `ArnNotLike`, `NotIpAddress` and their like are true where the key is absent. `StringNotEquals`
`aws:SourceVpce` in an Allow is met by whoever comes through no endpoint at all.

Avoid:

    Effect: Allow
    Condition: {StringNotEquals: {"aws:SourceVpce": vpce-0a1b2c3d}}

Prefer:

    Effect: Allow
    Condition: {StringEquals: {"aws:SourceVpce": vpce-0e4f5a6b}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import missing_let_through
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS463"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every negated test of an Allow that some request without the key meets."""
    if view.allows and view.tests:
        tests = [test for test in view.tests if test.operator.negated and not test.operator.set_word]
        yield from missing_let_through(view, tests, facts, _said)


def _said(test: Tested) -> tuple[str, str]:
    key = test.condition.key
    return (
        f"`{test.condition.operator}` is true of requests without `{key}`, and they are let in",
        f'say what is let in by a positive operator, or add `Null: {{"{key}": "false"}}`',
    )
