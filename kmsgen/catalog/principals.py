"""Accounts, partitions, Regions, service-linked roles and via-services: the words that AWS has for who calls.

Partitions and Regions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html. Via-services:
the table under `kms:ViaService` in https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html.
"""

from __future__ import annotations

import re

from kmsgen.errors import did_you_mean

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")

_PARTITION_OF_PREFIX = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}

ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2}")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
ORG_PATH = re.compile(r"o-[a-z0-9]{10,32}/(?:r-[a-z0-9]{4,32}/(?:ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*)?[*]?")
VPC = re.compile(r"vpc-[0-9a-f]{8,17}")
VPCE = re.compile(r"vpce-[0-9a-f]{8,17}")
SERVICE_PRINCIPAL = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
VIA_HOST = re.compile(r"([a-z0-9-]+)\.([a-z0-9*?-]+)\.amazonaws\.com")
IAM_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)

REGIONS = frozenset(
    """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
    ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2
    eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1
    us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1
    us-isob-east-1 us-isob-west-1 eu-isoe-west-1 us-isof-east-1 us-isof-south-1 eusc-de-east-1
    """.split()
)
"""The Regions known when this was written; AWS opens more, so another name is no mistake by itself."""


def region_mistake(name: str) -> str | None:
    """What to write instead of a name that is certainly no Region; None where it is one, or may be one that is new.

    >>> region_mistake("eu-wset-1"), region_mistake("eu-north-2"), region_mistake("Ireland")
    ('did you mean `eu-west-1`?', None, 'write it like eu-west-1')
    """
    if name in REGIONS:
        return None
    near = did_you_mean(name, REGIONS, likeness=0.75)
    if not REGION.fullmatch(name):
        return near or "write it like eu-west-1"
    # AWS opens Regions with other numbers and in other parts of the world, and calls these by the words that it has.
    words = {word for one in REGIONS for word in one.split("-")[1:-1]}
    return None if words.issuperset(name.split("-")[1:-1]) else near


def partition_of(region: str) -> str:
    """The partition that a Region belongs to.

    >>> partition_of("us-gov-west-1"), partition_of("eu-west-1")
    ('aws-us-gov', 'aws')
    """
    return next((part for prefix, part in _PARTITION_OF_PREFIX.items() if region.startswith(prefix)), "aws")


def root_arn(partition: str, account: str) -> str:
    """The account as a principal."""
    return f"arn:{partition}:iam::{account}:root"


def account_of(arn: str) -> str:
    """The account that an ARN names; empty where it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def sso_patterns(partition: str, account: str, permission_set: str) -> tuple[str, ...]:
    """What the role of a permission set is called, with the Region in its path and without.

    IAM Identity Center ends the name in sixteen hexadecimal digits; exactly sixteen `?` keep `Admin` apart from
    `Admin_Extra`.
    """
    path = f"arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/"
    name = f"AWSReservedSSO_{permission_set}_{'?' * 16}"
    return (f"{path}*/{name}", f"{path}{name}")


_SERVICE_LINKED = {
    "autoscaling": ("autoscaling", "AutoScaling"),
    "backup": ("backup", "Backup"),
    "backup-reports": ("reports.backup", "BackupReports"),
    "ec2-fast-launch": ("ec2fastlaunch", "EC2FastLaunch"),
    "ec2-fleet": ("ec2fleet", "EC2Fleet"),
    "ec2-spot": ("spot", "EC2Spot"),
    "ec2-spot-fleet": ("spotfleet", "EC2SpotFleet"),
    "image-builder": ("imagebuilder", "ImageBuilder"),
    "lake-formation": ("lakeformation", "LakeFormationDataAccess"),
    "macie": ("macie", "AmazonMacie"),
    "multi-region-keys": ("mrk.kms", "KeyManagementServiceMultiRegionKeys"),
}

SERVICE_LINKED: dict[str, str] = {
    name: f"aws-service-role/{host}.amazonaws.com/AWSServiceRoleFor{role}"
    for name, (host, role) in _SERVICE_LINKED.items()
}
"""Service-linked roles by the name of their service: the role's path and name."""

SUFFIXABLE = frozenset({"autoscaling"})
"""Those that may exist several times, each with a suffix of the user's after `_`."""

VIA_SERVICES = frozenset(
    """
    aiops airflow aoss apprunner appfabric appflow aps apptest ards athena auditmanager backup backup-gateway
    bedrock cassandra chimevoiceconnector cleanrooms-ml codeartifact codeguru-reviewer comprehend connect
    custom-packages dax deepracer directoryservice dms docdb-elastic dynamodb ec2 ecr elasticache
    elasticfilesystem entityresolution es events finspace firehose forecast fsx geo glue groundstation healthlake
    importexport iotsitewise kafka kendra kinesis kinesisvideo lambda lex license-manager lookoutequipment
    lookoutmetrics lookoutvision m2 macie malware-protection managedblockchain mediatailor memorydb mgn monitron mq
    nimble omics profile proton q qldb rds redshift redshift-serverless rekognition s3 s3tables s3vectors sagemaker
    secretsmanager securitylake ses sns sqlworkbench sqs ssm ssm-contacts ssm-incidents states storagegateway
    thinclient timestream translate verified-access verifiedpermissions wisdom workmail workspaces workspaces-web
    xray
    """.split()
)
"""The first label of every documented `kms:ViaService` value."""

VIA_ELSEWHERE = frozenset({"cloud9", "datazone", "identitystore", "inspector2", "lightsail", "logs", "sso", "voiceid"})
"""Those that KMS's table leaves out, and that the services' own pages or AWS's own key policies name."""

VIA_ALIASES: dict[str, tuple[str, ...]] = {
    "aurora": ("rds",),
    "ebs": ("ec2",),
    "efs": ("elasticfilesystem",),
    # KMS's table asks for both values wherever ElastiCache is meant.
    "elasticache": ("elasticache", "dax"),
    "eventbridge": ("events",),
    "keyspaces": ("cassandra",),
    "msk": ("kafka",),
    "mwaa": ("airflow",),
    "opensearch": ("es",),
    "opensearch-serverless": ("aoss",),
    "parameter-store": ("ssm",),
    "step-functions": ("states",),
}
"""What people call a service, where KMS calls it otherwise or asks for more than one value."""


def via_hosts(service: str, region: str) -> tuple[str, ...] | None:
    """The `kms:ViaService` values of a service in a Region, or None where KMS lists no such service.

    They end in `.amazonaws.com` in every partition.

    >>> via_hosts("ebs", "cn-north-1")
    ('ec2.cn-north-1.amazonaws.com',)
    """
    labels = VIA_ALIASES.get(service) or ((service,) if service in VIA_SERVICES else None)
    return None if labels is None else tuple(f"{label}.{region}.amazonaws.com" for label in labels)
