"""A private address range stands in a test of `aws:SourceIp`, which is always a public address.

What comes through a VPC endpoint has no `aws:SourceIp` at all, and everything else comes from the internet. A private
range matches nothing: an Allow gives nothing, and a Deny with `NotIpAddress` denies everybody.

Avoid:

    Condition: {IpAddress: {"aws:SourceIp": 10.0.0.0/8}}

Prefer:

    Condition: {StringEquals: {"aws:SourceVpce": vpce-0a1b2c3d}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.networks import network
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS471"
SEVERITY = "warning"
LIKE = ("access-analyzer PRIVATE_IP_ADDRESS_SUBSET", "access-analyzer PRIVATE_NOT_IP_ADDRESS_SUBSET")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such range."""
    if "aws:sourceip" not in view.keys:
        return
    for test in view.testing("aws:sourceip"):
        for value in test.condition.values if test.operator.family == "ip" else ():
            found = network(value)
            if found is not None and found.is_private:
                yield Found(
                    f"`{value}` is private, and `{test.condition.key}` is always a public address",
                    path=test.path,
                    help="test `aws:VpcSourceIp`, `aws:SourceVpc` or `aws:SourceVpce`",
                    about=value,
                )
