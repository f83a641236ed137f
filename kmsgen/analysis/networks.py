"""Address ranges as policies write them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

# RFC 1918, RFC 6598, RFC 3927, RFC 1122 and RFC 4193: nobody on the internet has such an address.
_PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7",
    )
)  # fmt: skip


class Network(NamedTuple):
    """One range of addresses."""

    range: ipaddress.IPv4Network | ipaddress.IPv6Network
    is_exact: bool
    """Whether it is written by its first address."""

    @property
    def is_private(self) -> bool:
        """Whether none of its addresses is on the internet."""
        return any(self.within(one) for one in _PRIVATE)

    def within(self, other: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
        """Whether another range has all of its addresses."""
        return self.range.version == other.version and self.range.subnet_of(other)  # type: ignore[arg-type]


def network(text: str) -> Network | None:
    """The range that a text names; None where it is none."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return Network(found, str(found.network_address) == str(ipaddress.ip_address(text.partition("/")[0])))
