"""The header of a template: read from YAML, each field held to what it may say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from kmsgen.catalog import actions
from kmsgen.catalog.key_specs import ORIGINS, SPECS, USAGES
from kmsgen.catalog.principals import REGIONS
from kmsgen.errors import Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.nodes import Sequence as SequenceNode
from kmsgen.templates import families
from kmsgen.templates.model import (
    EVERY_ACTION,
    EVIDENCE,
    PARAMETER_TYPES,
    PATTERNS,
    AcrossAccounts,
    Kind,
    Parameter,
    Template,
)

_COMMON = (
    "summary", "source", "notes", "usage", "spec", "origin", "multi_region", "across_accounts", "for", "parameters",
    "one_of", "grants", "denies", "statements",
)  # fmt: skip
_OF_SERVICES = (
    "title", "service", "aliases", "pattern", "evidence", "caveats", "tightened", "unfenced", "exception", "region",
    "family", "with",
)  # fmt: skip
_PARAMETER = (
    "type", "summary", "many", "required", "default", "minimum", "maximum", "arn", "wildcards", "example",
)  # fmt: skip

Families = Callable[[str], Mapping | None]
"""The shared part of a name."""


@dataclass
class Header:
    """Reads the header of one template and collects what is wrong with it."""

    problems: Problems
    root: Mapping
    family: Families

    def template(self, kind: Kind, name: str) -> Template:
        """The template, as far as it can be read."""
        arguments = self._joined() if kind == "services" else {}
        known = (*_COMMON, *_OF_SERVICES) if kind == "services" else _COMMON
        for field_name, (key, _) in self.root.items.items():
            if field_name not in known:
                self.problems.error(
                    f"unknown field `{field_name}` in a template", key.at, did_you_mean(field_name, known)
                )
        denies = "denies" in self.root.items
        for needed in ("summary", "statements", "denies" if kind == "guards" else "grants"):
            if needed not in self.root.items:
                self.problems.error(f"the template has no `{needed}`", self.root.at)
        return Template(
            kind,
            name,
            self.root.source.location(1, 1),
            self._text("summary") or "",
            frozenset(self._actions("denies" if denies else "grants", whole=kind != "services")),
            denies,
            tuple(node for node in self._list("statements") if isinstance(node, Mapping)),
            sources=self._texts("source"),
            notes=self._text("notes"),
            usage=frozenset(self._words("usage", USAGES)),
            spec=frozenset(self._words("spec", tuple(SPECS))),
            origin=frozenset(self._words("origin", ORIGINS)),
            region=frozenset(self._words("region", tuple(REGIONS))),
            multi_region={"true": True, "false": False}.get(self._text("multi_region") or ""),
            across_accounts=self._word("across_accounts", get_args(AcrossAccounts)) or "no",  # type: ignore[arg-type]
            nouns=self._words("for", ("admins", "users", "accounts")),
            parameters=self._parameters(),
            one_of=tuple(node.value for node in self._list("one_of") if isinstance(node, Scalar)),
            title=self._text("title") or "",
            service=self._text("service") or "",
            aliases=self._texts("aliases"),
            pattern=self._word("pattern", PATTERNS),  # type: ignore[arg-type]
            evidence=self._word("evidence", EVIDENCE),  # type: ignore[arg-type]
            caveats=self._texts("caveats"),
            tightened=self._texts("tightened"),
            unfenced=self._reasons("unfenced"),
            exception=self._text("exception"),
            family=self._text("family"),
            arguments=arguments,
        )

    def _joined(self) -> dict[str, Node]:
        """Fills the header from its family, where it names one; what fills the family's arguments."""
        name = self._text("family")
        if name is None:
            return {}
        family, entry = self.family(name), self.root
        if family is None:
            self.problems.error(f"there is no family `{name}`", entry.items["family"][1].at)
            return {}
        self.root = families.joined(entry, family)
        return families.arguments(entry, family, self.problems)

    def _reasons(self, name: str) -> dict[str, str]:
        """One reason, or one for each action."""
        node = self.root.items[name][1] if name in self.root.items else None
        if isinstance(node, Mapping):
            return {action: self._text_of(node.items, action) or "" for action in node.items}
        text = self._text(name)
        return {} if text is None else {EVERY_ACTION: text}

    def _texts(self, name: str) -> tuple[str, ...]:
        """One text, or a list of them."""
        texts = []
        for node in self._list(name):
            if isinstance(node, Scalar) and node.tag is None:
                texts.append(node.value.strip())
            else:
                self.problems.error(f"`{name}` is a text, or a list of texts", node.at)
        return tuple(texts)

    def _word(self, name: str, known: Sequence[str]) -> str | None:
        return next(iter(self._words(name, known)), None)

    def _text(self, name: str) -> str | None:
        return self._text_of(self.root.items, name)

    def _text_of(self, items: dict[str, tuple[Scalar, Node]], name: str) -> str | None:
        if name not in items:
            return None
        node = items[name][1]
        if isinstance(node, Scalar) and node.tag is None:
            return node.value.strip()
        self.problems.error(f"`{name}` is a text", node.at)
        return None

    def _list(self, name: str) -> list[Node]:
        if name not in self.root.items:
            return []
        node = self.root.items[name][1]
        return node.items if isinstance(node, SequenceNode) else [node]

    def _words(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        words: list[str] = []
        for node in self._list(name):
            word = node.value if isinstance(node, Scalar) else ""
            if word in known:
                words.append(word)
            else:
                self.problems.error(f"unknown word `{word}` in `{name}`", node.at, did_you_mean(word, known))
        return tuple(words)

    def _actions(self, name: str, *, whole: bool) -> Iterator[str]:
        """Actions one by one; `kms:*` is for those who hand the key over, or lock it, as a `whole`."""
        for node in self._list(name):
            action = node.value if isinstance(node, Scalar) else ""
            wrong = actions.mistake(action)
            if wrong is not None:
                self.problems.error(wrong[0], node.at, wrong[1])
            elif not (whole and action == "kms:*") and ("*" in action or "?" in action):
                self.problems.error(f"`{action}` is a wildcard", node.at, "list the actions one by one")
            else:
                yield action

    def _parameters(self) -> dict[str, Parameter]:
        if "parameters" not in self.root.items:
            return {}
        node = self.root.items["parameters"][1]
        if not isinstance(node, Mapping):
            self.problems.error("`parameters` is a mapping of names", node.at)
            return {}
        return {name: self._parameter(name, spec) for name, (_, spec) in node.items.items()}

    def _parameter(self, name: str, node: Node) -> Parameter:
        items = node.items if isinstance(node, Mapping) else {}
        for field_name, (key, _) in items.items():
            if field_name not in _PARAMETER:
                near = did_you_mean(field_name, _PARAMETER)
                self.problems.error(f"unknown field `{field_name}` of a parameter", key.at, near)
        type_ = self._text_of(items, "type") or "string"
        if type_ not in PARAMETER_TYPES:
            near = did_you_mean(type_, PARAMETER_TYPES) or f"one of {', '.join(PARAMETER_TYPES)}"
            self.problems.error(f"unknown type `{type_}` of parameter `{name}`", node.at, near)
        return Parameter(
            name,
            type_,  # type: ignore[arg-type]
            self._text_of(items, "summary") or "",
            many=self._text_of(items, "many") == "true",
            required=self._text_of(items, "required") == "true",
            default=self._text_of(items, "default"),
            minimum=self._integer(items, "minimum"),
            maximum=self._integer(items, "maximum"),
            arn=self._arn(items, name, node) if type_ == "arn" else None,
            wildcards=self._text_of(items, "wildcards") == "true",
            example=self._text_of(items, "example"),
        )

    def _integer(self, items: dict[str, tuple[Scalar, Node]], name: str) -> int | None:
        text = self._text_of(items, name)
        return int(text) if text is not None and text.lstrip("-").isdecimal() else None

    def _arn(self, items: dict[str, tuple[Scalar, Node]], name: str, node: Node) -> str | None:
        """How the ARN of a name is made: `cloudtrail:{region}:{account}:trail/{}`; None where any ARN is taken."""
        text = self._text_of(items, "arn")
        if text is not None and (text.count(":") < 3 or text.count("{}") != 1 or text.startswith("arn:")):
            hint = "write it like `cloudtrail:{region}:{account}:trail/{}`"
            self.problems.error(f"`arn` of parameter `{name}` is no ARN without its partition", node.at, hint)
            return None
        return text
