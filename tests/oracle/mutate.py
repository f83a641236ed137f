"""Small changes to a policy document, such as people make and as mistakes make; most change what it means."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.oracle import pools

Document = dict[str, Any]
Statement = dict[str, Any]
_SUBSTITUTES = {
    "StringEquals": ("StringLike", "StringNotEquals", "StringEqualsIgnoreCase"),
    "StringLike": ("StringEquals", "StringNotLike"),
    "StringNotEquals": ("StringEquals", "StringNotEqualsIgnoreCase"),
    "StringNotLike": ("StringLike", "StringNotEquals"),
    "StringEqualsIgnoreCase": ("StringEquals", "StringNotEqualsIgnoreCase"),
    "StringNotEqualsIgnoreCase": ("StringNotEquals", "StringEqualsIgnoreCase"),
    "ArnLike": ("ArnEquals", "StringLike", "StringLike"),
    "ArnEquals": ("ArnLike", "StringEquals"),
    "ArnNotLike": ("ArnLike", "StringNotLike", "ArnNotEquals"),
    "ArnNotEquals": ("ArnEquals", "ArnNotLike"),
    "IpAddress": ("NotIpAddress",),
    "NotIpAddress": ("IpAddress",),
    "Bool": ("StringEquals",),
    "Null": ("Null",),
}


def mutated(rng: random.Random, document: Document, fresh: Callable[[], Statement]) -> Document:
    """The document with one to three changes; `fresh` makes another statement."""
    changed = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        _mutate(rng, changed, fresh)
    return changed


def _mutate(rng: random.Random, document: Document, fresh: Callable[[], Statement]) -> None:
    statements: list[Statement] = document["Statement"]
    draw = rng.random()
    if draw < 0.08 and len(statements) > 1:
        statements.pop(rng.randrange(len(statements)))
    elif draw < 0.14:
        statements.insert(rng.randrange(len(statements) + 1), fresh())
    elif draw < 0.18:
        statements[rng.randrange(len(statements))]["Effect"] = rng.choice(("Allow", "Deny"))
    else:
        one = rng.choice(statements)
        change = rng.choice(
            (_operator, _arn, _value, _value, _glob, _drop_test, _list, _principal, _principal, _action, _null)
        )
        change(rng, one)


def _tests(one: Statement) -> list[tuple[str, str]]:
    return [(operator, key) for operator, keys in one.get("Condition", {}).items() for key in keys]


def _put(one: Statement, operator: str, key: str, values: Any) -> None:
    one.setdefault("Condition", {}).setdefault(operator, {})[key] = values


def _take(one: Statement, operator: str, key: str) -> Any:
    values = one["Condition"][operator].pop(key)
    if not one["Condition"][operator]:
        del one["Condition"][operator]
    if not one["Condition"]:
        del one["Condition"]
    return values


def _operator(rng: random.Random, one: Statement) -> None:
    """Another operator, with or without its IfExists, its set word turned."""
    if not (tests := _tests(one)):
        return
    operator, key = rng.choice(tests)
    word, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base != "Null" and rng.random() < 0.4:
        changed = base if rest != base else f"{base}IfExists"
    elif word and rng.random() < 0.5:
        word, changed = {"ForAnyValue": "ForAllValues", "ForAllValues": "ForAnyValue"}[word], rest
    else:
        others = _SUBSTITUTES.get(base) or (pools.DATES if base.startswith("Date") else pools.NUMBERS)
        allowed = {*pools.BY_NAME[key.lower()].operators, "Null"} if key.lower() in pools.BY_NAME else set(others)
        others = tuple(other for other in others if other in allowed)
        if not others or "$" in str(one["Condition"][operator][key]):
            return
        changed = rng.choice(others) + rest[len(base) :]
    target = f"{word}:{changed}" if word else changed
    if key not in one["Condition"].get(target, {}):
        _put(one, target, key, _take(one, operator, key))


def _arn(rng: random.Random, one: Statement) -> None:
    """An ARN test as a test of text, or the other way round; another operator where there is none."""
    for operator, key in _tests(one):
        if (family := pools.BY_NAME.get(key.lower())) and family.operators[0] == "ArnLike":
            texts = {"ArnLike": "StringLike", "ArnEquals": "StringLike", "ArnNotLike": "StringNotLike"}
            swaps = texts | {"StringLike": "ArnLike", "StringNotLike": "ArnNotLike"}
            base = operator.removesuffix("IfExists")
            target = swaps.get(base, base) + operator[len(base) :]
            if key not in one["Condition"].get(target, {}) and "$" not in str(one["Condition"][operator][key]):
                _put(one, target, key, _take(one, operator, key))
                return
    _operator(rng, one)


def _null(rng: random.Random, one: Statement) -> None:
    """A test of presence beside the others, or turned round."""
    if tests := _tests(one):
        _, key = rng.choice(tests)
        _put(one, "Null", key, rng.choice(("true", "false")))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _edit(rng: random.Random, one: Statement, edit: Callable[[random.Random, str, str], str]) -> None:
    if not (tests := _tests(one)):
        return
    operator, key = rng.choice(tests)
    values = _listed(one["Condition"][operator][key])
    index = rng.randrange(len(values))
    if operator == "Null":
        values[index] = rng.choice(("true", "false"))
    elif isinstance(values[index], str) and "$" not in values[index]:
        values[index] = edit(rng, key, values[index]) or values[index]
        one["Condition"][operator][key] = values


def _value(rng: random.Random, one: Statement) -> None:
    _edit(rng, one, changed_value)


def _glob(rng: random.Random, one: Statement) -> None:
    _edit(rng, one, lambda rng, key, value: widened(rng, value) if pools_text(key) else changed_value(rng, key, value))


def pools_text(key: str) -> bool:
    """Whether a key's values are texts that wildcards may stand in."""
    found = pools.BY_NAME.get(key.lower())
    return found is not None and found.operators[0].startswith(("String", "Arn")) and len(found.operators) > 3


