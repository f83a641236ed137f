"""Which requests can occur at all: the facts, as data, and a check of one request against them.

Certain facts hold of every request that AWS could see; they bound the *wide* world. Supposed facts are true today or
almost always, but a careful comparison need not use them; together with the certain ones they bound the *narrow* world.
A comparison is right if it finds every difference of the narrow world and none that the wide one lacks.

Certain (wide and narrow):

 1. A caller is a session of a role, an IAM user, an account's root user, a federated user, an AWS service, or nobody
    known (anonymous). Accounts have twelve digits; names are `[A-Za-z0-9_+=,.@-]+` (a session's at least two); the
    path of a role or user is any printable ASCII ended by `/`, so it may hold a `:`; a service is
    `[a-z0-9.-]+` and `.amazonaws.com` or `.amazonaws.com.cn`.
 2. `aws:PrincipalArn` (of a session: its role's), `aws:PrincipalAccount`, `kms:CallerAccount`, `aws:PrincipalType`,
    `aws:username` (users alone), `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName` follow from the caller.
    Services and anonymous callers have neither ARN nor account (a service may send `kms:CallerAccount`); only services
    lack a type.
 3. What tells of an IAM principal (`CERTAIN`) never comes with a service, and with an anonymous caller no key of sender
    `principal` but those that tell about the network (`NETWORK`).
 4. A key that is not of every action comes only with actions that carry it, and with actions that AWS may add.
 5. `aws:SourceIp` excludes `aws:SourceVpce`, `aws:SourceVpc`, `aws:VpcSourceIp`.
 6. `aws:MultiFactorAuthAge` comes only with `aws:MultiFactorAuthPresent` = true.
 7. `aws:ViaAWSService` is in every request, and true exactly where `kms:ViaService` is.
 8. `kms:EncryptionContextKeys` lists exactly the `K` of the `kms:EncryptionContext:K` that are there, which are
    distinct whatever their case.
 9. Values have their key's type: `true` or `false`, addresses, whole numbers from 0 on, instants of whole seconds. A
    key that is no list has one value.
10. An action is of the catalogue or a new one, `kms:` and letters or digits.

Supposed (narrow alone):

 a. `aws:CurrentTime`, `aws:EpochTime`, `aws:RequestedRegion`, `aws:SecureTransport` are in every request.
 b. Account, organization, VPC and endpoint ids, `kms:ViaService`, Regions, aliases have their usual shape
    (`SHAPES`); ARNs begin `arn:` and a known partition, and name an account or none; so do callers' ARNs.
 c. A pending window is 7 to 30 days, a rotation period 90 to 2560.
 d. Actions are those that a key policy can grant, or new ones of letters alone; grant operations are known ones.
 e. Anonymous callers carry nothing of sender `principal`; keys of sender `service` come with services alone, and those of
    sender `principal` never with them.
 f. `kms:GrantIsForAWSResource` is in every CreateGrant, ListGrants and RevokeGrant, and `kms:GrantOperations` has at least
    one value in every CreateGrant. ARNs have six parts at least; strings are printable ASCII and not empty.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.principals import PARTITIONS
from kmsgen.semantics.request import Request

IAM_KINDS = ("session", "user", "root", "federated")
KINDS = (*IAM_KINDS, "service", "anonymous")
TYPES = {"session": "AssumedRole", "user": "User", "root": "Account", "federated": "FederatedUser", "anonymous": "Anonymous"}  # fmt: skip

IDENTITY = frozenset(
    """aws:principalarn aws:principalaccount kms:calleraccount aws:principaltype aws:username
    aws:principalisawsservice aws:principalservicename aws:viaawsservice""".split()
)
"""Keys that follow from the caller and from `kms:ViaService`, in lower case as everywhere here."""

NETWORK = frozenset(
    "aws:sourceip aws:sourcevpc aws:sourcevpce aws:vpcsourceip aws:sourcevpcarn aws:useragent aws:referer".split()
)
VPC_KEYS = frozenset("aws:sourcevpc aws:sourcevpce aws:vpcsourceip".split())
ALWAYS = frozenset("aws:currenttime aws:epochtime aws:requestedregion aws:securetransport".split())
GRANTING = frozenset("kms:creategrant kms:listgrants kms:revokegrant".split())
SENT_WITH = {"kms:grantisforawsresource": GRANTING, "kms:grantoperations": frozenset({"kms:creategrant"})}
"""Keys that every request of some actions has, in the narrow world."""
CONTEXT_KEY = "kms:encryptioncontext:"
CONTEXT_KEYS = "kms:encryptioncontextkeys"
CERTAIN = frozenset(
    """aws:principalorgid aws:principalorgpaths aws:multifactorauthage aws:multifactorauthpresent aws:userid
    aws:tokenissuetime aws:sourceidentity aws:principalservicenameslist""".split()
)
"""Keys of which it is certain who sends them; of others AWS's own samples say otherwise here and there."""
BOUNDS = {"kms:schedulekeydeletionpendingwindowindays": (7, 30), "kms:rotationperiodindays": (90, 2560)}

