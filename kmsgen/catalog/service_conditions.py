"""By which conditions the documented statements for AWS services say whose resources they work for.

As the service catalogue has them, each from its service's own page; the tests hold the two to each other. The general
advice is https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kmsgen.catalog.principals import REGION

ACCOUNT, ARN = "aws:SourceAccount", "aws:SourceArn"
_BOTH = (ACCOUNT, ARN)


Like = Literal["kinds", "some", "all"]
"""With actions of the same kinds, as samples take them in by wildcards; with some of the very actions; with all."""


class Unheld(NamedTuple):
    """A documented statement without any such condition."""

    actions: frozenset[str]
    """What it allows, beyond describing the key."""
    what: str
    """What it is for."""
    like: Like = "kinds"
    """Which statements are taken to be this one, rather than one of the service's that take a condition."""


def _context(name: str) -> str:
    return f"kms:EncryptionContext:{name}"


CONDITIONS: dict[str, tuple[str, ...]] = {
    "acm-pca": (_context("aws:s3:arn"),),
    "aiops": (*_BOTH, _context("aws:aiops:investigation-group-arn")),
    "aiops.alarms.cloudwatch": (*_BOTH, _context("aws:aiops:investigation-group-arn")),
    "auditmanager": _BOTH,
    "bedrock": (*_BOTH, _context("aws:bedrock:arn")),
    "budgets": _BOTH,
    "chime": (ACCOUNT,),
    "cloudfront": (ARN,),
    "cloudtrail": (*_BOTH, _context("aws:cloudtrail:arn")),
    "cloudwatch": _BOTH,
    "codecommit": _BOTH,
    "compute-optimizer": _BOTH,
    "config": _BOTH,
    "costalerts": (ACCOUNT,),
    "delivery.logs": (*_BOTH, _context("SourceArn")),
    "dms": _BOTH,
    "dnssec-route53": _BOTH,
    "ds": _BOTH,
    "dsql": (ARN, _context("aws:dsql:ClusterId")),
    "dynamodb": _BOTH,
    "emr-serverless": (ARN,),
    "encryption.athena": (*_BOTH, _context("aws:athena:arn")),
    "events": (ARN, _context("aws:events:event-bus:arn")),
    "events.rds": _BOTH,
    "fargate": (_context("aws:ecs:clusterAccount"), _context("aws:ecs:clusterName")),
    "glacier": _BOTH,
    "guardduty": _BOTH,
    "identitystore": (ACCOUNT, _context("aws:identitystore:identitystore-arn"), _context("aws:sso:instance-arn")),
    "importexport": _BOTH,
    "indexing.s3vectors": _BOTH,
    "inspector": _BOTH,
    "inspector2": _BOTH,
    "lambda": (*_BOTH, _context("aws:lambda:EventSourceArn"), _context("aws:lambda:FunctionArn")),
    "logs": (*_BOTH, _context("aws:logs:arn")),
    "macie": _BOTH,
    "maintenance.s3tables": (_context("aws:s3:arn"),),
    "mediapipelines.chime": _BOTH,
    "metadata.s3": (_context("aws:s3:arn"),),
    "profile": _BOTH,
    "q": (*_BOTH, _context("aws:qdeveloper:lambda-codescan-scope")),
    "redshift": (*_BOTH, _context("Department")),
    "replication.dynamodb": _BOTH,
    "rum": _BOTH,
    "s3": _BOTH,
    "ses": _BOTH,
    "sns": (ARN,),
    "ssm": _BOTH,
    "ssm-contacts": (ACCOUNT,),
    "ssm-incidents": (ACCOUNT,),
    "sso": (ACCOUNT, _context("aws:identitystore:identitystore-arn"), _context("aws:sso:instance-arn")),
    "storage-lens.s3": _BOTH,
    "systemtables.cloudwatch": (ACCOUNT,),
    "systemtables.s3": (ACCOUNT,),
    "verifiedpermissions": (*_BOTH, _context("aws:verifiedpermissions:policy-store-arn")),
}
"""By service: what of its documented statements names an account or a resource."""


def _unheld(actions: str, what: str, like: Like = "kinds") -> Unheld:
    return Unheld(frozenset(f"kms:{name}" for name in actions.split()), what, like)


_DATA = "Decrypt GenerateDataKey"
_REENCRYPT = "ReEncryptFrom ReEncryptTo"
_EXPORT = _unheld(f"{_DATA} GenerateDataKeyWithoutPlaintext", "exports of Audit Manager", "all")

UNHELD: dict[str, tuple[Unheld, ...]] = {
    "bedrock": (_unheld(_DATA, "sessions of RetrieveAndGenerate", "all"),),
    # Trails take conditions and are far more common; event data stores take none.
    "cloudtrail": (_unheld(_DATA, "event data stores", "some"), _EXPORT),
    "codestar-notifications": (_unheld(_DATA, "notifications to SNS topics"),),
    "config": (_unheld(_DATA, "the landing zone of Control Tower", "all"),),
    "delivery.logs": (
        _unheld(_DATA, "CloudFront's access logs"),
        _unheld("GenerateDataKey", "CloudFront's access logs"),
    ),
    "devops-guru": (_unheld(_DATA, "notifications to SNS topics"),),
    "dnssec-route53": (_unheld("CreateGrant", "DNSSEC signing, whose grants AWS shows without one"),),
    # The event buses and queues take conditions; topics, whose statement looks the same, take none.
    "events": (_unheld(_DATA, "events to SNS topics"),),
    "logs": (_unheld(_DATA, "exports to S3"),),
    "omics": (_unheld(f"{_DATA} GenerateDataKeyWithoutPlaintext", "HealthOmics and its stores"),),
    "personalize": (
        _unheld("CreateGrant", "Personalize and its keys"),
        _unheld(f"{_DATA} ListGrants", "Personalize and its keys"),
    ),
    "s3": (_EXPORT,),
    "scn": (
        _unheld("CreateGrant", "instances of Supply Chain"),
        _unheld(f"{_DATA} Encrypt GenerateDataKeyWithoutPlaintext {_REENCRYPT}", "instances of Supply Chain"),
    ),
}
"""By service: the documented statements that nothing holds to an account or a resource."""

THROUGH_OTHERS = frozenset({"aiops.alarms.cloudwatch", "codestar-notifications"})
"""Services that work through others under their own name, so that AWS shows `kms:ViaService` for them."""


def named(principal: str) -> str:
    """What tells a service from others in its principal: without the domain, and without a Region.

    >>> named("logs.eu-west-1.amazonaws.com"), named("delivery.logs.amazonaws.com")
    ('logs', 'delivery.logs')
    """
    labels = principal.removesuffix(".cn").removesuffix(".amazonaws.com").split(".")
    return ".".join(label for label in labels if label and not REGION.fullmatch(label) and "⟨" not in label)


def why_unheld(principal: str, actions: frozenset[str]) -> str | None:
    """What a service's statement with these actions, without those that only read, is for by AWS's documentation.

    None where conditions are documented, or where nothing is known of the service.
    """
    return next((one.what for one in UNHELD.get(named(principal), ()) if _is_like(one, actions)), None)


def _is_like(one: Unheld, actions: frozenset[str]) -> bool:
    if one.like == "kinds":
        return {_kind(action) for action in actions} <= {_kind(action) for action in one.actions}
    return actions == one.actions if one.like == "all" else actions <= one.actions


def _kind(action: str) -> str:
    """An action without its variants, which samples take in by a wildcard."""
    return action.partition("WithoutPlaintext")[0].partition("Pair")[0].removesuffix("From").removesuffix("To")