def widened(rng: random.Random, value: str) -> str:
    """A wildcard more, or one less."""
    if rng.random() < 0.5 and (held := [wildcard for wildcard in "*?" if wildcard in value]):
        return value.replace(rng.choice(held), rng.choice(("", "x", "?")), 1)
    start = value.rfind(":") if value.startswith("arn:") else 0
    before = value[: rng.randrange(start, len(value)) + 1]
    after = value[len(before) :]
    return rng.choice((f"{value}?", f"{before}*", f"{before}?{after[1:]}", f"{before}*{after}"))


def changed_value(rng: random.Random, key: str, value: str) -> str:
    """Another value of the key's kind, near the given one."""
    found = pools.BY_NAME.get(key.lower())
    family = found.operators[0] if found else "StringEquals"
    if family.startswith("Numeric") and rng.random() < 0.6:
        return str(int(value) + rng.choice((-1, 1)))
    if family.startswith(("Bool", "Date", "Ip", "Numeric")) or rng.random() < 0.5:
        return rng.choice(found.values) if found else value
    return changed_text(rng, value)


def changed_text(rng: random.Random, value: str) -> str:
    """A character more, less or other; digits stay digits, so that numbers keep their length."""
    letters = [index for index, character in enumerate(value) if character.isalpha()]
    if re.fullmatch(r"\d{12}", value):
        return value[:-1] + rng.choice("01234")
    if not letters:
        return value
    at = rng.choice(letters if not value.startswith("arn:") else letters[-3:])
    return rng.choice((
        value[:at] + value[at].swapcase() + value[at + 1 :],
        value[:at] + "z" + value[at + 1 :],
        value[:at] + value[at] + value[at:],
        value[:at] + value[at + 1 :] or value,
    ))  # fmt: skip


def _drop_test(rng: random.Random, one: Statement) -> None:
    if tests := _tests(one):
        _take(one, *rng.choice(tests))


def _list(rng: random.Random, one: Statement) -> None:
    """A value more or less."""
    if not (tests := _tests(one)):
        return
    operator, key = rng.choice(tests)
    found = pools.BY_NAME.get(key.lower())
    values = _listed(one["Condition"][operator][key])
    if len(values) > 1 and rng.random() < 0.5:
        values.pop(rng.randrange(len(values)))
    elif found and not operator.endswith("Null"):
        values.append(rng.choice(found.values))
    one["Condition"][operator][key] = values


def _principal(rng: random.Random, one: Statement) -> None:
    element = "Principal" if "Principal" in one else "NotPrincipal"
    if not isinstance(one[element], dict):
        if rng.random() < 0.3:
            one[element] = {"AWS": pools.OWN}
        return
    kind = rng.choice(list(one[element]))
    values = _listed(one[element][kind])
    index = rng.randrange(len(values))
    options = list(_other_principals(rng, values[index])) if kind == "AWS" else [rng.choice(pools.SERVICES)]
    values[index] = rng.choice(options)
    one[element][kind] = values


def _other_principals(rng: random.Random, value: str) -> Iterator[str]:
    """Who might stand where a principal stands: its account, its role, its path, a neighbour."""
    account = value if re.fullmatch(r"\d{12}", value) else (value.split(":") + [""] * 5)[4] or pools.OWN
    role = rng.choice(pools.ROLES)
    yield account
    yield f"arn:aws:iam::{account}:root"
    yield f"arn:aws:iam::{account}:role/{role}"
    yield f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{rng.choice(pools.SESSIONS)}"
    yield f"arn:aws:iam::{rng.choice(pools.ACCOUNTS)}:user/{rng.choice(pools.USERS)}"
    if value.startswith("arn:") and ":role/" in value:
        yield value.replace(":role/", ":role/x/")
        yield value[:-1] + value[-1].swapcase()
        yield re.sub(r":role/.*/", ":role/", value)
    if value != "*":
        yield "*"


def _action(rng: random.Random, one: Statement) -> None:
    element = "Action" if "Action" in one else "NotAction"
    actions = _listed(one[element])
    draw = rng.random()
    if draw < 0.2 and len(actions) > 1:
        actions.pop(rng.randrange(len(actions)))
    elif draw < 0.5:
        actions.append(rng.choice((*pools.ACTIONS, *pools.ACTION_GLOBS)))
    elif draw < 0.9:
        actions[rng.randrange(len(actions))] = rng.choice((*pools.ACTIONS, *pools.ACTION_GLOBS))
    else:
        one["NotAction" if element == "Action" else "Action"] = one.pop(element)
        return
    one[element] = actions
