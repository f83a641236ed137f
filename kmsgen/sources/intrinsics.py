"""CloudFormation's functions: a value of a template as plain data, symbols where only a stack would know it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from kmsgen.catalog.principals import partition_of
from kmsgen.documents import Document, Path
from kmsgen.errors import Location
from kmsgen.policy.reference import is_symbolic, stack_symbol
from kmsgen.sources import parameters
from kmsgen.sources.model import Options
from kmsgen.sources.stack_conditions import Conditions, Decided, UnreadableError

_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
# ARNs are taken apart at colons, and wildcards mean something in conditions: a symbol has neither. Each character has
# another in its place of its own, so that different names are different symbols.
_IN_SYMBOLS = str.maketrans(":*?${}⟨⟩ ", "∶∗？＄｛｝‹›␣")

_WORDS = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user"}
"""The resources whose ARNs are known by their names, each as its ARN calls it."""
NO_VALUE = object()
"""What `AWS::NoValue` makes: the property is left out."""


def symbol(name: str) -> str:
    """The text that stands for something that only the stack knows."""
    return stack_symbol(name.replace("AWS::", "AWS.").translate(_IN_SYMBOLS))


class _Places(Mapping[Path, Location]):
    """The places in a part of a template that is worked out, each looked up when it is asked for."""

    def __init__(self, document: Document, origins: dict[Path, Path]) -> None:
        self._document = document
        self._origins = origins

    def __getitem__(self, path: Path) -> Location:
        if (at := self._document.at(self._origins[path])) is None:
            raise KeyError(path)
        return at

    def __iter__(self) -> Iterator[Path]:
        return iter(self._origins)

    def __len__(self) -> int:
        return len(self._origins)


class _Target(NamedTuple):
    """Where a part of what is worked out will stand, and where in the template all comes from that stands there."""

    origins: dict[Path, Path]
    path: Path = ()

    def below(self, step: str | int) -> _Target:
        return _Target(self.origins, (*self.path, step))


@dataclass(frozen=True)
class Template:
    """A template, and what is known of the stack that it will be."""

    document: Document
    options: Options
    known: Mapping[str, Any] = field(default_factory=dict)
    """Values of parameters and pseudo-parameters by name."""
    purpose: Literal["values", "references", "conditions"] = "values"
    """What is worked out: values; or values with a symbol for all that the template refers to, also where its value is
    known; or what conditions test."""
    used: set[str] = field(default_factory=set)
    """The parameters whose defaults were taken, as they were met."""
    assumed: dict[str, Decided] = field(default_factory=dict)
    """The conditions that defaults decided, as they were met."""

    @property
    def resources(self) -> Mapping[str, Any]:
        """The resources by their logical ids."""
        found = self.document.data.get("Resources")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def refers(self) -> bool:
        """Whether anything in it may refer to something of which the value is known all the same."""
        if any(not name.startswith(parameters.PSEUDO) for name in self.known):
            return True
        return any(isinstance(one, Mapping) and str(one.get("Type")) in _WORDS for one in self.resources.values())

    def value_of(self, name: str) -> str:
        """A parameter's or a pseudo-parameter's value, or the symbol for it."""
        return str(self._ref(name))

    def value(self, path: Path) -> Any:
        """What stands at a path, functions worked out.

        Raises `UnreadableError` for what depends on a condition that is not decided, or on a macro.
        """
        return self._value(self._data(path), path)

    def part(self, path: Path) -> Document:
        """The same as a document, in which everything has the place that it has in the template.

        Raises `UnreadableError` as `value` does.
        """
        origins: dict[Path, Path] = {}
        data = self._value(self._data(path), path, _Target(origins))
        return Document(data, self.document.name, _Places(self.document, origins))

    def _data(self, path: Path) -> Any:
        data: Any = self.document.data
        for step in path:
            data = data[step]
        return data

    def _value(self, data: Any, path: Path, to: _Target | None = None) -> Any:
        if to is not None:
            to.origins[to.path] = path
        if isinstance(data, list):
            made: list[Any] = []
            for index, item in enumerate(data):
                value = self._value(item, (*path, index), to and to.below(len(made)))
                made += [] if value is NO_VALUE else [value]
            return made
        if not isinstance(data, Mapping):
            return data
        if len(data) == 1:
            ((function, argument),) = data.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._function(function, argument, (*path, function), to)
        pairs = {name: self._value(item, (*path, name), to and to.below(name)) for name, item in data.items()}
        return {name: item for name, item in pairs.items() if item is not NO_VALUE}

    def _function(self, function: str, argument: Any, path: Path, to: _Target | None) -> Any:
        if function == "Ref" and isinstance(argument, str):
            return self._ref(argument)
        if function == "Fn::GetAtt":
            return self._attribute(".".join(map(str, argument)) if isinstance(argument, list) else str(argument))
        if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            return self._if(argument, path, to)
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
        if name not in self.known or (self.purpose == "references" and not name.startswith(parameters.PSEUDO)):
            return symbol(name)
        if self._is_default(name):
            # An empty default is what conditions test for, and says of nothing what it is.
            if self.known[name] == "" and self.purpose != "conditions":
                return symbol(name)
            self.used.add(name)
        return self.known[name]

    def _is_default(self, name: str) -> bool:
        return not name.startswith(parameters.PSEUDO) and name not in self.options.parameters.values

    def _attribute(self, name: str) -> str:
        """A role's or a user's ARN says what it is and where, even where its name is not known."""
        logical, _, attribute = name.partition(".")
        resource = self.resources.get(logical)
        kind = str(resource.get("Type")) if isinstance(resource, Mapping) else ""
        if self.purpose == "references" or attribute != "Arn" or kind not in _WORDS:
            return symbol(name)
        word = _WORDS[kind]
        properties = resource.get("Properties") if isinstance(resource, Mapping) else None
        path = ("Resources", logical, "Properties")
        given = properties if isinstance(properties, Mapping) else {}
        called = self.value((*path, f"{word.title()}Name")) if f"{word.title()}Name" in given else symbol(logical)
        folder = self.value((*path, "Path")) if "Path" in given else "/"
        if not isinstance(called, str) or not isinstance(folder, str) or is_symbolic(folder):
            called, folder = symbol(logical), "/"
        return f"arn:{self._ref('AWS::Partition')}:iam::{self._ref('AWS::AccountId')}:{word}{folder}{called}"

    def condition(self, name: str, path: Path) -> Decided:
        """Whether a condition of the stack holds; that defaults decided it is noted.

        Raises `UnreadableError` where only CloudFormation can work it out.
        """
        plain = replace(self, purpose="conditions", used=set())
        found = Conditions(self.document.data.get("Conditions"), plain._value, self.known).decided(name, path)
        defaults = frozenset(filter(self._is_default, found.names))
        if found.holds is not None and defaults:
            self.assumed[name] = found._replace(names=defaults)
        return found

    def _if(self, argument: list[Any], path: Path, to: _Target | None) -> Any:
        name = str(argument[0])
        try:
            found = self.condition(name, path)
            which = f"it depends on the condition `{name}`{self.which(found)}"
        except UnreadableError as error:
            found, which = Decided(None), error.message
        if found.holds is not None:
            index = 1 if found.holds else 2
            return self._value(argument[index], (*path, index), to)
        then, other = self._value(argument[1], (*path, 1), to), self._value(argument[2], (*path, 2))
        if then == other:
            return then
        raise UnreadableError(which, path)

    def which(self, found: Decided) -> str:
        """What would decide a condition that is not decided, for the end of a message."""
        if not found.names:
            return ""
        asked = parameters.asked_for(found.names, parameters.declared(self.document))
        return f", which {asked} {'decide' if ' and ' in asked else 'decides'}"

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


def template(document: Document, options: Options) -> Template:
    """A template with what is known of its stack: what the user says, and the defaults of its parameters.

    Raises `PolicyError` with every value of a parameter that the template does not allow.
    """
    known: dict[str, Any] = {}
    if options.account:
        known["AWS::AccountId"] = options.account
        # Told otherwise by a Region; see the note that goes with it.
        known["AWS::Partition"] = "aws"
    if options.region:
        known["AWS::Region"] = options.region
        known["AWS::Partition"] = partition_of(options.region)
        known["AWS::URLSuffix"] = "amazonaws.com.cn" if options.region.startswith("cn-") else "amazonaws.com"
    given = options.parameters
    given.meet(parameters.declared(document))
    known.update(parameters.values(document, given.values))
    return Template(document, options, known)
