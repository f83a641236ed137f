"""What `kmsgen init` needs to know: by flags, or by question on a terminal; each answer is held to what it must be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from kmsgen.blueprint.document import NAME
from kmsgen.blueprint.grammar import Grammar, RefusedError
from kmsgen.blueprint.model import Who
from kmsgen.catalog.principals import ACCOUNT, REGION, REGIONS, partition_of
from kmsgen.cli import render
from kmsgen.errors import KmsgenError, Location, Problem, did_you_mean

Answers = dict[str, str]
_NOWHERE = Location("", 1, 1)
_SOME_ACCOUNT = "1" * 12


class Refusal(NamedTuple):
    """Why an answer will not do, and what to say instead."""

    message: str
    hint: str | None = None


class Question(NamedTuple):
    """One thing to know."""

    text: str
    usual: str
    """The answer of who only presses return; empty where there is none."""
    refuse: Callable[[str, Answers], Refusal | None]
    """What is wrong with an answer, with the answers before it."""


def _account(given: str, before: Answers) -> Refusal | None:
    return (
        None if ACCOUNT.fullmatch(given) else Refusal(f"`{given}` is not twelve digits", "write it like 111122223333")
    )


def _region(given: str, before: Answers) -> Refusal | None:
    if given in REGIONS:
        return None
    near = did_you_mean(given, REGIONS)
    # AWS opens Regions that this version does not know; what is near one that it knows is a slip.
    fine = REGION.fullmatch(given) and near is None
    return None if fine else Refusal(f"`{given}` is no Region", near or "write it like eu-west-1")


def _key(given: str, before: Answers) -> Refusal | None:
    hint = "letters, digits, `-` and `_`: it becomes part of file names"
    return None if NAME.fullmatch(given) else Refusal(f"`{given}` cannot be the name of a key", hint)


def _who(given: str, before: Answers) -> Who:
    """The principal that is meant; where no account or Region is settled, as seen from some other.

    Raises `RefusedError` where it is none.
    """
    account = before.get("account", _SOME_ACCOUNT)
    partition = partition_of(before.get("region", QUESTIONS["region"].usual))
    return Grammar(account, partition, {"main": account}).parse(given, _NOWHERE)


def _principal(given: str, before: Answers) -> Refusal | None:
    if given.startswith("arn:") and "region" not in before:
        return None  # its partition may be that of the Region
    try:
        who = _who(given, before)
    except RefusedError as refused:
        return Refusal(refused.message, refused.hint)
    if who.kind == "root":
        return Refusal(f"`{given}` is a whole account, not a principal of its own", "name a role: role/NAME")
    return None


def _admin(given: str, before: Answers) -> Refusal | None:
    refused = _principal(given, before)
    if refused is not None or not {"account", "region"} <= before.keys():
        return refused
    if _who(given, before).account != before["account"]:
        return Refusal(f"`{given}` is of another account", "KMS lets nobody in another account manage a key")
    return None


QUESTIONS: dict[str, Question] = {
    "account": Question("The key's account, twelve digits", "", _account),
    "region": Question("Its Region", "eu-west-1", _region),
    "key": Question("What the key is called", "app-data", _key),
    "admin": Question("Who manages it", "role/KeyAdmins", _admin),
    "user": Question("Who uses it", "role/App", _principal),
}


def gather(given: Mapping[str, str | None]) -> Answers:
    """An answer to every question: those of flags, and the others as somebody at a terminal gives them.

    Raises `KmsgenError` with everything that is wrong with the flags, or missing where there is nobody to ask.
    """
    answers, problems = Answers(), list[Problem]()
    asks = sys.stdin.isatty()
    for name, question in QUESTIONS.items():
        said = given[name]
        if said is not None and (refused := question.refuse(said, answers)) is not None:
            problems.append(Problem(f"`--{name}`: {refused.message}", hint=refused.hint))
        elif said is not None:
            answers[name] = said
        elif not asks:
            hint = f"give `--{name}`" + (f", as `--{name} {question.usual}`" if question.usual else "")
            problems.append(Problem(f"there is nobody to ask for `{name}`", hint=hint))
    if problems:
        raise KmsgenError(*problems)
    for name, question in QUESTIONS.items():
        if name not in answers:
            answers[name] = _asked(name, question, answers)
    return answers


def _asked(name: str, question: Question, before: Answers) -> str:
    """The first answer that will do."""
    while True:
        usual = f" [{question.usual}]" if question.usual else ""
        print(f"{question.text}{usual}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            raise KmsgenError(Problem(f"nothing was said of `{name}`", hint=f"answer, or give `--{name}`"))
        said = line.strip() or question.usual
        refused = question.refuse(said, before)
        if refused is None:
            return said
        hint = f"; {refused.hint}" if refused.hint else ""
        print(render.safe(f"  {refused.message}{hint}"), file=sys.stderr)
