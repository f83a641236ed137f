"""A denial by a guard: the guard's exception widened for just what was denied, tried; or why none of it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kmsgen.analysis.denial.change import Change, principal_words
from kmsgen.analysis.denial.explain import Lifted
from kmsgen.analysis.denial.judge import Judgement
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Statement
from kmsgen.semantics.request import Request
from kmsgen.sources.editing import text_with_entry
from kmsgen.sources.guarding import Guard, Wider, author_of, widened
from kmsgen.templates import Library
from kmsgen.templates.model import Parameter, Template
from kmsgen.why.trial import Trial, asked_again, denies

_NETWORKS = {"vpce": "aws:sourcevpce", "vpc": "aws:sourcevpc", "cidr": "aws:sourceip"}
_NO_STATEMENT = "no statement would allow it either: it takes an entry as well"
_ORDER = (*_NETWORKS, "principal", "account", "integer")
"""Types of parameters that may except a request: the network that it came from first, because whoever guards a key by
networks spares nobody lightly; then the one that says least of other requests."""


def lifted(judgement: Judgement, entry: Change | None, templates: Library, trial: Trial) -> Lifted | None:
    """What would let a request through that a Deny stops; None where the Deny is of no blueprint at hand.

    `entry` is what would allow the request if no Deny were there: it is tried where the guard spares whom a blueprint
    names. Nothing is proposed of a Deny that was written by hand.
    """
    assert judgement.nearest is not None
    statement = judgement.nearest.statement
    author = author_of(judgement.key, statement)
    if not isinstance(author, Guard):
        return Lifted(None) if author == "by hand" else None
    template = templates.find("guards", author.name)
    if template is None:
        return None
    if None in author.items:
        return Lifted(author.name, reason="a guard of the key has a reference into a stack, which is not known yet")
    exceptions = tuple(_exceptions(template, judgement, statement))
    alone = [_widened(judgement, author, wider, trial) for wider in exceptions]
    if (found := _chosen(exceptions, alone, template)) is not None:
        return found
    if entry is not None and (proof := trial.entry(judgement, entry)) is not None and proof.verified:
        return Lifted(author.name, entry, proof)
    both = [
        _widened(judgement, author, wider, trial, entry)
        if entry is not None and tried == _needs_entry(wider)
        else tried
        for wider, tried in zip(exceptions, alone, strict=True)
    ]
    if (found := _chosen(exceptions, both, template)) is not None:
        return found
    reasons = [one for one in both if isinstance(one, str)]
    return Lifted(author.name, reason=reasons[0] if reasons else _unfit(author, template))


def _chosen(exceptions: Sequence[Wider], tried: Sequence[Lifted | str], template: Template) -> Lifted | None:
    """The first change that would do; where it lets a network in, with the one that would spare the caller instead."""
    types = [template.parameters[wider.parameter].type for wider in exceptions]
    found = [(type_, one) for type_, one in zip(types, tried, strict=True) if isinstance(one, Lifted)]
    if not found:
        return None
    (first, lifted), *others = found
    for type_, one in others:
        if first in _NETWORKS and type_ == "principal" and one.change is not None and one.proof is not None:
            return replace(lifted, otherwise=(one.change, one.proof))
    return lifted


def _exceptions(template: Template, judgement: Judgement, statement: Statement) -> Iterator[Wider]:
    """The parameters that may except the request, each with the value that says no more than that."""
    ordered = sorted(
        (one for one in template.parameters.values() if one.type in _ORDER), key=lambda one: _ORDER.index(one.type)
    )
    for parameter in ordered:
        value = _value(parameter, judgement, statement)
        if value is not None:
            yield Wider(parameter.name, value, parameter.many)


def _value(parameter: Parameter, judgement: Judgement, statement: Statement) -> str | int | None:
    request, own = judgement.request, judgement.key.facts.account
    assert request is not None
    if parameter.type == "principal":
        return principal_words(request, own)
    if parameter.type == "account":
        return request.account if ACCOUNT.fullmatch(request.account) and request.account != own else None
    if parameter.type == "integer":
        return _number(parameter, request, statement)
    (told, *more) = request.values.get(_NETWORKS[parameter.type], ()) or (None,)
    if told is None or more:
        return None
    return _of_one(told) if parameter.type == "cidr" else told


def _number(parameter: Parameter, request: Request, statement: Statement) -> int | None:
    """What the request has of the number that the statement tests, where the parameter may be that."""
    for test in statement.conditions:
        values = request.values.get(test.key.lower(), ())
        if test.operator.startswith("Numeric") and len(values) == 1 and values[0].isdecimal():
            number = int(values[0])
            low, high = parameter.minimum or number, parameter.maximum or number
            return number if low <= number <= high else None
    return None


def _of_one(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _widened(
    judgement: Judgement, guard: Guard, wider: Wider, trial: Trial, entry: Change | None = None
) -> Lifted | str:
    """The guard with a value more, and perhaps an entry beside it, proved; else why it would not do."""
    text, fields = None, tuple[str, ...]()
    what = f"{_with(wider)} and an entry for the caller" if entry else _with(wider)
    if entry is not None:
        try:
            found = text_with_entry(judgement.key, entry.noun, entry.lines, entry.flow)
        except KmsgenError as error:
            return f"{what} the blueprint is refused: {error.problems[0].message}"
        if found is None:
            return f"{what} it would do, but the blueprint has no place for the entry"
        text, fields = found[0], (found[1],)
    made = widened(judgement.key, guard, wider, trial.options, text)
    if isinstance(made, KmsgenError):
        return f"{what} the blueprint is refused: {made.problems[0].message}"
    if made is None:
        return f"{what} it denies what it denied"
    proof = trial.outcome(judgement, made, *fields)
    if proof is None:
        return f"{what} {_still(asked_again(judgement, made.key))}"
    items = guard.widened(wider)
    change = Change("guards", items[guard.place], whole=() if guard.field else items, beside=entry)
    return Lifted(guard.name, change, proof)


def _with(wider: Wider) -> str:
    return f"with `{wider.parameter}: {wider.value}`"


def _needs_entry(wider: Wider) -> str:
    return f"{_with(wider)} {_NO_STATEMENT}"


def _still(again: Judgement) -> str:
    """What refuses the request even so."""
    nearest = again.nearest
    if nearest is not None and denies(again):
        places = ", ".join(map(str, nearest.statement.origin)) or again.key.where
        said = f"`{nearest.statement.sid}`" if nearest.statement.sid else "without a `Sid`"
        statement = f"the statement {said} ({places})"
        if again.verdict == "explicitly-denied":
            return f"{statement} denies it all the same"
        return f"{statement} may deny it all the same: say more of the request with `--context`"
    return _NO_STATEMENT


def _unfit(guard: Guard, template: Template) -> str:
    """Why no exception of a guard fits a request."""
    if not template.parameters:
        return f"`{guard.name}` has no exceptions: the call must be what it demands, or the guard must go"
    names = " and ".join(f"`{name}`" for name in template.parameters)
    return f"{names} of `{guard.name}` cannot except this: the call must be what it demands, or the guard must go"