NAME = r"[A-Za-z0-9_+=,.@-]+"
SESSION = r"[A-Za-z0-9_+=,.@-]{2,}"
PATH = r"([!-~]+/)?"
HOST = r"[a-z0-9.-]+"
SERVICE = rf"{HOST}\.amazonaws\.com(\.cn)?"
ACCOUNT = r"[0-9]{12}"
ANY_PARTITION = r"[a-z0-9-]+"
TEXT = r"[ -~]+"
ARN_WIDE = r"arn:[!-9;-~]+:[!-9;-~]+:[!-9;-~]*:[!-9;-~]*:[ -~]+"
ARN_NARROW = rf"arn:({'|'.join(PARTITIONS)}):[a-z0-9-]+:[a-z0-9-]*:([0-9]{{12}})?:[ -~]+"
SHAPES = {
    "aws:sourceaccount": ACCOUNT,
    "aws:resourceaccount": ACCOUNT,
    "aws:principalorgid": r"o-[a-z0-9]{10,32}",
    "aws:sourceorgid": r"o-[a-z0-9]{10,32}",
    "aws:sourcevpc": r"vpc-[0-9a-f]+",
    "aws:sourcevpce": r"vpce-[0-9a-f]+",
    "kms:viaservice": r"[a-z0-9-]+\.[a-z0-9-]+\.amazonaws\.com",
    "aws:requestedregion": r"[a-z0-9-]+",
    "kms:requestalias": r"alias/[A-Za-z0-9/_-]+",
    "aws:principalorgpaths": r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*",
}
NEW_ACTION_WIDE, NEW_ACTION_NARROW = r"kms:[A-Za-z0-9]+", r"kms:[A-Za-z]+"


def type_of(key: str) -> str:
    """The type of a key's values; of one that nobody knows, strings."""
    known = condition_keys.find(key)
    return known.type if known else "string"


def is_list(key: str) -> bool:
    """Whether a key can have several values."""
    known = condition_keys.find(key)
    return bool(known and known.multivalued)


def sender(key: str) -> str:
    """Whose requests carry a key."""
    known = condition_keys.find(key)
    return known.sender if known else "any"


def violations(
    request: Request, *, narrow: bool = False, senders: bool = False, tested: frozenset[str] = frozenset()
) -> list[str]:
    """The facts that a request contradicts, with `senders` those of the catalogue about who sends what, too.

    `tested`: the keys (lower case) of which its silence says something.
    """
    values = {key: given for key, given in request.values.items() if given}
    found = [
        *_caller(request, values, narrow),
        *_senders(request, values, narrow, senders),
        *_relations(request, values, tested),
        *(fault for key, given in values.items() if key not in IDENTITY for fault in _value(key, given, narrow)),
    ]
    if narrow:
        found += [f"{key} is in every request" for key in sorted(tested & ALWAYS - values.keys())]
        given = {key for key, names in SENT_WITH.items() if request.action.lower() in names}
        found += [f"{key} is in every {request.action}" for key in sorted(tested & given - values.keys())]
        known = actions.find(request.action)
        if known is not None and not known.in_key_policy:
            found.append(f"{request.action} is no action on a key")
    new = NEW_ACTION_NARROW if narrow else NEW_ACTION_WIDE
    if actions.find(request.action) is None and not re.fullmatch(new, request.action):
        found.append(f"{request.action} is no action that AWS could add")
    return found


def kind_of(request: Request) -> str:
    """A request's kind of caller; a role stands for a session of it whose name nobody tests."""
    return "session" if request.kind == "role" else request.kind


