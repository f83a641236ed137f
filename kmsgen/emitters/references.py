"""References in output: as variables and parameters, or as they are; and what a format cannot write, collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kmsgen.errors import Location, OutputError, Problems
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.reference import Reference

_SUB_NAME = re.compile(r"\$\{([^!}][^}]*)\}")


class Refusals:
    """What one format cannot hold; raised together."""

    def __init__(self, format_: str) -> None:
        self._format = format_
        self._problems = Problems()

    def reference(self, reference: Reference, key: Key, why: str) -> None:
        """A reference that cannot be written."""
        self.add(
            f"`{reference.name}`, which key `{key.name}` names, cannot be written as {self._format}: {why}",
            reference.at or key.at,
            "give its `arn` beside the reference, or leave this format out",
        )

    def add(self, message: str, at: Location, hint: str | None) -> None:
        """Anything else."""
        self._problems.error(message, at, hint)

    def raise_if_any(self) -> None:
        """Raise `OutputError` with all of them."""
        if self._problems.errors:
            raise OutputError(*self._problems.errors)


class Input(NamedTuple):
    """What stands for a reference in a generated file: a Terraform variable, a CloudFormation parameter."""

    name: str
    description: str
    default: str | None


class Inputs:
    """The inputs that a file needs, by name, and what is written in the place of each reference."""

    def __init__(self, bundle: Bundle, refusals: Refusals) -> None:
        self._inline = bundle.inline_references
        self._refusals = refusals
        self._inputs: dict[str, tuple[Input, Reference]] = {}

    def take(
        self, reference: Reference, key: Key, name: str, expression: Any, written: str, inline: Callable[[], Any]
    ) -> Any:
        """What to write for a reference whose spelling in this format is `expression`, None where it has none.

        Gives `inline()` where references are written as they are, and the ARN where only that is known; otherwise
        None, after which the input `name` stands for it.
        """
        if expression is None:
            if reference.arn is None:
                self._refusals.reference(reference, key, f"it says neither `{written}` nor `arn`")
            return str(reference)
        if self._inline:
            return inline()
        made = Input(name, f"ARN of {reference.name}", reference.arn)
        known = self._inputs.setdefault(name, (made, reference))[1]
        if (known.terraform, known.cloudformation, known.arn) != (
            reference.terraform,
            reference.cloudformation,
            reference.arn,
        ):
            message = f"`{reference.name}` and `{known.name}` would both be the input `{name}`"
            self._refusals.add(message, reference.at or key.at, "rename one of them")
        return None

    def __iter__(self) -> Iterator[Input]:
        return iter(sorted(made for made, _ in self._inputs.values()))


def stays(intrinsic: Any) -> bool:
    """Whether a CloudFormation intrinsic means the same in any template: imports and pseudo-parameters do."""
    if isinstance(intrinsic, list):
        return all(stays(item) for item in intrinsic)
    if not isinstance(intrinsic, dict):
        return True
    function: str = next(iter(intrinsic), "")
    argument: Any = intrinsic.get(function)
    if function == "Ref":
        return str(argument).startswith("AWS::")
    if function == "Fn::Sub":
        template, given = (argument, {}) if isinstance(argument, str) else argument
        names = [name for name in _SUB_NAME.findall(template) if name not in given]
        return all(name.startswith("AWS::") for name in names) and all(stays(value) for value in given.values())
    return function in ("Fn::ImportValue", "Fn::Join", "Fn::Select", "Fn::Split") and stays(argument)
