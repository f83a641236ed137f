"""Parameters of CloudFormation stacks: the values that the user gives, and what a template says of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsgen.documents import Document
from kmsgen.errors import KmsgenError, PolicyError, Problem, Problems, did_you_mean

PSEUDO = "AWS::"
_EXAMPLE = "write it like `--parameter Environment=production`"
_OTHERWISE = {
    "AWS::AccountId": "--account",
    **dict.fromkeys(("AWS::Region", "AWS::Partition", "AWS::URLSuffix"), "--region"),
}
_GIVEN_PSEUDO = ("AWS::StackName", "AWS::StackId")
_FEW = 4
"""So many allowed values are shown where one of them is asked for."""


@dataclass(frozen=True)
class Parameters:
    """The values that the user gives."""

    values: Mapping[str, str] = field(default_factory=dict)
    wanted: bool = True
    """Whether some template must have each of them: those of a configuration are for many runs."""
    _declared: set[str] = field(default_factory=set, compare=False, repr=False)

    def meet(self, names: Iterable[str]) -> None:
        """Take note of the parameters of one template."""
        self._declared.update(names)

    @property
    def declared(self) -> list[str]:
        """The parameters of the templates that were read, sorted."""
        return sorted(self._declared)

    def unmet(self) -> Iterator[Problem]:
        """The names that no template has which was read, each as a mistake."""
        for name in self.values:
            if self.wanted and name not in self._declared and not name.startswith(PSEUDO):
                known = self.declared
                listed = ", ".join(f"`{one}`" for one in known[:8]) + (" …" if len(known) > 8 else "")
                there = f"the parameters are {listed}" if known else "none of the sources is a template with parameters"
                yield Problem(f"there is no parameter `{name}`", hint=did_you_mean(name, known) or there)


def parameters_of(given: Iterable[str], *, wanted: bool = True) -> Parameters:
    """The parameters in `NAME=VALUE`s.

    Raises `KmsgenError` with every one that is none.
    """
    problems, values = Problems(), dict[str, str]()
    for one in given:
        name, _, value = one.partition("=")
        if (wrong := unfit(one)) is not None:
            problems.add(wrong)
        elif values.setdefault(name, value) != value:
            problems.error(f"`--parameter {name}` is given as `{values[name]}` and as `{value}`", hint="give it once")
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return Parameters(values, wanted)


def unfit(text: str, said: str = "--parameter") -> Problem | None:
    """What is wrong with a text as a `NAME=VALUE`."""
    name, equals, _ = text.partition("=")
    if not equals or not name.strip():
        return Problem(f"`{said}` takes `NAME=VALUE`, not `{text}`", hint=_EXAMPLE)
    if name in _OTHERWISE:
        return Problem(f"`{name}` is given by `{_OTHERWISE[name]}`", hint=f"leave out `{text}`")
    if name.startswith(PSEUDO) and name not in _GIVEN_PSEUDO:
        listed = ", ".join(f"`{one}`" for one in _GIVEN_PSEUDO)
        return Problem(f"`{name}` cannot be given", hint=f"of the pseudo-parameters only {listed} can")
    return None


def asked_for(names: Iterable[str], declared: Mapping[str, Any]) -> str:
    """The options that give the values of some parameters, for a message.

    >>> asked_for(["AWS::Region", "Env"], {"Env": {"AllowedValues": ["dev", "prod"]}})
    '`--parameter Env=dev|prod` and `--region`'
    """
    options = {f"`{_option(name, declared.get(name))}`" for name in names}
    return " and ".join(sorted(options))


def _option(name: str, parameter: Any) -> str:
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    allowed = _allowed(parameter)
    return f"--parameter {name}={'|'.join(allowed) if allowed and len(allowed) <= _FEW else 'VALUE'}"


def _allowed(parameter: Any) -> list[str]:
    listed = parameter.get("AllowedValues") if isinstance(parameter, Mapping) else None
    return [text(one) for one in listed] if isinstance(listed, list) else []


def text(value: object) -> str:
    """A single value as CloudFormation has it: all parameters are texts.

    >>> text(True), text(7)
    ('true', '7')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def declared(document: Document) -> Mapping[str, Any]:
    """The parameters of a template, as it declares them.

    Raises `PolicyError` where they are no mapping.
    """
    found = document.data.get("Parameters", {})
    if not isinstance(found, Mapping):
        raise PolicyError(Problem("`Parameters` is a mapping", document.at(("Parameters",))))
    return found


def values(document: Document, given: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The parameters of which the value is known, given or by default.

    Raises `PolicyError` with every value that the template does not allow.
    """
    problems = Problems()
    for name, parameter in declared(document).items():
        kind = str(parameter.get("Type", "")) if isinstance(parameter, Mapping) else ""
        if name in given:
            _see(name, kind, given[name], document, problems)
            yield name, _value(given[name], kind)
            continue
        default = parameter.get("Default") if isinstance(parameter, Mapping) else None
        # A parameter of these types names where the value is to be found.
        if default is not None and not kind.startswith("AWS::SSM::Parameter::Value"):
            yield name, _value(text(default), kind)
    yield from ((name, value) for name, value in given.items() if name.startswith(PSEUDO))
    if problems.errors:
        raise PolicyError(*problems.errors)


def _value(said: str, kind: str) -> Any:
    listed = kind == "CommaDelimitedList" or "List<" in kind
    return [item.strip() for item in said.split(",")] if listed else said


def _see(name: str, kind: str, value: str, document: Document, problems: Problems) -> None:
    """Hold a value to what the template allows."""
    allowed, at = _allowed(declared(document)[name]), document.at(("Parameters", name, "AllowedValues"))
    for one in _value(value, kind) if isinstance(_value(value, kind), list) else [value]:
        if allowed and one not in allowed:
            listed = ", ".join(f"`{each}`" for each in allowed[:12]) + (" …" if len(allowed) > 12 else "")
            hint = did_you_mean(one, allowed) or f"it is one of {listed}"
            problems.error(f"the parameter `{name}` cannot be `{one}`", at, hint)
    if kind == "Number" and not _is_number(value):
        problems.error(f"the parameter `{name}` is a number, not `{value}`", document.at(("Parameters", name, "Type")))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