_CALLERS = {
    "role": rf"arn:P:iam::{ACCOUNT}:role/{PATH}{NAME}",
    "session": rf"arn:P:sts::{ACCOUNT}:assumed-role/{NAME}/{SESSION}",
    "user": rf"arn:P:iam::{ACCOUNT}:user/{PATH}{NAME}",
    "root": rf"({ACCOUNT}|arn:P:iam::{ACCOUNT}:root)",
    "federated": rf"arn:P:sts::{ACCOUNT}:federated-user/{NAME}",
    "service": rf"{HOST}(\.[a-z.]+)?",
    "anonymous": r"(\*|anonymous|)",
}


def _caller(request: Request, values: Mapping[str, tuple[str, ...]], narrow: bool) -> Iterator[str]:
    partition = f"({'|'.join(PARTITIONS)})" if narrow else ANY_PARTITION
    if not re.fullmatch(_CALLERS[request.kind].replace("P", partition, 1), request.principal):
        yield f"{request.principal} is no caller"
        return
    bare = Request(request.principal, request.action).values
    for key in sorted(IDENTITY - {"aws:viaawsservice"}):
        own, given = bare.get(key, ()), values.get(key, ())
        if key == "aws:principalarn" and request.kind == "session" and len(given) == 1:
            start, _, name = own[0].partition(":role/")
            if not re.fullmatch(f"{re.escape(start)}:role/{PATH}{re.escape(name)}", given[0]):
                yield f"{given[0]} is not the role of {request.principal}"
        elif key == "kms:calleraccount" and request.kind == "service" and not narrow:
            continue  # nobody says that services send none
        elif own != given:
            yield f"{key} is {own or 'absent'}, not {given or 'absent'}"


def _senders(request: Request, values: Mapping[str, tuple[str, ...]], narrow: bool, all_: bool) -> Iterator[str]:
    kind = kind_of(request)
    for key in values.keys() - IDENTITY:
        who = sender(key) if narrow or all_ or key in CERTAIN else "any"
        alone = kind == "anonymous" and (narrow or key not in NETWORK)
        if (who == "service" and kind != "service") or (who == "principal" and (kind == "service" or alone)):
            yield f"{key} does not come with a caller of kind {kind}"
        if not condition_keys.carries(request.action, key):
            yield f"{key} does not come with {request.action}"


def _relations(request: Request, values: Mapping[str, tuple[str, ...]], tested: frozenset[str]) -> Iterator[str]:
    if "aws:sourceip" in values and VPC_KEYS & values.keys():
        yield "aws:SourceIp excludes a VPC endpoint's keys"
    if "aws:multifactorauthage" in values and values.get("aws:multifactorauthpresent") != ("true",):
        yield "aws:MultiFactorAuthAge comes with aws:MultiFactorAuthPresent"
    if values.get("aws:viaawsservice") != (("true",) if "kms:viaservice" in values else ("false",)):
        yield "aws:ViaAWSService is true exactly with kms:ViaService"
    if "aws:principalisawsservice" not in values:
        yield "aws:PrincipalIsAWSService is in every request"
    names = [key[len(CONTEXT_KEY) :] for key in values if key.startswith(CONTEXT_KEY)]
    listed = [name.lower() for name in values.get(CONTEXT_KEYS, ())]
    if sorted(names) != sorted(set(listed)) or len(listed) != len(set(listed)):
        yield f"kms:EncryptionContextKeys lists {listed}, there are {names}"


def _value(key: str, given: tuple[str, ...], narrow: bool) -> Iterator[str]:
    kind, several = type_of(key), is_list(key)
    if len(given) > 1 and not several:
        yield f"{key} has one value, not {len(given)}"
    for value in given:
        if not _typed(kind, value, narrow) or (narrow and key in SHAPES and not re.fullmatch(SHAPES[key], value)):
            yield f"{value!r} is no value of {key}"
        elif narrow and key in BOUNDS and not BOUNDS[key][0] <= int(value) <= BOUNDS[key][1]:
            yield f"{value} is out of the bounds of {key}"
        elif narrow and key == "kms:grantoperations" and value not in actions.GRANT_OPERATIONS:
            yield f"{value} is no grant operation"


def _typed(kind: str, value: str, narrow: bool) -> bool:
    if kind == "bool":
        return value in ("true", "false")
    if kind in ("numeric", "date"):
        date = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)" if kind == "date" else r"\d+"
        return re.fullmatch(rf"{date}|-?\d+" if kind == "date" else date, value) is not None
    if kind == "ip":
        try:
            return bool(ipaddress.ip_address(value))
        except ValueError:
            return False
    shape = ARN_NARROW if kind == "arn" and narrow else TEXT if narrow else ".*"
    return re.fullmatch(shape, value, re.DOTALL) is not None
