"""Rewrites of a policy document that do not change what it means."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from typing import Any

from kmsgen.catalog import actions
from tests.oracle import patterns

Document = dict[str, Any]
Statement = dict[str, Any]


def rewritten(rng: random.Random, document: Document, steps: int | None = None) -> Document:
    """The document after one to four such rewrites."""
    changed = copy.deepcopy(document)
    for _ in range(steps or rng.randint(1, 4)):
        rng.choice(REWRITES)(rng, changed)
    return changed


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def reorder(rng: random.Random, document: Document) -> None:
    """Statements and the values of each in another order."""
    rng.shuffle(document["Statement"])
    for one in document["Statement"]:
        for element in ("Action", "NotAction"):
            if isinstance(one.get(element), list):
                rng.shuffle(one[element])


def split(rng: random.Random, document: Document) -> None:
    """One statement becomes two: by action, by principal, or by the values of one test."""
    one = rng.choice(document["Statement"])
    twin = copy.deepcopy(one)
    if isinstance(one.get("Action"), list) and len(one["Action"]) > 1:
        half = rng.randint(1, len(one["Action"]) - 1)
        one["Action"], twin["Action"] = one["Action"][:half], one["Action"][half:]
    elif isinstance(one.get("Principal"), dict) and len(one["Principal"]) > 1:
        kind = rng.choice(list(one["Principal"]))
        twin["Principal"] = {kind: one["Principal"].pop(kind)}
    elif found := _divisible(one):
        operator, key = found
        values = one["Condition"][operator][key]
        one["Condition"][operator][key], twin["Condition"][operator][key] = values[:1], values[1:]
    else:
        return
    document["Statement"].append(twin)


def _divisible(one: Statement) -> tuple[str, str] | None:
    """A test whose several values are alternatives for the whole statement."""
    for operator, keys in one.get("Condition", {}).items():
        if "Not" not in operator and not operator.startswith("ForAllValues"):
            for key, values in keys.items():
                if isinstance(values, list) and len(values) > 1:
                    return operator, key
    return None


def merge(rng: random.Random, document: Document) -> None:
    """Two statements that differ only in their actions become one."""
    statements = document["Statement"]
    for first in statements:
        for second in statements:
            rest = [{name: value for name, value in one.items() if name != "Action"} for one in (first, second)]
            if first is not second and rest[0] == rest[1] and "Action" in first and "Action" in second:
                first["Action"] = [*_listed(first["Action"]), *_listed(second["Action"])]
                statements[:] = [one for one in statements if one is not second]
                return


def spell_out(rng: random.Random, document: Document) -> None:
    """Beside an action wildcard what it stands for."""
    one = rng.choice(document["Statement"])
    element = "Action" if "Action" in one else "NotAction"
    listed = _listed(one[element])
    test = patterns.action_test(rng.choice(listed))
    one[element] = [*listed, *(name for name in actions.ACTIONS if test.fullmatch(name))]


def duplicate(rng: random.Random, document: Document) -> None:
    """A statement twice."""
    document["Statement"].append(copy.deepcopy(rng.choice(document["Statement"])))


def account_form(rng: random.Random, document: Document) -> None:
    """An account as its number or as its root ARN."""
    for one in document["Statement"]:
        for element in ("Principal", "NotPrincipal"):
            if isinstance(one.get(element), dict) and "AWS" in one[element]:
                one[element]["AWS"] = [_other_form(value) for value in _listed(one[element]["AWS"])]


def _other_form(value: str) -> str:
    if re.fullmatch(r"\d{12}", value):
        return f"arn:aws:iam::{value}:root"
    found = re.fullmatch(r"arn:aws:iam::(\d{12}):root", value)
    return found[1] if found else value


def list_form(rng: random.Random, document: Document) -> None:
    """A string as a list of one; `*` as the AWS principal `*`."""
    for one in document["Statement"]:
        for element in ("Action", "NotAction", "Resource"):
            if element in one:
                one[element] = _listed(one[element])
        if one.get("Principal") == "*":
            one["Principal"] = {"AWS": ["*"]}
        for keys in one.get("Condition", {}).values():
            for key in keys:
                keys[key] = _listed(keys[key])


def case(rng: random.Random, document: Document) -> None:
    """Actions and the names of condition keys in another case."""
    for one in document["Statement"]:
        for element in ("Action", "NotAction"):
            if element in one:
                one[element] = [_swap(rng, name) for name in _listed(one[element])]
        if "Condition" in one:
            one["Condition"] = {
                operator: {rng.choice((key, key.lower(), key.upper())): values for key, values in keys.items()}
                for operator, keys in one["Condition"].items()
            }


def _swap(rng: random.Random, name: str) -> str:
    return rng.choice((name, name.lower(), name.upper(), name.swapcase()))


def dead(rng: random.Random, document: Document) -> None:
    """A statement that matches nothing."""
    account = "arn:aws:iam::111122223333:root"
    document["Statement"].append(
        rng.choice((
            {"Effect": "Allow", "Principal": "*", "Action": "kms:*"},
            {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLEEX"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*",
             "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}},
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:Decrypt", "Resource": "*",
             "Condition": {"Null": {"aws:PrincipalArn": "true"}}},
        ))
    )  # fmt: skip


REWRITES: tuple[Callable[[random.Random, Document], None], ...] = (
    reorder, split, merge, spell_out, duplicate, account_form, list_form, case, dead,
)  # fmt: skip
