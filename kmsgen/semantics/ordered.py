"""Values with an order: numbers, instants and addresses that stand for every interval between those that are tested."""

from __future__ import annotations

import datetime
import ipaddress
import itertools
from decimal import Decimal

from kmsgen.semantics.conditions import instant, number

_WHOLE: dict[str, tuple[int, int | None]] = {
    # Whole numbers only, and from where to where: KMS refuses anything else before it asks the policy.
    "kms:schedulekeydeletionpendingwindowindays": (7, 30),
    "kms:rotationperiodindays": (90, 2560),
    "kms:trailingdayswithoutkeyusage": (0, None),
    "aws:multifactorauthage": (0, None),
}
_LIKELY = ("203.0.113.9", "198.51.100.7", "10.1.2.3", "2001:db8::1")


def numbers(key: str, tested: list[str]) -> list[str]:
    """A number for every interval that the tested ones divide all numbers into, and each of them itself."""
    points = sorted({read for text in tested if (read := number(text)) is not None})
    if key not in _WHOLE:
        return [*(_plain(point) for point in _between(points)), "other"]
    low, high = _WHOLE[key]
    whole = {point + step for point in points for step in (-1, 0, 1)} | {
        Decimal(low),
        Decimal(low if high is None else high),
    }
    whole |= {Decimal(int(point)) for point in points}
    fit = sorted(one for one in whole if one == int(one) and one >= low and (high is None or one <= high))
    return [_plain(one) for one in fit]


def _between(points: list[Decimal]) -> list[Decimal]:
    if not points:
        return [Decimal(1)]
    middles = [(low + high) / 2 for low, high in itertools.pairwise(points)]
    return sorted({points[0] - 1, *points, *middles, points[-1] + 1})


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def days(key: str, tested: list[str]) -> list[str]:
    """An instant for every interval that the tested ones divide time into, and each of them itself."""
    points = sorted({read for text in tested if (read := instant(text)) is not None})
    shown: dict[Decimal, str] = {read: text for text in tested if (read := instant(text)) is not None}
    return [shown.get(point) or _moment(point) for point in _between(points)]


def _moment(seconds: Decimal) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return _plain(seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if seconds == int(seconds) else _plain(seconds)


def networks(key: str, tested: list[str]) -> list[str]:
    """An address for every range that the tested networks divide all addresses into, of both versions."""
    read = [network for text in tested if (network := _network(text)) is not None]
    found: list[str] = []
    for version, whole, address in ((4, 32, ipaddress.IPv4Address), (6, 128, ipaddress.IPv6Address)):
        starts = {0}
        for network in read:
            if network.version == version:
                starts |= {int(network.network_address), int(network.broadcast_address) + 1}
        ordered = sorted(start for start in starts if start < 1 << whole)
        for start, end in zip(ordered, [*ordered[1:], 1 << whole], strict=True):
            likely = (ipaddress.ip_address(text) for text in _LIKELY)
            near = next((one for one in likely if one.version == version and start <= int(one) < end), None)
            found.append(str(near or address(start)))
    return found


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
