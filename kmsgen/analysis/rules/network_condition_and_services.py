"""An Allow asks for a network and for a service that forwards the call, and hardly any request has both.

A service sends the request on from its own network: neither the caller's address nor the caller's VPC endpoint is in
it. A statement that tests `kms:ViaService` beside `aws:SourceIp` or `aws:SourceVpce` gives nothing.

Avoid:

    Condition:
      StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com, "aws:SourceVpce": vpce-0a1b2c3d}

Prefer:

    # and a statement of its own for calls through the endpoint
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.hit import NETWORK
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS470"
SEVERITY = "warning"
_FORWARDED = ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:viaawsservice", "kms:viaservice")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every test of a network in an Allow for forwarded calls alone."""
    if not view.allows or not view.keys & NETWORK or view.keys.isdisjoint(_FORWARDED):
        return
    asked = [
        test
        for test in view.testing(*_FORWARDED)
        if not test.holds_if_absent and not (test.lower == "aws:viaawsservice" and "true" not in test.condition.values)
    ]
    for test in view.testing(*sorted(NETWORK)):
        if asked and not test.holds_if_absent:
            both = f"`{asked[0].condition.key}` and `{test.condition.key}`"
            yield Found(
                f"{view.called} asks for {both}, which hardly come together",
                path=test.path,
                help="write a statement for each way in",
                about=f"{test.condition.operator} {test.condition.key}",
            )
