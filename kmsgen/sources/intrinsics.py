"""CloudFormation's functions: a value of a template as plain data, symbols where only a stack would know it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsgen.catalog.principals import partition_of
from kmsgen.documents import Document, Path
from kmsgen.errors import PolicyError, Problem
from kmsgen.policy.reference import is_symbolic, stack_symbol
from kmsgen.sources.conditions import holds
from kmsgen.sources.model import Options

_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
# ARNs are taken apart at colons, and wildcards mean something in conditions: a symbol has neither. Each character has
# another in its place of its own, so that different names are different symbols.
_IN_SYMBOLS = str.maketrans(":*?${}⟨⟩ ", "∶∗？＄｛｝‹›␣")

NO_VALUE = object()
"""What `AWS::NoValue` makes: the property is left out."""


class UnreadableError(Exception):
    """A value that only CloudFormation can work out; the reason, and where it stands."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def symbol(name: str) -> str:
    """The text that stands for something that only the stack knows."""
    return stack_symbol(name.replace("AWS::", "AWS.").translate(_IN_SYMBOLS))


@dataclass(frozen=True)
class Template:
    """A template, and what is known of the stack that it will be."""

    document: Document
    options: Options
    known: Mapping[str, Any] = field(default_factory=dict)
    """Values of parameters and pseudo-parameters by name."""
    used: set[str] = field(default_factory=set)
    """The parameters whose defaults were taken, as they were met."""

    @property
    def resources(self) -> Mapping[str, Any]:
        """The resources by their logical ids."""
        found = self.document.data.get("Resources")
        return found if isinstance(found, Mapping) else {}

    def value_of(self, name: str) -> str:
        """A parameter's or a pseudo-parameter's value, or the symbol for it."""
        return str(self._ref(name))

    def value(self, path: Path) -> Any:
        """What stands at a path, functions worked out.

        Raises `UnreadableError` for what depends on a condition, or on a macro.
        """
        data: Any = self.document.data
        for step in path:
            data = data[step]
        return self._value(data, path)

    def _value(self, data: Any, path: Path) -> Any:
        if isinstance(data, list):
            items = (self._value(item, (*path, index)) for index, item in enumerate(data))
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(data, Mapping):
            return data
        if len(data) == 1:
            ((function, argument),) = data.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._function(function, argument, (*path, function))
        pairs = {name: self._value(item, (*path, name)) for name, item in data.items()}
        return {name: item for name, item in pairs.items() if item is not NO_VALUE}

    def _function(self, function: str, argument: Any, path: Path) -> Any:
        if function == "Ref" and isinstance(argument, str):
            return self._ref(argument)
        if function == "Fn::GetAtt":
            return self._attribute(".".join(map(str, argument)) if isinstance(argument, list) else str(argument))
        if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            return self._if(argument, path)
        worker = {
            "Fn::Sub": self._sub, "Fn::Join": self._join, "Fn::Select": self._select, "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map, "Fn::ImportValue": self._import,
        }.get(function)  # fmt: skip
        if worker is None:
            raise UnreadableError(f"`{function}` is worked out by CloudFormation alone", path)
        return worker(self._value(argument, path) if function != "Fn::Sub" else argument, path)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self.known:
            return symbol(name)
        if not name.startswith("AWS::"):
            self.used.add(name)
        return self.known[name]

    def _attribute(self, name: str) -> str:
        """A role's or a user's ARN says what it is and where, even where its name is not known."""
        logical, _, attribute = name.partition(".")
        resource = self.resources.get(logical)
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if attribute != "Arn" or kind not in ("AWS::IAM::Role", "AWS::IAM::User"):
            return symbol(name)
        word = "role" if kind == "AWS::IAM::Role" else "user"
        properties = resource.get("Properties") if isinstance(resource, Mapping) else None
        path = ("Resources", logical, "Properties")
        given = properties if isinstance(properties, Mapping) else {}
        called = self.value((*path, f"{word.title()}Name")) if f"{word.title()}Name" in given else symbol(logical)
        folder = self.value((*path, "Path")) if "Path" in given else "/"
        if not isinstance(called, str) or not isinstance(folder, str) or is_symbolic(folder):
            called, folder = symbol(logical), "/"
        return f"arn:{self._ref('AWS::Partition')}:iam::{self._ref('AWS::AccountId')}:{word}{folder}{called}"

    def _if(self, argument: list[Any], path: Path) -> Any:
        then, other = self._value(argument[1], (*path, 1)), self._value(argument[2], (*path, 2))
        if then == other:
            return then
        found = self._holds(argument[0])
        if found is not None:
            return then if found else other
        raise UnreadableError(f"it depends on the condition `{argument[0]}`", path)

    def _holds(self, condition: Any) -> bool | None:
        """Whether a condition holds by what is known, as the defaults of parameters; None where that is too little."""
        conditions = self.document.data.get("Conditions")
        return holds(str(condition), conditions if isinstance(conditions, Mapping) else {}, self._compared)

    def _compared(self, data: Any) -> str | None:
        """A text that a condition compares; None where only the stack knows it."""
        name = data.get("Ref") if isinstance(data, Mapping) and len(data) == 1 else None
        if isinstance(name, str) and name not in self.known and _default(self.document, name) == "":
            self.used.add(name)
            return ""
        try:
            found = self._value(data, ("Conditions",))
        except UnreadableError:
            return None
        known = isinstance(found, str | bool | int | float) and not is_symbolic(str(found))
        return self._text(found, ("Conditions",)) if known else None

    def _sub(self, argument: Any, path: Path) -> Any:
        text, given = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(given, Mapping):
            raise UnreadableError("`Fn::Sub` takes a text, or a list of a text and of values", path)
        values = {name: self._value(value, (*path, 1, name)) for name, value in given.items()}

        def put(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            name = name.strip()
            value = values[name] if name in values else self._attribute(name) if "." in name else self._ref(name)
            return self._text(value, path)

        return _SUB.sub(put, text)

    def _text(self, value: Any, path: Path) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise UnreadableError("a text is put together of something that is none", path)

    def _join(self, argument: Any, path: Path) -> str:
        if not (isinstance(argument, list) and len(argument) == 2):
            raise UnreadableError("`Fn::Join` takes a separator and a list", path)
        if not isinstance(argument[1], list):
            return symbol(f"Join.{argument[1]}")
        return str(argument[0]).join(self._text(item, path) for item in argument[1])

    def _split(self, argument: Any, path: Path) -> Any:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], str)):
            raise UnreadableError("`Fn::Split` takes a separator and a text", path)
        if is_symbolic(argument[1]):
            # A list of unknown length: as one symbol it is told apart from every other.
            return symbol(f"Split.{argument[1]}")
        return argument[1].split(str(argument[0]))

    def _select(self, argument: Any, path: Path) -> Any:
        if not (isinstance(argument, list) and len(argument) == 2):
            raise UnreadableError("`Fn::Select` takes a number and a list", path)
        index, items = str(argument[0]), argument[1]
        if isinstance(items, list) and index.isdecimal() and int(index) < len(items):
            return items[int(index)]
        return symbol(f"Select.{index}.{items}")

    def _find_in_map(self, argument: Any, path: Path) -> Any:
        keys = [str(one) for one in argument] if isinstance(argument, list) else [str(argument)]
        data: Any = self.document.data.get("Mappings")
        for key in keys:
            data = data.get(key) if isinstance(data, Mapping) else None
        return symbol("FindInMap." + ".".join(keys)) if data is None else self._value(data, path)

    def _import(self, argument: Any, path: Path) -> str:
        return symbol(f"ImportValue.{self._text(argument, path)}")


