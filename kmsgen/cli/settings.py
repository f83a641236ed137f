"""What a configuration may set: each setting with its kind, and the parameter of each command that it fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from kmsgen.cli.choices import Emit, FailOn, Format, Severity
from kmsgen.errors import Problem, did_you_mean

Place = Literal["", "new", "file", "folder", "any"]


class Setting(NamedTuple):
    """One setting; a text unless it says otherwise."""

    parameters: Mapping[str, str]
    """The commands that take it, each with the name of its parameter."""
    many: bool = False
    """Whether it is a list."""
    flag: bool = False
    """Whether it is true or false."""
    choices: tuple[str, ...] = ()
    """What it may be; empty for any text."""
    place: Place = ""
    """Whether it is a path, relative to the file that says it, and what must be there."""
    digits: bool = False
    """Whether it is an account's number."""
    rules: bool = False
    """Whether it names rules of `check`."""
    region: bool = False
    """Whether it is a Region."""
    pairs: bool = False
    """Whether it gives parameters of stacks, each as `NAME=VALUE`."""

    @property
    def noun(self) -> str:
        """What a value of it is called."""
        if self.flag:
            return "`true` or `false`"
        return "a list of strings" if self.many else "a string"


def _of(choices: Iterable[StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in choices)


def _same(parameter: str, *commands: str) -> dict[str, str]:
    return dict.fromkeys(commands, parameter)


class Value(NamedTuple):
    """What a setting is, and who says so."""

    value: Any
    origin: str
    """The file, or the name of the variable."""


_MAKING = ("generate", "init", "catalog", "schema")
_READING = ("check", "diff", "explain", "can", "why", "import")

SETTINGS: dict[str, Setting] = {
    "paths": Setting(
        {"generate": "paths", **_same("sources", "check", "explain"), "diff": "planned"}, many=True, place="any"
    ),
    "formats": Setting({"generate": "format_"}, many=True, choices=_of(Format)),
    "out": Setting({"generate": "out"}, place="new"),
    "emit": Setting({"generate": "emit"}, choices=_of(Emit)),
    "environments": Setting({"generate": "environment"}, many=True),
    "companion": Setting({"generate": "companion"}, flag=True),
    "import-blocks": Setting({"generate": "import_blocks"}, flag=True),
    "templates": Setting(_same("templates", *_MAKING, *_READING), many=True, place="folder"),
    "severity": Setting({"check": "severity"}, choices=_of(Severity)),
    "select": Setting({"check": "select"}, many=True, rules=True),
    "ignore": Setting({"check": "ignore"}, many=True, rules=True),
    "guardrails": Setting({"check": "guardrails"}, many=True, place="file"),
    "baseline": Setting({"check": "baseline"}, place="new"),
    "caller": Setting({"check": "caller"}),
    "fail-on": Setting({"diff": "fail_on"}, choices=_of(FailOn)),
    "account": Setting(_same("account", *_READING), digits=True),
    "region": Setting(_same("region", *_READING), region=True),
    "parameters": Setting(_same("parameter", *_READING), many=True, pairs=True),
}
"""Every setting by its name, as `kmsgen.toml` and messages have it."""


def variable(name: str) -> str:
    """The environment variable of a setting.

    >>> variable("fail-on")
    'KMSGEN_FAIL_ON'
    """
    return f"KMSGEN_{name.upper().replace('-', '_')}"


def unfit(name: str, setting: Setting, said: str) -> Problem | None:
    """What is wrong with a text as the value, or one of the values, of a setting."""
    if setting.choices and said not in setting.choices:
        known = ", ".join(f"`{one}`" for one in setting.choices)
        hint = did_you_mean(said, setting.choices)
        return Problem(f"`{name}` knows {known}, not `{said}`", hint=hint)
    if setting.digits and not (len(said) == 12 and said.isascii() and said.isdigit()):
        return Problem(f"`{name}` takes twelve digits, not `{said}`")
    if setting.region and said:
        from kmsgen.catalog.principals import region_mistake

        hint = region_mistake(said)
        return Problem(f"`{name}` takes a Region, and `{said}` is none", hint=hint) if hint else None
    if setting.pairs and said:
        from kmsgen.sources.parameters import unfit as unfit_parameter  # which most configurations have no need of

        return unfit_parameter(said, name)
    return None if said else Problem(f"`{name}` has an empty text", hint="leave it away, or say what it is")
