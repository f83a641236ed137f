"""What AWS services are called as principals: in most Regions, in opt-in Regions, and in other partitions.

Most services have one name everywhere, which ends in `.amazonaws.com` in every partition:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services.
"""

from __future__ import annotations

REGIONAL = frozenset({"logs"})
"""Services that call a key under their Region's name: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""

REGIONAL_WHERE_OPTED_IN = frozenset({"acm-pca", "guardduty", "inspector2", "macie"})
"""Services that do so in opt-in Regions only, as their pages about encrypted buckets say."""

IN_CHINA = frozenset({"logs"})
"""Services whose names end in the domain of the China Regions there."""

OPT_IN_REGIONS = frozenset(
    """
    af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
    ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1
    """.split()
)
"""https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html"""


def is_regional(service: str, region: str | None) -> bool:
    """Whether the service's name depends on the Region, as far as that is known."""
    return service in REGIONAL or (service in REGIONAL_WHERE_OPTED_IN and (region is None or region in OPT_IN_REGIONS))


def service_principal(service: str, region: str | None, partition: str) -> str:
    """The principal of a service given by its first labels; a full name stays as it is.

    >>> service_principal("cloudtrail", "eu-west-1", "aws"), service_principal("logs", "eu-west-1", "aws")
    ('cloudtrail.amazonaws.com', 'logs.eu-west-1.amazonaws.com')
    >>> service_principal("guardduty", "me-south-1", "aws"), service_principal("logs", "cn-north-1", "aws-cn")
    ('guardduty.me-south-1.amazonaws.com', 'logs.cn-north-1.amazonaws.com.cn')
    """
    if ".amazonaws.com" in service:
        return service
    labels = f"{service}.{region}" if is_regional(service, region) else service
    return f"{labels}.amazonaws.com{'.cn' if partition == 'aws-cn' and service in IN_CHINA else ''}"
