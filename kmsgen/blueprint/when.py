"""The vocabulary of `when`: each word, and how its value is read; what it becomes is the compiler's business."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Hashable

from kmsgen.blueprint.model import Term
from kmsgen.catalog.actions import GRANT_OPERATIONS
from kmsgen.catalog.principals import (
    ACCOUNT,
    ORG_PATH,
    ORGANIZATION,
    VIA_ALIASES,
    VIA_HOST,
    VIA_SERVICES,
    VPC,
    VPCE,
)
from kmsgen.errors import did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.policy.model import Condition
from kmsgen.reading.conditions import read_test, read_tests
from kmsgen.reading.fields import Reader

Texts = tuple[str, ...]
Pairs = tuple[tuple[str, Texts], ...]

ALIAS = re.compile(r"alias/(?:[A-Za-z0-9/_*?-]|\$\{[^{}]*\})+")
DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd]?)")
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "fc00::/7", "fe80::/10", "::1",
    )
)  # fmt: skip
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?", re.ASCII)


def read_when(reader: Reader, node: Node) -> tuple[Term, ...]:
    """The terms of a `when`, in the order they stand."""
    terms: list[Term] = []
    for word, (key, value) in reader.fields(node, WORDS, "`when`").items():
        if isinstance(value, Scalar) and value.is_null:
            continue  # a default's condition, cleared
        read = WORDS[word](reader, value)
        if read is not None and read != ():
            terms.append(Term(word, read, key.at))
    return tuple(terms)


def _via(reader: Reader, node: Node) -> Texts:
    def one(item: Node) -> str | None:
        text = reader.text(item, "a service")
        if text is None or text in VIA_SERVICES or text in VIA_ALIASES or VIA_HOST.fullmatch(text):
            return text
        if ".amazonaws.com" in text or "*" in text:
            reader.fail(item, f"`{text}` is no value of `kms:ViaService`", "write `s3`, or `s3.REGION.amazonaws.com`")
        else:
            near = did_you_mean(text, VIA_SERVICES | VIA_ALIASES.keys())
            reader.fail(
                item,
                f"KMS knows no via-service `{text}`",
                near or "write it as KMS does: `s3`, `ebs`, `secretsmanager`, …",
            )
        return None

    return reader.each(node, one)


def _pairs(what: str) -> Callable[[Reader, Node], Pairs]:
    def read(reader: Reader, node: Node) -> Pairs:
        pairs: list[tuple[str, Texts]] = []
        items = reader.mapping(node, what)
        if not items and isinstance(node, Mapping):
            reader.fail(node, f"{what} is empty", "leave it out, or name a key and its values")
        for name, (key, value) in items.items():
            values = reader.texts(value, f"a value of `{name}`")
            if not name:
                reader.fail(key, f"{what} has a key without a name", "name it")
            if reader.name(key) is not None and values:
                pairs.append((name, values))
        return tuple(pairs)

    return read


def _context_keys(reader: Reader, node: Node) -> Pairs | None:
    """`[a, b]` (any of these), or `{any|all|only: [...]}`."""
    if not isinstance(node, Mapping):
        return (("any", reader.texts(node, "a key of the encryption context")),)
    fields = reader.fields(node, ("any", "all", "only"), "`encryption_context_keys`")
    pairs = tuple((word, reader.texts(value, "a key of the encryption context")) for word, (_, value) in fields.items())
    if not pairs:
        reader.fail(node, "`encryption_context_keys` is empty", "write a list, or `{any: …}`, `{all: …}`, `{only: …}`")
        return None
    return pairs


def _organization(reader: Reader, node: Node) -> Texts | None:
    """`true` (the blueprint's own, left for the compiler) or organization ids."""
    if isinstance(node, Scalar) and node.plain and node.value in ("true", "false"):
        return ("",) if _only_true(reader, node, "organization") else None
    return reader.each(node, lambda item: reader.matching(item, ORGANIZATION, "an organization id", "o-a1b2c3d4e5"))


def _only_true(reader: Reader, node: Node, word: str) -> bool | None:
    value = reader.boolean(node, f"`{word}`")
    if value is False:
        reader.fail(node, f"`{word}: false` says nothing", f"leave `{word}` out")
    return value or None


def _flag(word: str) -> Callable[[Reader, Node], bool | None]:
    return lambda reader, node: _only_true(reader, node, word)


def _shaped(shape: re.Pattern[str], what: str, example: str) -> Callable[[Reader, Node], Texts]:
    return lambda reader, node: reader.each(node, lambda item: reader.matching(item, shape, what, example))


def _networks(reader: Reader, node: Node) -> Texts:
    return reader.each(node, lambda item: network(reader, item))


def is_private(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Whether no public address is in a network."""
    return any(network.version == one.version and network.subnet_of(one) for one in _PRIVATE)  # type: ignore[arg-type]


def network(reader: Reader, node: Node) -> str | None:
    """An address range as `aws:SourceIp` takes it: `10.0.0.0/8`, `2001:db8::/32`, one address."""
    text = reader.text(node, "an address range")
    if text is None:
        return None
    try:
        parsed = ipaddress.ip_network(text, strict=False)
    except ValueError:
        reader.fail(node, f"`{text}` is no address range", "write it like `203.0.113.0/24` or `2001:db8::/32`")
        return None
    if str(parsed) != text and str(parsed.network_address) != text:
        reader.fail(node, f"`{text}` has bits set outside its range", f"write `{parsed}`")
        return None
    if parsed.prefixlen == 0:
        reader.fail(node, f"`{text}` is every address", "leave it out, or name the network")
        return None
    if is_private(parsed):
        reader.fail(
            node,
            f"`{text}` is private, and `aws:SourceIp` is the public address of a request: it would never match",
            "for requests from a VPC use `source_vpc` or `source_vpce`",
        )
        return None
    return text


def _source_accounts(reader: Reader, node: Node) -> Texts:
    return reader.each(node, lambda item: reader.matching(item, ACCOUNT, "an account number", '"111122223333"'))


def _moment(reader: Reader, node: Node) -> str | None:
    """An instant in UTC, as `2026-12-31T00:00:00Z`; a day alone means its beginning."""
    written = isinstance(node, Scalar) and node.tag is None and MOMENT.fullmatch(node.value)
    text = node.value if written and isinstance(node, Scalar) else reader.text(node, "a day or a time")
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        reader.fail(
            node, f"`{text}` is no day or time", "write `2026-12-31` or `2026-12-31T18:00:00Z`; a time says its zone"
        )
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(reader: Reader, node: Node) -> int | None:
    if isinstance(node, Scalar) and node.tag is None and (found := DURATION.fullmatch(node.value)):
        return int(found[1]) * _SECONDS[found[2]]
    reader.fail(node, "`mfa_max_age` is a length of time", "write `15m`, `1h`, or a number of seconds")
    return None


def _aliases(reader: Reader, node: Node) -> Texts:
    def one(item: Node) -> str | None:
        text = reader.text(item, "an alias")
        alias = text and f"alias/{text.removeprefix('alias/')}"
        if alias is None or ALIAS.fullmatch(alias):
            return alias
        reader.fail(item, f"`{text}` is no alias", "letters, digits, `/`, `_` and `-`; `*` and `?` for any")
        return None

    return reader.each(node, one)


def _operations(reader: Reader, node: Node) -> Texts:
    def one(item: Node) -> str | None:
        text = reader.text(item, "a grant operation")
        name = text and text.removeprefix("kms:")
        if name is not None and name not in GRANT_OPERATIONS:
            listed = ", ".join(sorted(GRANT_OPERATIONS))
            near = did_you_mean(name, GRANT_OPERATIONS)
            reader.fail(item, f"a grant cannot allow `{name}`", near or f"a grant can allow {listed}")
            return None
        return name

    return reader.each(node, one)


def _raw(reader: Reader, node: Node) -> tuple[Condition, ...]:
    """`{operator, key, values}`, a list of these, or operators over keys over values as in a policy."""
    found: list[Condition] = []
    for item in reader.items(node):
        items = reader.mapping(item, "a raw condition")
        if "operator" in items or "key" in items:
            fields = reader.fields(item, ("operator", "key", "values"), "a raw condition")
            if missing := [name for name in ("operator", "key", "values") if name not in fields]:
                reader.fail(item, f"a raw condition has no `{missing[0]}`", "give `operator`, `key` and `values`")
                continue
            test = read_test(reader, fields["operator"][1], fields["key"][1], fields["values"][1])
            found += [test] if test is not None else []
        else:
            found += [test for operator, block in items.values() for test in read_tests(reader, operator, block)]
    return tuple(found)


WORDS: dict[str, Callable[[Reader, Node], Hashable | None]] = {
    "via": _via,
    "encryption_context": _pairs("the encryption context"),
    "encryption_context_keys": _context_keys,
    "organization": _organization,
    "org_paths": _shaped(ORG_PATH, "a path in an organization", "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"),
    "source_ip": _networks,
    "source_vpc": _shaped(VPC, "a VPC", "vpc-0a1b2c3d"),
    "source_vpce": _shaped(VPCE, "a VPC endpoint", "vpce-0a1b2c3d"),
    "source_account": _source_accounts,
    "source_arn": lambda reader, node: reader.texts(node, "an ARN"),
    "mfa": _flag("mfa"),
    "mfa_max_age": _seconds,
    "before": _moment,
    "after": _moment,
    "principal_tags": _pairs("the principal's tags"),
    "request_alias": _aliases,
    "grant_operations": _operations,
    "for_aws_resource": _flag("for_aws_resource"),
    "raw": _raw,
}
"""Every word of `when`, with what reads its value."""
