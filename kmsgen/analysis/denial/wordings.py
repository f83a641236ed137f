"""How AWS words a denial: the phrases that say which layer refused, what state a key is in, and what was called.

Layers: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. States:
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html. Services: their own pages on encryption.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kmsgen.analysis.denial.model import Layer, State
from kmsgen.catalog import actions
from kmsgen.catalog.principals import SERVICE_PRINCIPAL

_NAME = r"[^\s\"'`,;()<>]+"
_CALLER = re.compile(
    r"arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:"
    r"(?:root|(?:user|role|federated-user)/[\x21-\x7e]+|assumed-role/[\x21-\x2e\x30-\x7e]+/[\x21-\x7e]+)"
)
UNAUTHORIZED = re.compile(
    rf"(?:(?:User|Principal):?\s+)?[\"']?(?P<principal>{_NAME})[\"']?\s+is\s+not\s+authorized\s+to\s+perform:?\s+"
    rf"[\"']?(?P<action>[A-Za-z0-9-]+:\w+)[\"']?"
    rf"(?:\s+on\s+(?:this\s+)?resource:?\s+[\"']?(?P<resource>arn:{_NAME}|[0-9a-f]{{8}}-{_NAME}|alias/{_NAME})[\"']?)?",
    re.IGNORECASE,
)
"""`User: ARN is not authorized to perform: ACTION on resource: ARN`, as every service writes it."""

_POLICY = (
    r"(?P<type>identity-based|resource-based|service control|resource control|session|VPC endpoint)\s+polic(?:y|ies)"
    r"|(?P<boundary>permissions?\s+boundary)"
)
LAYER = re.compile(
    rf"(?:(?P<explicit>explicit\s+deny)\s+in\s+(?:an?\s+|the\s+)?|because\s+no\s+)(?:{_POLICY})"
    rf"(?::?\s+[\"']?(?P<arn>arn:{_NAME}))?",
    re.IGNORECASE,
)
EXPLICIT = re.compile(r"with\s+an\s+explicit\s+deny", re.IGNORECASE)
LAYERS: dict[str, Layer] = {
    "identity-based": "identity-policy",
    "resource-based": "key-policy",
    "service control": "service-control-policy",
    "resource control": "resource-control-policy",
    "session": "session-policy",
    "vpc endpoint": "vpc-endpoint-policy",
}


def _state(state: State, pattern: str) -> tuple[re.Pattern[str], State]:
    return re.compile(pattern, re.IGNORECASE), state


STATES = (
    _state("pending-deletion", r"pending[\s_-]?deletion|scheduled\s+for\s+deletion"),
    _state("pending-import", r"pending[\s_-]?import"),
    _state(
        "disabled", r"\bKMS\.?Disabled(?:Exception)?\b|\bDisabledException\b|KMS\s+key\s+disabled|\bis\s+disabled\b"
    ),
    _state("unavailable", r"\bKeyUnavailableException\b|\bKMS\.?InvalidState(?:Exception)?\b"),
)
"""What AWS says of a key that is in no state to be used; the first that is found holds."""

UNTOLD = re.compile(r"no\s+resource-based\s+polic(?:y|ies)\s+allows?\s+access", re.IGNORECASE)
"""That the key's side refused, in a sentence that leaves open whether the key exists at all."""
MISSING = re.compile(
    r"refers\s+to\s+a\s+(?:customer\s+master|KMS)\s+key\s+that\s+does\s+not\s+exist"
    r"|resource\s+does\s+not\s+exist\s+in\s+this\s+Region"
    r"|\bInvalid\s+arn\b|\bKey\s+'?(?:arn:\S+|[0-9a-f-]{36})'?\s+does\s+not\s+exist|\bAlias\s+\S+\s+is\s+not\s+found"
    r"|\bKMS\.?NotFoundException\b|\bInvalid\s+keyId\b",
    re.IGNORECASE,
)
KEY = re.compile(
    r"arn:aws[\w-]*:kms:[a-z0-9-]*:\d{12}:(?:key|alias)/[\w/-]+"
    r"|\bmrk-[0-9a-f]{32}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\balias/[\w/-]+"
)
# A request's id has the form of a key's.
REQUEST_ID = re.compile(
    r"(?:request\s*_?-?id|x-amzn-requestid|host\s*id)[\"']?\s*[:=]?\s*[\"']?[\w/+=-]+", re.IGNORECASE
)
ENCODED = re.compile(r"encoded\s+authorization\s+failure\s+message:?\s*(?P<encoded>[\w=+/-]{16,})", re.IGNORECASE)
BARE_ENCODED = re.compile(r"[\w=+/-]{200,}")
OPERATION = re.compile(
    r"when\s+calling\s+the\s+(?P<boto>\w+)\s+operation|operation\s+error\s+(?P<service>[\w ]+):\s*(?P<go>\w+)"
    r"|Error\s+calling\s+(?P<other>\w+)|calling\s+the\s+(?P<lambda>invoke)\s+API",
    re.IGNORECASE,
)


