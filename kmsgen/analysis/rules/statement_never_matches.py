"""The conditions of a statement contradict each other, the key or its principals, so that it never matches.

It is proved over all requests there can be that none meets them all: a key that has to be absent and equal to
something, a network address together with a VPC endpoint, another kind of key. An Allow then gives nothing, and a
Deny keeps nobody from anything.

Avoid:

    Condition:
      Null: {"kms:ViaService": "true"}
      StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}

Prefer:

    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import listing
from kmsgen.analysis.contradiction import contradicts
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.conditions import variables_in
from kmsgen.semantics.world import KeyFacts

CODE = "KMS468"
SEVERITY = "error"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement whose conditions are proved to be met by no request, or are not decided."""
    found = contradicts(view, facts) if view.tests else None
    if found is None:
        return
    proof, tests = found
    if proof.holds is None:
        yield Found(f"whether {view.called} ever matches is not decided: {proof.why}", path=("Condition",))
        return
    said = listing([f"{test.condition.operator} {test.condition.key}" for test in tests])
    yield Found(
        f"{view.called} never matches: no request to this key by its principals meets {said}",
        path=tests[0].path if len(tests) == 1 else ("Condition",),
        help=_help(tests),
    )


def _help(tests: tuple[Tested, ...]) -> str:
    if len(tests) > 1:
        return "take one of the conditions out, or write a statement for each"
    names = sorted({name for value in tests[0].condition.values for name in variables_in(value)})
    if names:
        return f"requests of these principals may not carry {listing(names)}"
    return "take it out, or test what requests to this key by these principals carry"
