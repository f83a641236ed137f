"""Statements that a date has ended, or that wait for one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from kmsgen.analysis.subject import Tested, View
from kmsgen.semantics.conditions import instant

_NOW = ("aws:currenttime", "aws:epochtime")


class Due(NamedTuple):
    """One test of the time that does not hold."""

    test: Tested
    value: str
    """The date that decides, as the policy writes it."""
    when: Literal["past", "pending"]


def due(view: View, today: datetime.date) -> Iterator[Due]:
    """The tests of a statement that no moment of today meets, because it is too late or too early."""
    if view.keys.isdisjoint(_NOW):
        return
    begin = Decimal(int(datetime.datetime.combine(today, datetime.time(), datetime.UTC).timestamp()))
    end = begin + 24 * 60 * 60
    for test in view.testing(*_NOW):
        read = {value: got for value in test.condition.values if (got := instant(value)) is not None}
        if not read or len(read) < len(test.condition.values) or test.operator.family not in ("date", "numeric"):
            continue
        first, last = min(read, key=read.__getitem__), max(read, key=read.__getitem__)
        base = test.operator.base
        if "LessThan" in base:
            past = read[last] < begin or (read[last] == begin and not base.endswith("Equals"))
            yield from [Due(test, last, "past")] if past else []
        elif "GreaterThan" in base:
            yield from [Due(test, first, "pending")] if read[first] >= end else []
        elif not test.operator.negated and read[last] < begin:
            yield Due(test, last, "past")
        elif not test.operator.negated and read[first] >= end:
            yield Due(test, first, "pending")
