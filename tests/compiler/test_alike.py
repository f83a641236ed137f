"""Keys that differ in names alone: each gets what it would get alone, and the work is done once."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsgen.blueprint import parse
from kmsgen.compiler import guarantee
from kmsgen.compiler.compile import compile_key
from kmsgen.compiler.render import Rendering
from kmsgen.errors import Problem, Problems
from kmsgen.policy.key import Key
from kmsgen.policy.model import Origin
from kmsgen.templates import Library
from tests.support import HEAD, keys, messages, role

KEY = """\
  orders-{0}:
    admins: [role/admin-{0}, role/team/deploy-{0}]
    users:
      - role/app-{0}
      - role/etl-{0}: {{can: decrypt, when: {{via: s3}}}}
    services:
      - cloudtrail: {{trail: trail-{0}}}
      - cloudwatch-logs: {{log_group: /orders/{0}}}
    accounts: ["{1}": {{can: decrypt, when: {{via: s3}}}}]
"""


def many(count: int, key: str = KEY) -> str:
    return f"{HEAD}keys:\n" + "".join(key.format(number, 444455550000 + number) for number in range(count))


def compiled_with(
    text: str, *, sharing: bool
) -> tuple[list[tuple[Key | None, list[tuple[Origin, ...]]]], list[Problem]]:
    """Every key, each with a library that has not seen another, or all with one; with where statements come from."""
    problems, library = Problems(), Library()
    made = []
    for blueprint in parse(text, "test.yaml", lambda name: "", problems):
        for intent in blueprint.keys:
            key = compile_key(intent, library if sharing else Library(), problems)
            made.append((key, [one.origin for one in key.policy.statements] if key else []))
    return made, list(problems)


WHO = st.sampled_from(
    ["role/a", "role/b", "role/team/c", "user/d", "other/role/e", "other/role/a", "sso/Admins", "session/a/me",
     "role/te*m/a", "role/A", "service-linked/autoscaling"]
)  # fmt: skip
WHEN = st.one_of(st.none(), st.sampled_from([{"via": "s3"}, {"mfa": True}, {"organization": True}, {"raw": {}}]))


@st.composite
def entries(draw: st.DrawFn, roles: list[str]) -> list[Any]:
    made = []
    for who in draw(st.lists(WHO, min_size=1, max_size=3)):
        entry: dict[str, Any] = {"principal": who}
        if draw(st.booleans()):
            entry["can"] = draw(st.sampled_from(roles))
        if (when := draw(WHEN)) is not None:
            entry["when"] = when
        if draw(st.integers(0, 5)) == 0:
            entry["pin"] = draw(st.sampled_from([False, True, "match"]))
        made.append(entry)
    return made


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    key: dict[str, Any] = {"admins": draw(entries(["admin", "delete", "audit"]))}
    if draw(st.booleans()):
        key["users"] = draw(entries(["decrypt", "encrypt", "encrypt-decrypt", "grant", "sign"]))
    if draw(st.booleans()):
        key["accounts"] = [{"other": {"can": "decrypt"}}]
    if draw(st.booleans()):
        key["services"] = [draw(st.sampled_from([{"cloudtrail": {"trail": "t"}}, {"sns": {"topic": "x"}}]))]
    if draw(st.booleans()):
        key["root"] = draw(st.sampled_from(["recovery", "delegate", "delegate-admin"]))
    if draw(st.booleans()):
        key["deployer"] = draw(WHO)
    return key


def renamed(value: Any, number: int) -> Any:
    """The same with other names of roles, but for the first key and for what is told by an ARN's look."""
    if isinstance(value, dict):
        return {name: renamed(one, number) for name, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, number) for one in value]
    plain = isinstance(value, str) and value.startswith(("role/", "user/", "other/role/"))
    return f"{value}{number}" if plain and number else value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(shapes(), min_size=1, max_size=2))
def test_a_key_among_others_alike_gets_what_it_gets_alone(drawn: list[dict[str, Any]]) -> None:
    made = {f"k{place}-{n}": renamed(shape, n) for n in range(4) for place, shape in enumerate(drawn)}
    text = HEAD + yaml.safe_dump({"keys": made}, sort_keys=False)
    assert compiled_with(text, sharing=True) == compiled_with(text, sharing=False)


def test_what_is_alike_is_rendered_and_proved_once_however_many_keys_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"proved": 0, "rendered": 0}

    def counted(name: str, function: Any) -> Any:
        def count(*given: Any, **named: Any) -> Any:
            work[name] += 1
            return function(*given, **named)

        return count

    monkeypatch.setattr(guarantee, "check", counted("proved", guarantee.check))
    monkeypatch.setattr(Rendering, "_whole", counted("rendered", Rendering._whole))
    keys(many(4))
    few = dict(work)
    work.update(proved=0, rendered=0)
    keys(many(40))
    assert work == few
    # The first key, and the shape when it is met again; `decrypt` once for each side of the account's border.
    assert few == {"proved": 2, "rendered": 8}


def test_each_of_many_keys_alike_has_its_own_names_and_places() -> None:
    made = keys(many(5))
    for number, key in enumerate(made.values()):
        by_sid = {one.sid: one for one in key.policy.statements}
        assert {who.value for who in by_sid["Admin"].principals} == {
            role(f"admin-{number}"),
            role(f"team/deploy-{number}"),
        }
        assert {who.value for who in by_sid["DecryptViaS3"].principals} == {
            role(f"etl-{number}"),
            f"arn:aws:iam::{444455550000 + number}:root",
        }
        assert [one.line for one in by_sid["Admin"].origin] == [HEAD.count("\n") + 3 + 9 * number] * 2


def test_the_same_mistake_is_told_of_every_key_that_makes_it() -> None:
    text = many(4, "  key-{0}:\n    admins: [role/admin-{0}]\n    users: [role/app-{0}: {{can: sign}}]\n")
    told = messages(text)
    first = HEAD.count("\n") + 4
    assert [one.partition(":")[0] for one in told] == [str(first + 3 * number) for number in range(4)]
    assert all("`sign` is for keys used for" in one for one in told)


def test_keys_whose_principals_are_the_same_in_other_places_are_not_alike() -> None:
    text = f"""{HEAD}keys:
  a: {{admins: [role/x], users: [role/y]}}
  b: {{admins: [role/x], users: [role/y]}}
  c: {{admins: [role/x], users: [role/x]}}
"""
    made = keys(text)
    assert len(made["b"].policy.statements) == 3
    assert made["c"].policy == keys(text.replace("  a:", "  z:"))["c"].policy


def test_a_key_whose_services_make_no_statement_of_their_own_is_compiled_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its callers are principals of IAM, whose statements may be merged with those of entries.
    proved: list[str] = []
    check = guarantee.check

    def counted(context: Any, *given: Any) -> None:
        proved.append(context.key.name)
        check(context, *given)

    monkeypatch.setattr(guarantee, "check", counted)
    key = "  key-{0}:\n    admins: [role/admin-{0}]\n    services: [cloudwatch-logs: {{log_group: x, for: [role/w-{0}]}}]\n"
    keys(many(4, key))
    assert [proved.count(f"key-{number}") for number in (0, 2, 3)] == [1, 1, 1]
