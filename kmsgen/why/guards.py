"""A denial by a guard: the guard's exception widened for just what was denied, tried; or why none of it fits."""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.denial.change import Change, principal_words
from kmsgen.analysis.denial.explain import Lifted
from kmsgen.analysis.denial.judge import Judgement
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Statement
from kmsgen.semantics.request import Request
from kmsgen.sources.guarding import Guard, author_of, widened
from kmsgen.templates import Library
from kmsgen.templates.model import Parameter, Template
from kmsgen.why.trial import Trial, asked_again, denies

_NETWORKS = {"vpce": "aws:sourcevpce", "vpc": "aws:sourcevpc", "cidr": "aws:sourceip"}
_ORDER = ("principal", "account", *_NETWORKS, "integer")
"""Types of parameters that may except a request, the one first that says least of other requests."""


def lifted(judgement: Judgement, entry: Change | None, templates: Library, trial: Trial) -> Lifted | None:
    """What would let a request through that a Deny stops; None where the Deny is of no blueprint at hand.

    `entry` is what would allow the request if no Deny were there: it is tried where the guard spares whom a blueprint
    names. Nothing is proposed of a Deny that was written by hand.
    """
    assert judgement.nearest is not None
    statement = judgement.nearest.statement
    author = author_of(judgement.key, statement, trial.options)
    if not isinstance(author, Guard):
        return Lifted(None) if author == "by hand" else None
    template = templates.find("guards", author.name)
    if template is None:
        return None
    if None in author.items:
        return Lifted(author.name, reason="a guard of the key has a reference into a stack, which is not known yet")
    reason = None
    for parameter, value in _exceptions(template, judgement, statement):
        tried = _widened(judgement, author, parameter, value, trial)
        if isinstance(tried, Lifted):
            return tried
        reason = reason or tried
    if entry is not None and (proof := trial.entry(judgement, entry)) is not None and proof.verified:
        return Lifted(author.name, entry, proof)
    return Lifted(author.name, reason=reason or _unfit(author, template))


def _exceptions(
    template: Template, judgement: Judgement, statement: Statement
) -> Iterator[tuple[Parameter, str | int]]:
    """The parameters that may except the request, each with the value that says no more than that."""
    ordered = sorted(
        (one for one in template.parameters.values() if one.type in _ORDER), key=lambda one: _ORDER.index(one.type)
    )
    for parameter in ordered:
        value = _value(parameter, judgement, statement)
        if value is not None:
            yield parameter, value


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


def _widened(judgement: Judgement, guard: Guard, parameter: Parameter, value: str | int, trial: Trial) -> Lifted | str:
    """The guard with a value more, proved; else why it would not do."""
    made = widened(judgement.key, guard, parameter.name, value, many=parameter.many, options=trial.options)
    what = f"with `{parameter.name}: {value}`"
    if isinstance(made, KmsgenError):
        return f"{what} the blueprint is refused: {made.problems[0].message}"
    if made is None:
        return f"{what} it denies what it denied"
    proof = trial.outcome(judgement, made)
    if proof is None:
        return f"{what} {_still(asked_again(judgement, made.key))}"
    items = guard.widened(parameter.name, value, many=parameter.many)
    change = Change("guards", items[guard.place], whole=() if guard.field else items)
    return Lifted(guard.name, change, proof)


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
    return "no statement would allow it either: it takes an entry as well"


def _unfit(guard: Guard, template: Template) -> str:
    """Why no exception of a guard fits a request."""
    if not template.parameters:
        return f"`{guard.name}` has no exceptions: the call must be what it demands, or the guard must go"
    names = " and ".join(f"`{name}`" for name in template.parameters)
    return f"{names} of `{guard.name}` cannot except this: the call must be what it demands, or the guard must go"