def _default(document: Document, name: str) -> Any:
    """The default of a parameter; None where it has none, or where it names what the value is to be found by."""
    parameters = document.data.get("Parameters")
    parameter = parameters.get(name) if isinstance(parameters, Mapping) else None
    if not isinstance(parameter, Mapping) or str(parameter.get("Type", "")).startswith("AWS::SSM::Parameter::Value"):
        return None
    return parameter.get("Default")


def template(document: Document, options: Options) -> Template:
    """A template with what is known of its stack: what the user says, and the defaults of its parameters."""
    known: dict[str, Any] = {}
    if options.account:
        known["AWS::AccountId"] = options.account
        # Told otherwise by a Region; see the note that goes with it.
        known["AWS::Partition"] = "aws"
    if options.region:
        known["AWS::Region"] = options.region
        known["AWS::Partition"] = partition_of(options.region)
        known["AWS::URLSuffix"] = "amazonaws.com.cn" if options.region.startswith("cn-") else "amazonaws.com"
    parameters = document.data.get("Parameters", {})
    if not isinstance(parameters, Mapping):
        raise PolicyError(Problem("`Parameters` is a mapping", document.at(("Parameters",))))
    for name, parameter in parameters.items():
        default = _default(document, name)
        kind = str(parameter.get("Type", "")) if isinstance(parameter, Mapping) else ""
        if default not in (None, ""):
            listed = kind == "CommaDelimitedList" or kind.startswith("List<")
            known[name] = [item.strip() for item in str(default).split(",")] if listed else default
    return Template(document, options, known)
