"""Whether a value of `kms:ViaService` is a host that some AWS service calls a key under."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from kmsgen.analysis.subject import Tested
from kmsgen.catalog.patterns import glob, has_wildcard
from kmsgen.catalog.principals import (
    ACCOUNT,
    REGION,
    REGIONS,
    VIA_ALIASES,
    VIA_ELSEWHERE,
    VIA_HOST,
    VIA_SERVICES,
    via_hosts,
)
from kmsgen.errors import did_you_mean
from kmsgen.policy.reference import is_symbolic

KEY = "kms:viaservice"
_SHAPE = "`SERVICE.REGION.amazonaws.com`"


class Host(NamedTuple):
    """What is to be said of one value."""

    is_: Literal["fine", "unknown", "elsewhere", "never"]
    why: str = ""
    """What messages say after the value."""
    help: str | None = None


_FINE = Host("fine")
_SERVICES = VIA_SERVICES | VIA_ELSEWHERE


def hosts(test: Tested, region: str | None) -> dict[str, Host]:
    """Every value of a test of `kms:ViaService`, judged for a key in `region`, where that is known."""
    if test.operator.family != "string":
        return {}
    return {value: _judged(value, test.operator.globs, region) for value in test.condition.values}


@lru_cache(maxsize=1024)
def _judged(value: str, globs: bool, region: str | None) -> Host:
    if "${" in value or is_symbolic(value):
        return _FINE  # nobody knows it before a request, or before the stack is made
    if has_wildcard(value):
        return _pattern(value, region) if globs else _FINE  # of a wildcard that is none another rule tells
    found = VIA_HOST.fullmatch(value)
    if found is None:
        return _malformed(value)
    service, where = found[1], found[2]
    if ACCOUNT.fullmatch(where):
        return Host("never", "has an account number where the Region belongs", f"write {_SHAPE}")
    if not REGION.fullmatch(where):
        return Host("never", f"names no Region: `{where}` is none", f"write {_SHAPE}")
    if region is not None and where != region:
        return Host("elsewhere", f"never calls a key in `{region}`", f"write `{service}.{region}.amazonaws.com`")
    if service not in _SERVICES:
        return _unknown(service, where)
    if where not in REGIONS:
        return Host("unknown", f"names a Region that is not known: `{where}`", did_you_mean(where, REGIONS))
    return _FINE


def _malformed(value: str) -> Host:
    if VIA_HOST.fullmatch(value.lower()):
        return Host("never", "has capital letters, and hosts have none", f"write `{value.lower()}`")
    if VIA_HOST.fullmatch(value.removesuffix(".cn")):
        return Host("never", "ends in `.cn`, and these hosts do not in China either", f"write `{value[:-3]}`")
    if value.count(".") == 2 and value.endswith(".amazonaws.com"):
        return Host("never", "names no Region", f"write `{value.partition('.')[0]}.REGION.amazonaws.com`")
    return Host("never", f"is not of the form {_SHAPE}", f"write {_SHAPE}")


def _unknown(service: str, region: str) -> Host:
    known = via_hosts(service, region)
    if service in VIA_ALIASES and known:
        return Host("unknown", "is called otherwise by KMS", f"write {' and '.join(f'`{one}`' for one in known)}")
    near = did_you_mean(service, _SERVICES, likeness=0.8)
    return Host("unknown", f"is of a service that KMS does not list: `{service}`", near)


def _pattern(value: str, region: str | None) -> Host:
    found = VIA_HOST.fullmatch(value)
    likely = [found[1]] if found is not None and found[1] in _SERVICES else []
    own = [region] if region is not None else REGIONS
    for services, regions in ((likely, own), (_SERVICES, own)):
        if _matches_any(value, services, regions):
            return _FINE
    if region is not None and _matches_any(value, _SERVICES, REGIONS):
        return Host("elsewhere", f"never calls a key in `{region}`", f"write `{region}` for the Region")
    label = value.partition(".")[0]
    if not has_wildcard(label) and _matches_any(value, [label], own):
        return _unknown(label, region or "REGION")
    return Host("never", f"matches no {_SHAPE}", f"write a pattern of {_SHAPE}")


def _matches_any(value: str, services: Iterable[str], regions: Iterable[str]) -> bool:
    matches = glob(value)
    return any(matches(f"{service}.{one}.amazonaws.com") for service in services for one in regions)
