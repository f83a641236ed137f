"""An address range is not written by its first address.

AWS reads `203.0.113.7/24` as all of `203.0.113.0/24`. Whoever wrote it may have meant the one address.

Avoid:

    Condition: {IpAddress: {"aws:SourceIp": 203.0.113.7/24}}

Prefer:

    Condition: {IpAddress: {"aws:SourceIp": 203.0.113.0/24}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.networks import network
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS472"
SEVERITY = "note"
LIKE = ("access-analyzer IMPROVE_IP_RANGE",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such range."""
    for test in view.tests:
        for value in test.condition.values if test.operator.family == "ip" else ():
            found = network(value)
            if found is not None and not found.is_exact:
                yield Found(
                    f"`{value}` means all of `{found.range}`",
                    path=test.path,
                    help=f"write `{found.range}`, or the one address without `/{found.range.prefixlen}`",
                    about=f"{test.condition.key} {value}",
                )
