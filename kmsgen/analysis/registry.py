"""The rules there are: every file of `rules/`, with its code, severity and documentation read from the file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from kmsgen.analysis import rules
from kmsgen.analysis.finding import SEVERITIES, Found, Severity
from kmsgen.analysis.subject import KeySubject, Subject, View
from kmsgen.errors import KmsgenError, Problem, Problems, did_you_mean
from kmsgen.semantics.world import KeyFacts

OfStatement = Callable[[View, KeyFacts], Iterable[Found]]
OfPolicy = Callable[[Subject], Iterable[Found]]
OfKey = Callable[[KeySubject], Iterable[Found]]

FAMILIES = {
    "1": "exposure",
    "2": "duties",
    "3": "lockout",
    "4": "dead or broken",
    "5": "key settings",
    "6": "check itself",
}
"""What the first digit of a code says."""

_SOURCE = re.compile(r"^Source: (\S+)$", re.MULTILINE)
_JUDGED = "unreadable-policy"
_SECTIONS = re.compile(r"^(Avoid|Prefer):\n\n", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule; it is no other, so that what it found of a statement is remembered without looking into it."""

    code: str
    name: str
    severity: Severity
    summary: str
    """One sentence."""
    why: str
    """What is bad about it, in paragraphs."""
    avoid: str
    prefer: str
    sources: tuple[str, ...]
    """Where it is documented."""
    like: tuple[str, ...] = ()
    """Checks of other tools that are about the same: `checkov CKV_AWS_33`."""
    of_statement: OfStatement | None = None
    """A rule about one statement: its findings depend on nothing else but what is known of the key."""
    of_policy: OfPolicy | None = None
    """A rule about a whole policy: its findings depend on nothing else but what a `Subject` has."""
    of_key: OfKey | None = None
    """A rule about a key: what else is known of it, or the very text of its policy."""

    @property
    def family(self) -> str:
        """What it is about."""
        return FAMILIES[self.code[3]]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its code."""
    modules = (importlib.import_module(f"{rules.__name__}.{one.name}") for one in pkgutil.iter_modules(rules.__path__))
    return tuple(sorted((_rule(module) for module in modules), key=lambda rule: rule.code))


def _rule(module: ModuleType) -> Rule:
    summary, text = inspect.getdoc(module).split("\n\n", 1)  # type: ignore[union-attr]
    sources = tuple(_SOURCE.findall(text))
    parts = _SECTIONS.split(_SOURCE.sub("", text).strip())
    said = dict(zip(parts[1::2], parts[2::2], strict=True))
    severity: Severity = module.SEVERITY
    assert severity in SEVERITIES
    return Rule(
        module.CODE,
        module.__name__.rpartition(".")[2].replace("_", "-"),
        severity,
        " ".join(summary.split()),
        parts[0].strip(),
        inspect.cleandoc(said["Avoid"]),
        inspect.cleandoc(said["Prefer"]),
        sources,
        tuple(getattr(module, "LIKE", ())),
        getattr(module, "check_statement", None),
        getattr(module, "check", None),
        getattr(module, "check_key", None),
    )


@cache
def find(word: str) -> Rule | None:
    """The rule of that code or name, in any case."""
    lower = word.lower()
    return next((rule for rule in all_rules() if lower in (rule.code.lower(), rule.name)), None)


@cache
def rule_named(name: str) -> Rule:
    """A rule that the engine knows by its name."""
    rule = find(name)
    assert rule is not None, name
    return rule


def meant(word: str) -> tuple[Rule, ...]:
    """The rules that a user means: one by code or name, or all whose code begins so (`KMS1`), or a family.

    Raises `KmsgenError` where there is none.
    """
    if (one := find(word)) is not None:
        return (one,)
    lower = word.lower()
    found = tuple(
        rule for rule in all_rules() if (lower.startswith("kms") and rule.code.lower().startswith(lower))
        or rule.family == lower
    )  # fmt: skip
    if found:
        return found
    raise KmsgenError(unknown_rule(word))


def unknown_rule(word: str) -> Problem:
    """What is to be said where a word names no rule."""
    known = [one for rule in all_rules() for one in (rule.name, rule.code)]
    hint = did_you_mean(word, known) or "`kmsgen catalog rules` lists what there is"
    return Problem(f"unknown rule `{word}`", hint=hint)


def selected(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that some words name (all where there are none) without those that others name, by their code.

    A word may be several with commas between them. That a key could not be judged at all is told whatever is selected,
    unless it is ignored. Raises `KmsgenError` with every word that names no rule.
    """
    problems = Problems()
    chosen, ignored = _named(select, problems), _named(ignore, problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    chosen = chosen | {rule for rule in all_rules() if not chosen or rule.name == _JUDGED}
    return tuple(rule for rule in all_rules() if rule in chosen and rule not in ignored)


def _named(words: Iterable[str], problems: Problems) -> set[Rule]:
    found: set[Rule] = set()
    for word in (part.strip() for one in words for part in one.split(",")):
        try:
            found.update(meant(word))
        except KmsgenError as error:
            problems.extend(error.problems)
    return found
