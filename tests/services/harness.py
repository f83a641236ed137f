"""A service's cases: requests that AWS documents, and the near misses that follow from each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kmsgen.policy.model import Policy, Statement
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.request import Request
from kmsgen.templates import Library
from tests.support import OWN, bundle

CASES = Path(__file__).parent / "cases"
NOBODY = "999988887777"
"""An account that no case lets in."""
_FIELDS = {"entry", "users", "key", "request", "allowed", "denied"}
_REQUEST = {"principal", "action", "context", "also", "why", "except"}
_ALWAYS = frozenset({"kms:GrantOperations"})
"""What every request that could carry it carries."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LIBRARY = Library()


@dataclass(frozen=True)
class Case:
    """One request, or several that differ in their action."""

    principal: str
    actions: tuple[str, ...]
    context: Mapping[str, Any]
    """What AWS documents to be tested: without any of these the request is denied."""
    also: Mapping[str, Any]
    """What comes with the request besides."""
    why: str
    loose: frozenset[str]
    """Near misses that AWS's documentation lets in, by name."""

    def requests(self) -> Iterator[Request]:
        """The request for each action."""
        for action in self.actions:
            context = {key: _value(value) for key, value in {**self.also, **self.context}.items()}
            yield Request(self.principal, f"kms:{action}", context)

    def with_(self, key: str, value: Any) -> Case:
        """The same with another value in its context; without the key where that is None."""
        context = {name: old for name, old in self.context.items() if name != key}
        return Case(
            self.principal,
            self.actions,
            context if value is None else {**context, key: value},
            self.also,
            self.why,
            self.loose,
        )

    def by(self, principal: str) -> Case:
        """The same by somebody else."""
        return Case(principal, self.actions, self.context, self.also, self.why, self.loose)


@dataclass(frozen=True)
class Scenario:
    """One entry of a key's `services`, and what may be asked under the policy that it makes."""

    name: str
    service: str
    policy: Policy
    allowed: tuple[Case, ...]
    denied: tuple[Case, ...]
    account: str = OWN
    statements: tuple[Statement, ...] = ()
    """Those that the entry makes."""

    def decide(self, request: Request) -> Decision:
        """What the policy says, by the evaluation of key policies."""
        return evaluate(self.policy, request, key_account=self.account)


def _value(value: Any) -> str | tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else str(value)


def _principal(text: str) -> str:
    """`role/App` of the key's account, `444455556666/role/App` of another; anything else as it stands."""
    account, slash, rest = text.partition("/")
    if account.isdigit() and slash:
        return f"arn:aws:iam::{account}:{rest}"
    return f"arn:aws:iam::{OWN}:{text}" if text.startswith(("role/", "user/")) else text


def _case(base: Mapping[str, Any], item: Mapping[str, Any]) -> Case:
    assert item.keys() <= _REQUEST, item.keys() - _REQUEST
    said = {**base, **item}
    actions = said["action"]
    context = {**(base.get("context") or {}), **(item.get("context") or {})}
    return Case(
        _principal(said["principal"]),
        tuple(actions) if isinstance(actions, list) else (actions,),
        {key: value for key, value in context.items() if value is not None},
        said.get("also") or {},
        said.get("why", ""),
        frozenset(said.get("except") or ()),
    )


def scenario(service: str, name: str, said: Mapping[str, Any]) -> Scenario:
    """One of a file's scenarios, compiled with nothing but the entry, its users and an admin to hold the key."""
    assert said.keys() <= _FIELDS, said.keys() - _FIELDS
    key = {
        "account": OWN,
        "region": "eu-west-1",
        "admins": ["role/KeyAdmin"],
        "root": "recovery",
        "services": [said["entry"]],
        **({"users": said["users"]} if "users" in said else {}),
        **said.get("key", {}),
    }
    policy = _policy(key)
    without = _policy({**key, "services": []}).statements
    base = said.get("request") or {}
    return Scenario(
        name,
        service,
        policy,
        tuple(_case(base, item) for item in said["allowed"]),
        tuple(_case(base, item) for item in said.get("denied", ())),
        statements=tuple(one for one in policy.statements if one not in without),
    )


def _policy(key: Mapping[str, Any]) -> Policy:
    document = {"version": 1, "organization": "o-a1b2c3d4e5", "keys": {"key": key}}
    return bundle(json.dumps(document), LIBRARY).keys[0].policy


def scenarios(service: str) -> tuple[Scenario, ...]:
    """Every scenario of a service's cases."""
    text = (CASES / f"{service}.yaml").read_text(encoding="utf-8")
    said = yaml.load(text, Loader=_LOADER)
    return tuple(scenario(service, name, one) for name, one in said.items())


def near_misses(case: Case) -> Iterator[tuple[str, Case]]:
    """What follows from a documented request: the same with one thing changed, which must be denied."""
    yield from _other_callers(case)
    for key, value in case.context.items():
        if key not in _ALWAYS:
            yield f"without {key}", case.with_(key, None)
        yield f"another {key}", case.with_(key, ["elsewhere"] if isinstance(value, list) else "elsewhere")
        text = value[0] if isinstance(value, list) else str(value)
        if key == "kms:ViaService":
            yield "another Region", case.with_(key, f"{text.split('.')[0]}.ap-northeast-3.amazonaws.com")
            yield "another service", case.with_(key, text.replace(text.split(".")[0], "nosuchservice", 1))
        parts = text.split(":", 5)
        if len(parts) == 6 and parts[0] == "arn":
            if parts[4]:
                yield f"another account in {key}", case.with_(key, ":".join([*parts[:4], NOBODY, parts[5]]))
            if parts[3]:
                elsewhere = ":".join([*parts[:3], "ap-northeast-3", *parts[4:]])
                yield f"another Region in {key}", case.with_(key, elsewhere)
            yield f"another resource in {key}", case.with_(key, f"{text}-another".replace("/", "-another/", 1))


def _other_callers(case: Case) -> Iterator[tuple[str, Case]]:
    if not case.principal.startswith("arn:"):
        yield "another service principal", case.by("nosuchservice.amazonaws.com")
        yield "a principal of the account", case.by(_principal("role/Somebody"))
        return
    yield "another principal", case.by(f"{case.principal}Else")
    yield "another account", case.by(case.principal.replace(case.principal.split(":")[4], NOBODY))
