"""Small pools of realistic constants, so that the statements of random policies overlap."""

from __future__ import annotations

from typing import NamedTuple

OWN, NEAR, OTHER = "111122223333", "111122223334", "444455556666"
ACCOUNTS = (OWN, OWN, OWN, NEAR, OTHER)

ROLES = ("Reader", "reader", "Reader2", "app/Reader", "app/eu/Writer", "Admin", "app:x/Reader", "reader-a")
USERS = ("ann", "eng/ann", "bob")
SESSIONS = ("me-1", "you")
SERVICES = ("cloudtrail.amazonaws.com", "logs.eu-west-1.amazonaws.com", "sns.amazonaws.com", "logs.amazonaws.com")

ACTIONS = (
    "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey",
    "kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
    "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:EnableKeyRotation", "kms:TagResource", "kms:ImportKeyMaterial",
    "kms:GetKeyPolicy",
)  # fmt: skip
ACTION_GLOBS = (
    "kms:*", "*", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:Re*", "kms:*Grant", "kms:List*", "kms:Get*",
    "kms:De?????", "kms:*crypt*", "kms:?ncrypt", "kms:D*", "kms:*Key",
)  # fmt: skip
MANY_ACTIONS = 0.35
"""How often an action is a glob."""

STRINGS = (
    "StringEquals", "StringEquals", "StringLike", "StringLike", "StringNotEquals", "StringNotLike",
    "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
)  # fmt: skip
EXACT = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase")
ARNS = ("ArnLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike", "StringEquals", "StringNotLike")
BOOLS = ("Bool", "Bool", "StringEquals")
NUMBERS = (
    "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "NumericEquals",
    "NumericNotEquals",
)  # fmt: skip
DATES = tuple(name.replace("Numeric", "Date") for name in NUMBERS)
ADDRESSES = ("IpAddress", "IpAddress", "NotIpAddress")


class Key(NamedTuple):
    """A condition key with the operators and the values that random policies test it with."""

    name: str
    operators: tuple[str, ...]
    values: tuple[str, ...]


_IAM, _STS = f"arn:aws:iam::{OWN}", f"arn:aws:sts::{OWN}"
_TEXTS = ("payments", "Payments", "payments-eu", "pay*", "*-eu", "p?yments", "orders", "*ments*", "payments-??")

