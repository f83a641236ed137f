"""AWS services that a statement lets work for anybody's accounts and resources, and what it tries to hold them by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kmsgen.analysis.exposure import EVERY, READ, Open, to_other_sources, working
from kmsgen.analysis.subject import Subject, Tested, View
from kmsgen.catalog.service_conditions import CONDITIONS, UNHELD, named, why_unheld
from kmsgen.semantics.fences import of_source


class Deputy(NamedTuple):
    """One service in one statement, which may be used by accounts that nobody named."""

    service: str
    open: Open
    what: str | None
    """What AWS documents just such a statement for, without conditions; None where it documents none such."""


def deputies(one: View, subject: Subject) -> Iterator[Deputy]:
    """The services of a statement that nothing holds to an account or a resource, as far as they reach data."""
    actions = working(one, EVERY - READ, subject.facts) if one.services else frozenset[str]()
    for service in one.services:
        found = to_other_sources(one, service, subject, actions)
        if found is not None:
            yield Deputy(service, found, why_unheld(service, actions))


def wide(one: View) -> Iterator[tuple[Tested, str]]:
    """The conditions that would hold a service, but for a value that takes in everybody's resources, which is given."""
    for test in one.tests:
        fence = of_source(test.lower)
        if fence is not None and test.operator.base != "Null" and not test.holds_if_absent:
            yield from ((test, value) for value in test.condition.values if not fence[1](value))


def advice(service: str) -> str:
    """What to add to a statement for a service."""
    known = CONDITIONS.get(named(service))
    if known is None:
        return "add `aws:SourceAccount` or `aws:SourceArn`, if the service's page says that it sends them"
    listed = " or ".join(filter(None, (", ".join(f"`{key}`" for key in known[:-1]), f"`{known[-1]}`")))
    exceptions = sorted({one.what for one in UNHELD.get(named(service), ())})
    without = f"; AWS documents none for {', '.join(exceptions)}" if exceptions else ""
    return f"add {listed}, as its documentation does{without}"
