"""Values near the constants of a condition: instances of a glob, a character more or less, a number or address beside."""

from __future__ import annotations

import datetime
import ipaddress
import random
import re

from tests.oracle import world
from tests.oracle.smt_values import instant

_RUNS = ("", "", "x", "ab", "A1", "a/b", "x:y", ":", "/", "x/")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_OTHERS = {
    "string": ("other", "x", "*"),
    "arn": ("arn:aws:s3:::other", "arn:aws:iam::111122223333:role/other"),
    "bool": ("true", "false"),
    "numeric": ("0", "1", "15", "200", "100000"),
    "date": ("0", "1800000000"),
    "ip": ("8.8.8.8", "2001:db8::1", "::", "255.255.255.255"),
}


def near(rng: random.Random, key: str, constants: list[str]) -> str:
    """A value for a key (lower case), near one of its constants."""
    kind = world.type_of(key)
    if not constants or rng.random() < 0.08:
        return rng.choice(_OTHERS[kind])
    chosen = rng.choice(constants)
    if kind == "bool":
        return rng.choice(("true", "false"))
    if kind == "numeric":
        return _number(rng, chosen)
    if kind == "date":
        return _date(rng, chosen)
    if kind == "ip":
        return _address(rng, chosen)
    value = instance(rng, chosen)
    return value if rng.random() < 0.6 else text(rng, value)


def instance(rng: random.Random, pattern: str) -> str:
    """A text that a glob matches; escapes stand for their character, variables for some word."""
    plain = _VARIABLE.sub(
        lambda found: found[1] if len(found[1]) == 1 else rng.choice(("payments", "prod", "ann")), pattern
    )
    made = "".join(
        rng.choice(_RUNS)
        if character == "*"
        else rng.choice(("x", "x", "A", ":", "/", "", "xx"))
        if character == "?"
        else character
        for character in plain
    )
    return made or "x"


def text(rng: random.Random, value: str) -> str:
    """A character less, more, or another; or the case of one or all turned."""
    start = value.rfind(":") + 1 if value.startswith("arn:") else 0
    at = rng.randrange(min(start, len(value) - 1), len(value))
    changed = rng.choice((
        value[:-1],
        value + rng.choice("x1-"),
        rng.choice("xy") + value,
        value[:at] + rng.choice("xA:/") + value[at + 1 :],
        value[:at] + value[at + 1 :],
        value[:at] + rng.choice("x/:") + value[at:],
        value[:at] + value[at].swapcase() + value[at + 1 :],
        value[:start] + value[start:].swapcase(),
        value[:-1] + chr(ord(value[-1]) ^ 1),
    ))  # fmt: skip
    return changed or "x"


def _number(rng: random.Random, constant: str) -> str:
    return str(max(0, int(float(constant)) + rng.choice((-1, 0, 0, 1, 1, -30, 30))))


def _date(rng: random.Random, constant: str) -> str:
    found = instant(constant)
    seconds = max(0, int(found or 0) + rng.choice((-1, 0, 0, 1, 86400, -86400)))
    if rng.random() < 0.3:
        return str(seconds)
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _address(rng: random.Random, constant: str) -> str:
    network = ipaddress.ip_network(constant, strict=False)
    first, last = int(network[0]), int(network[-1])
    made = rng.choice((first, last, first - 1, last + 1, (first + last) // 2, rng.randint(first, last)))
    made = min(max(made, 0), 2 ** (128 if network.version == 6 else 32) - 1)
    return str(ipaddress.IPv6Address(made) if network.version == 6 else ipaddress.IPv4Address(made))