class Call(NamedTuple):
    """What an operation of another service asks of KMS in the name of its caller."""

    service: str
    """The first label of its `kms:ViaService`."""
    action: str


def _calls(service: str, action: str, operations: str) -> dict[str, Call]:
    return {operation.lower(): Call(service, f"kms:{action}") for operation in operations.split()}


OPERATIONS: dict[str, Call] = {
    **_calls("s3", "Decrypt", "GetObject HeadObject UploadPart CompleteMultipartUpload"),
    **_calls("s3", "GenerateDataKey", "PutObject CopyObject CreateMultipartUpload"),
    **_calls("secretsmanager", "Decrypt", "GetSecretValue BatchGetSecretValue"),
    **_calls("secretsmanager", "GenerateDataKey", "CreateSecret PutSecretValue UpdateSecret"),
    **_calls("sqs", "GenerateDataKey", "SendMessage SendMessageBatch"),
    **_calls("sqs", "Decrypt", "ReceiveMessage"),
    **_calls("sns", "GenerateDataKey", "Publish PublishBatch"),
    **_calls("ssm", "Decrypt", "GetParameter GetParameters GetParametersByPath GetParameterHistory"),
    **_calls("ssm", "Encrypt", "PutParameter"),
    **_calls("kinesis", "GenerateDataKey", "PutRecord PutRecords"),
    **_calls("kinesis", "Decrypt", "GetRecords SubscribeToShard"),
    **_calls("dynamodb", "Decrypt", "GetItem PutItem Query Scan UpdateItem BatchGetItem BatchWriteItem"),
    **_calls("ec2", "CreateGrant", "AttachVolume RunInstances StartInstances"),
    **_calls("ec2", "GenerateDataKeyWithoutPlaintext", "CreateVolume"),
    **_calls("rds", "CreateGrant", "CreateDBCluster CreateDBInstance RestoreDBInstanceFromDBSnapshot StartDBInstance"),
    **_calls("lambda", "Decrypt", "Invoke"),
}
"""What is asked of KMS first, by operation in lower case."""


class Phrase(NamedTuple):
    """How one service words that KMS refused it."""

    pattern: re.Pattern[str]
    service: str | None
    action: str | None
    principal: str | None = None
    """Who calls KMS, where it is always the same: a service-linked role's path, or a service's name."""


def _phrase(pattern: str, service: str | None, action: str | None, principal: str | None = None) -> Phrase:
    return Phrase(re.compile(pattern, re.IGNORECASE), service, action, principal)


PHRASES = (
    _phrase(r"Lambda was unable to (?:decrypt|configure)[^.]*KMS", "lambda", "kms:Decrypt"),
    _phrase(r"Access to KMS is not allowed", "secretsmanager", "kms:Decrypt"),
    # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-instancelaunchfailure.html
    _phrase(r"Client\.InternalError(?:: Client error on launch)?|Client error on launch", None, "kms:CreateGrant",
            "service-linked/autoscaling"),
    _phrase(r"KMSKeyNotAccessible(?:Fault)?", "rds", "kms:CreateGrant"),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    _phrase(r"KMS key does not exist or is not allowed to be used with (?:LogGroup|Arn)", None, "kms:Encrypt",
            "logs"),
    _phrase(r"\bKMS\.?AccessDenied(?:Exception)?\b|KMS access was denied|KMS key access denied", None, None),
)  # fmt: skip


def action_of(operation: str | None) -> str | None:
    """The action that an operation of KMS itself asks for; None for what is none, and for what asks for two."""
    known = actions.find(f"kms:{operation}") if operation else None
    return known.name if known else None


def caller(text: str | None) -> str | None:
    """The principal of a request that a message names; None for what is no principal that could call.

    >>> caller("arn:aws:iam::111122223333:role/App:"), caller("arn:aws:sts::****:assumed-role/App/i-1")
    ('arn:aws:iam::111122223333:role/App', None)
    """
    named = (text or "").rstrip(":.")
    return named if _CALLER.fullmatch(named) or SERVICE_PRINCIPAL.fullmatch(named) else None