KEYS = (
    Key("aws:PrincipalArn", ARNS, (
        f"{_IAM}:role/*", f"{_IAM}:role/app/*", f"{_IAM}:role/Reader", f"{_IAM}:role/app/Reader", f"{_IAM}:role/?eader*",
        "arn:aws:iam::*:role/Reader", "arn:aws:iam::*:role/reader-*", "arn:*:iam::*:role/Admin", f"{_IAM}:user/ann",
        f"{_IAM}:user/*", f"{_IAM}:root", f"{_IAM}:*", f"arn:aws:iam::{OTHER}:role/app/*", f"{_STS}:federated-user/*",
        "arn:aws:iam::1111*:role/*", "arn:aws:iam::*:role/app/*", "arn:aws:iam::*:user/ann",
        f"{_IAM}:role/Reader?",
    )),
    Key("aws:PrincipalAccount", STRINGS, (OWN, NEAR, OTHER, "1111*", "11112222333?", "*4")),
    Key("kms:CallerAccount", STRINGS, (OWN, NEAR, OTHER, "1111*")),
    Key("aws:PrincipalType", EXACT, ("AssumedRole", "User", "Account", "FederatedUser", "assumedrole")),
    Key("aws:username", STRINGS, ("ann", "bob", "a*", "?nn", "Ann")),
    Key("aws:PrincipalIsAWSService", BOOLS, ("true", "false", "TRUE", "maybe")),
    Key("aws:PrincipalServiceName", STRINGS, (*SERVICES, "logs.*", "*.amazonaws.com")),
    Key("aws:ViaAWSService", BOOLS, ("true", "false")),
    Key("aws:SecureTransport", BOOLS, ("true", "false")),
    Key("aws:MultiFactorAuthPresent", BOOLS, ("true", "false")),
    Key("aws:MultiFactorAuthAge", NUMBERS, ("300", "3600", "3601", "0300")),
    Key("aws:PrincipalOrgID", STRINGS, ("o-a1b2c3d4e5", "o-a1b2c3d4e6", "o-z9y8x7w6v5", "o-a1b2*")),
    Key("aws:PrincipalTag/team", STRINGS, _TEXTS),
    Key("aws:PrincipalTag/Env", STRINGS, ("prod", "dev", "prod*", "Prod")),
    Key("aws:SourceIp", ADDRESSES, (
        "203.0.113.0/24", "203.0.113.0/25", "203.0.113.7", "203.0.113.7/32", "10.0.0.0/8", "2001:db8::/32",
        "2001:db8:1::/48", "0.0.0.0/0", "::/0",
    )),
    Key("aws:VpcSourceIp", ADDRESSES, ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3")),
    Key("aws:SourceVpce", STRINGS, ("vpce-0a1b2c3d", "vpce-0a1b2c3e", "vpce-0a*")),
    Key("aws:SourceVpc", STRINGS, ("vpc-0a1b2c3d", "vpc-0a1b2c3e")),
    Key("aws:CurrentTime", DATES, ("2026-01-01T00:00:00Z", "2026-06-30T12:00:00Z", "2026-01-01T02:00:00+02:00", "1767225600")),
    Key("aws:TokenIssueTime", DATES, ("2026-01-01T00:00:00Z", "2026-06-30T12:00:00Z")),
    Key("aws:RequestedRegion", STRINGS, ("eu-west-1", "eu-west-2", "eu-*", "us-east-1")),
    Key("aws:SourceArn", ARNS, (
        "arn:aws:s3:::logs", "arn:aws:s3:::logs*", f"arn:aws:logs:eu-west-1:{OWN}:log-group:/orders/*",
        f"arn:aws:logs:*:{OWN}:*", f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/org", f"arn:aws:cloudtrail:*:{OWN}:trail/*",
        f"arn:aws:cloudtrail:eu-west-?:{OWN}:trail/org", "arn:aws:s3:*", "arn:aws:logs:*:*:log-group:/orders/*",
    )),
    Key("aws:SourceAccount", STRINGS, (OWN, NEAR, OTHER, "1111*")),
    Key("aws:SourceOrgID", EXACT, ("o-a1b2c3d4e5", "o-z9y8x7w6v5")),
    Key("kms:ViaService", STRINGS, (
        "s3.eu-west-1.amazonaws.com", "s3.us-east-1.amazonaws.com", "s3.*.amazonaws.com", "ec2.eu-west-1.amazonaws.com",
        "*.eu-west-1.amazonaws.com", "s?.*",
    )),
    Key("kms:EncryptionContext:App", STRINGS, ("orders", "Orders", "orders-*", "*", "bill?ng")),
    Key("kms:EncryptionContext:aws:s3:arn", ("StringLike", "StringEquals", "ArnLike", "StringNotLike"), (
        "arn:aws:s3:::orders", "arn:aws:s3:::orders/*", "arn:aws:s3:::orders*", "arn:aws:s3:::*/x",
    )),
    Key("kms:EncryptionAlgorithm", EXACT, ("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256")),
    Key("kms:RequestAlias", STRINGS, ("alias/orders", "alias/orders-*", "alias/*")),
    Key("kms:GranteePrincipal", ("StringEquals", "StringLike", "StringNotLike"), (f"{_IAM}:role/app/Reader", f"{_IAM}:role/*")),
    Key("kms:GrantIsForAWSResource", BOOLS, ("true", "false")),
    Key("kms:ReEncryptOnSameKey", BOOLS, ("true", "false")),
    Key("kms:BypassPolicyLockoutSafetyCheck", BOOLS, ("true", "false")),
    Key("kms:ScheduleKeyDeletionPendingWindowInDays", NUMBERS, ("10", "14", "21", "29")),
    Key("kms:RotationPeriodInDays", NUMBERS, ("180", "365", "366")),
    Key("kms:ValidTo", DATES, ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")),
)  # fmt: skip

LISTS = (
    Key("kms:EncryptionContextKeys", STRINGS, ("App", "app", "aws:s3:arn", "A*", "Team")),
    Key("kms:GrantOperations", STRINGS, ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKey*", "De*", "*crypt")),
    Key("aws:PrincipalOrgPaths", ("StringLike", "StringEquals", "StringNotLike"), (
        "o-a1b2c3d4e5/*", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/",
        "o-z9y8x7w6v5/*", "*/ou-ab12-22222222/*",
    )),
    Key("aws:TagKeys", STRINGS, ("team", "Team", "cost*", "cost-center")),
)  # fmt: skip

BY_NAME = {key.name.lower(): key for key in (*KEYS, *LISTS)}

VARIABLES = (
    ("aws:PrincipalTag/team", "${aws:PrincipalTag/Env}"),
    ("kms:EncryptionContext:App", "${aws:PrincipalTag/team}"),
    ("kms:EncryptionContext:App", "x-${aws:principaltag/Team}"),
    ("aws:PrincipalTag/team", "${aws:username}"),
    ("aws:SourceVpce", "${aws:SourceVpc, 'vpce-0a1b2c3d'}"),
    ("aws:PrincipalTag/team", "pay${*}"),
    ("aws:PrincipalTag/team", "${?}${$}"),
)
"""Keys with values that hold a policy variable or an escape."""
