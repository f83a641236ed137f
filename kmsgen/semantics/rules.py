"""What never comes together in one request to KMS, and what every request has.

Only what AWS documents for certain stands here: a rule that is wrong would hide requests. Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kmsgen.catalog import condition_keys
from kmsgen.catalog.key_specs import kind_of
from kmsgen.semantics.acting import Acting
from kmsgen.semantics.boxes import bits
from kmsgen.semantics.classes import Values
from kmsgen.semantics.identity import Caller
from kmsgen.semantics.world import KeyFacts

_ALWAYS = frozenset(
    """
    aws:currenttime aws:epochtime aws:securetransport aws:requestedregion aws:resourceaccount kms:keyspec kms:keyusage
    kms:keyorigin kms:customermasterkeyspec kms:customermasterkeyusage kms:multiregion
    """.split()
)
_OF_PRINCIPALS = frozenset(
    """
    aws:assumedroot aws:chatbotsourcearn aws:federatedprovider aws:multifactorauthage aws:multifactorauthpresent
    aws:principalorgid aws:principalorgpaths aws:sourceidentity aws:tokenissuetime aws:userid
    """.split()
)
"""Keys that say something of an IAM principal, which a service that calls by itself is not."""
_OF_SERVICES = frozenset({"aws:principalservicenameslist"})
_ENDPOINT = ("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip")
_CONTEXT, _CONTEXT_KEYS = "kms:encryptioncontext:", "kms:encryptioncontextkeys"

Part = dict[int, int]


class Dimension(Protocol):
    """A condition key and its classes."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as `space.Dim`
    @property
    def values(self) -> tuple[Values, ...]: ...  # noqa: D102
    @property
    def is_key(self) -> bool: ...  # noqa: D102


def is_optional(key: str) -> bool:
    """Whether a condition key, in lower case, can be absent from a request."""
    return key not in _ALWAYS


def forbidden_together(
    dims: Sequence[Dimension],
    place: Mapping[str, int],
    acting: Acting,
    callers: Sequence[Caller],
    facts: KeyFacts,
) -> Iterator[Part]:
    """The combinations that no request has, each as the classes of some dimensions; callers are 0, actions 1."""
    services = bits(at for at, caller in enumerate(callers) if caller.request.kind == "service")
    everybody, every_action = (1 << len(callers)) - 1, (1 << len(acting.names)) - 1
    kind = kind_of(facts.spec, facts.usage) if facts.spec and facts.usage else None
    for key, at in place.items():
        if not dims[at].is_key:
            continue
        here, _ = _present(dims[at])
        known = condition_keys.find(key)
        if known is not None and not known.every_action:
            # What an action that is still to come will carry nobody knows.
            carry = bits(n for n, name in enumerate(acting.names) if condition_keys.carries(name, key, kind))
            yield {1: every_action & ~carry, at: here}
        if key in _OF_PRINCIPALS or key.startswith("aws:principaltag/"):
            yield {0: services, at: here}
        if ":" not in key:
            yield {at: here}  # what a policy may call a variable, but no request can carry
        if key in _OF_SERVICES:
            yield {0: everybody & ~services, at: here}
    yield from _network(dims, place)
    yield from _mfa(dims, place)
    yield from _context(dims, place)


def _present(dim: Dimension) -> tuple[int, int]:
    """The classes in which a key is there, and those in which it is not."""
    absent = bits(at for at, values in enumerate(dim.values) if not values)
    return ((1 << len(dim.values)) - 1) & ~absent, absent


def _network(dims: Sequence[Dimension], place: Mapping[str, int]) -> Iterator[Part]:
    """A request comes from a public address or through an endpoint."""
    if "aws:sourceip" in place:
        public = place["aws:sourceip"]
        for key in _ENDPOINT:
            if key in place:
                yield {public: _present(dims[public])[0], place[key]: _present(dims[place[key]])[0]}


def supposed_apart(dims: Sequence[Dimension], place: Mapping[str, int]) -> Iterator[Part]:
    """What hardly comes together, though AWS does not say so for certain: a service forwards from its own network."""
    if "kms:viaservice" in place:
        via = place["kms:viaservice"]
        for key in ("aws:sourceip", *_ENDPOINT):
            if key in place:
                yield {via: _present(dims[via])[0], place[key]: _present(dims[place[key]])[0]}


def _mfa(dims: Sequence[Dimension], place: Mapping[str, int]) -> Iterator[Part]:
    """There is no age of an authentication that was not made."""
    if "aws:multifactorauthage" in place and "aws:multifactorauthpresent" in place:
        age, present = place["aws:multifactorauthage"], place["aws:multifactorauthpresent"]
        unmade = bits(at for at, values in enumerate(dims[present].values) if values != ("true",))
        yield {age: _present(dims[age])[0], present: unmade}


def _context(dims: Sequence[Dimension], place: Mapping[str, int]) -> Iterator[Part]:
    """The names of an encryption context are those of its pairs, in whatever case."""
    if _CONTEXT_KEYS not in place:
        return
    names = place[_CONTEXT_KEYS]
    for key, at in place.items():
        if key.startswith(_CONTEXT):
            name = key.removeprefix(_CONTEXT)
            naming = bits(
                n for n, values in enumerate(dims[names].values) if name in (value.lower() for value in values)
            )
            here, absent = _present(dims[at])
            yield {at: absent, names: naming}
            yield {at: here, names: ((1 << len(dims[names].values)) - 1) & ~naming}
