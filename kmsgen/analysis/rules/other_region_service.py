"""A service of another Region is named, and never calls this key.

Services with a Region in their name work with keys of that Region only. The statement lets nobody in, and KMS refuses
the names of Regions that the account has not opted into.

Avoid:

    # on a key in eu-west-1
    Principal: {Service: logs.us-east-1.amazonaws.com}

Prefer:

    Principal: {Service: logs.eu-west-1.amazonaws.com}

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog.principals import REGIONS, partition_of
from kmsgen.catalog.service_principals import service_principal
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts

CODE = "KMS420"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such service of an Allow, unless the Region's own stands beside it, as in policies for several Regions."""
    region = facts.region
    if region is None or is_symbolic(region) or not view.allows:
        return
    for value in view.services:
        service, _, other = value.partition(".amazonaws.com")[0].rpartition(".")
        if other not in REGIONS or other == region:
            continue
        if not any(one.startswith(f"{service}.{region}.") for one in view.services):
            right = service_principal(f"{service}.{region}", region, partition_of(region))
            message = f"`{value}` is the service of `{other}`, and the key is in `{region}`"
            yield Found(message, path=("Principal",), help=f"write `{right}`", about=value)
