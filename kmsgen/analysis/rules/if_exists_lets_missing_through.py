"""An Allow is fenced by an `IfExists` condition alone, which every request without the key meets.

`…IfExists` is true where the key is absent. That is right for keys that come with some actions and not with others;
as the only fence around an Allow it keeps out nobody who leaves the key away.

Avoid:

    Effect: Allow
    Condition: {StringEqualsIfExists: {"aws:SourceVpce": vpce-0a1b2c3d}}

Prefer:

    Effect: Allow
    Condition: {StringEquals: {"aws:SourceVpce": vpce-0a1b2c3d}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import WHO, missing_let_through
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS464"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test of an Allow, unless another one says when it holds, beside who is meant."""
    if not view.allows or not view.tests:
        return
    if any(not test.holds_if_absent and test.lower not in WHO for test in view.tests):
        return
    tests = [test for test in view.tests if test.operator.if_exists and not test.operator.negated]
    yield from missing_let_through(view, tests, facts, _said)


def _said(test: Tested) -> tuple[str, str]:
    plain = test.condition.operator.removesuffix("IfExists")
    return f"requests without `{test.condition.key}` are let in as well", f"write `{plain}`"
