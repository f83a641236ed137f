"""A service calls the key under another name: that of its Region.

CloudWatch Logs calls as `logs.REGION.amazonaws.com` everywhere, a few other services call so in Regions that an account
has to opt into. A statement for `logs.amazonaws.com` lets nobody in, and the service's calls are denied.

Avoid:

    Principal: {Service: logs.amazonaws.com}

Prefer:

    Principal: {Service: logs.eu-west-1.amazonaws.com}

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.catalog.principals import REGIONS, partition_of
from kmsgen.catalog.service_principals import REGIONAL, is_regional, service_principal
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts

CODE = "KMS419"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such name, unless the right one stands beside it."""
    region = None if facts.region is None or is_symbolic(facts.region) else facts.region
    for value in view.services:
        service, right = _right(value, region)
        if right is None or right == value:
            continue
        beside = right in view.services if "REGION" not in right else _with_region(service, view.services)
        if not beside:
            message = f"`{service}` calls the key as `{right}`: nobody is `{value}`"
            yield Found(message, path=("Principal",), help=f"write `{right}`", about=value)


def _right(value: str, region: str | None) -> tuple[str, str | None]:
    """The service that a name is of, and how that service is called; None where it has one name everywhere."""
    service, _, place = value.partition(".amazonaws.com")[0].partition(".")
    if place in REGIONS and service in REGIONAL:
        return service, service_principal(service, place, partition_of(place))
    if place or (service not in REGIONAL and (region is None or not is_regional(service, region))):
        return service, None
    return service, service_principal(service, region or "REGION", partition_of(region) if region else "aws")


def _with_region(service: str, names: Iterable[str]) -> bool:
    return any(name.startswith(f"{service}.") and not name.startswith(f"{service}.amazonaws.") for name in names)
