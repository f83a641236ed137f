"""Finds and loads templates: roles, services, guards and root modes, the user's own before the shipped ones.

A template is a YAML file whose header says what it is and bounds what it may do, and whose `statements` read as
key-policy statements with Jinja expressions as values. Filling them is the compiler's business (`compiler.render`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from kmsgen import nodes
from kmsgen.catalog import actions
from kmsgen.catalog.key_specs import ORIGINS, SPECS, USAGES
from kmsgen.errors import Location, Problem, Problems, TemplateError, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.nodes import Sequence as SequenceNode

Kind = Literal["roles", "services", "guards", "root"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ParameterType = Literal[
    "string", "integer", "boolean", "cidr", "vpc", "vpce", "account", "organization", "principal", "arn", "region"
]
PARAMETER_TYPES: tuple[ParameterType, ...] = get_args(ParameterType)

AcrossAccounts = Literal["no", "partly", "yes"]

_HEADER = (
    "summary", "source", "notes", "usage", "spec", "origin", "multi_region", "across_accounts", "for", "parameters",
    "one_of", "grants", "denies", "statements",
)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One parameter of a template."""

    name: str
    type: ParameterType
    summary: str
    many: bool = False
    """Whether a list may be given; the template then always sees a list."""
    required: bool = False
    default: Any = None
    """A value, or text with a Jinja expression; None drops what the parameter would have filled."""
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Template:
    """One template: its header, and its statements as they were written."""

    kind: Kind
    name: str
    at: Location
    """The beginning of its file."""
    summary: str
    """One sentence: what it lets somebody do, or what it forbids."""
    bound: frozenset[str]
    """The actions that it may grant (a guard: deny) at most."""
    denies: bool
    statements: tuple[Mapping, ...] = field(compare=False)
    source: str | None = None
    notes: str | None = None
    usage: frozenset[str] = frozenset()
    """The key usages that it fits; empty for all, and so with the next three."""
    spec: frozenset[str] = frozenset()
    origin: frozenset[str] = frozenset()
    multi_region: bool = False
    across_accounts: AcrossAccounts = "no"
    """Whether it may be given to another account; `partly` leaves out what KMS does not honour across accounts."""
    nouns: tuple[str, ...] = ()
    """A role's: which of a key's lists it may be given in."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    """Parameters of which at least one must be given."""


def shipped_folder() -> Path:
    """The folder of the templates that come with kmsgen: inside a wheel, or at the top of a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "_templates"
    return inside if inside.is_dir() else package.parent / "templates"


class Library:
    """Templates by kind and name; each is read when it is first asked for."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """`folders` are the user's own, the strongest first; the shipped ones come last."""
        self._folders = (*folders, shipped_folder())
        self._loaded: dict[tuple[Kind, str], Template | TemplateError] = {}

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The names of all templates of a kind, sorted."""
        found = {path.stem for folder in self._folders for path in (folder / kind).glob("*.yaml")}
        return tuple(sorted(found))

    def find(self, kind: Kind, name: str) -> Template | None:
        """The template of that name, or None where there is none.

        Raises `TemplateError` where its file is malformed.
        """
        if (kind, name) not in self._loaded:
            path = self._path(kind, name)
            if path is None:
                return None
            try:
                self._loaded[kind, name] = load(kind, name, _read(path), _shown(path))
            except TemplateError as error:
                self._loaded[kind, name] = error
        found = self._loaded[kind, name]
        if isinstance(found, TemplateError):
            raise found
        return found

    def all(self, kind: Kind) -> Iterator[Template]:
        """Every template of a kind, sorted by name."""
        for name in self.names(kind):
            template = self.find(kind, name)
            if template is not None:
                yield template

    def _path(self, kind: Kind, name: str) -> Path | None:
        if "/" in name or "\\" in name or name.startswith("."):
            return None
        paths = (folder / kind / f"{name}.yaml" for folder in self._folders)
        return next((path for path in paths if path.is_file()), None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(Problem(f"the template `{_shown(path)}` cannot be read: {error}")) from error


def _shown(path: Path) -> str:
    """How messages name a template's file: from `templates/` on where it is a shipped one."""
    try:
        return f"templates/{path.relative_to(shipped_folder()).as_posix()}"
    except ValueError:
        return path.as_posix()


def load(kind: Kind, name: str, text: str, file: str) -> Template:
    """The template that a text holds.

    Raises `TemplateError` with every mistake in its header.
    """
    root, problems = nodes.read(text, file)
    if problems:
        raise TemplateError(*problems)
    if not isinstance(root, Mapping):
        raise TemplateError(Problem("a template is a mapping", Location(file, 1, 1), "begin with `summary:`"))
    header = _Header(Problems(), root)
    template = header.template(kind, name)
    if header.problems.errors:
        raise TemplateError(*header.problems.errors)
    return template


@dataclass
class _Header:
    """Reads the header of one template and collects what is wrong with it."""

    problems: Problems
    root: Mapping

    def template(self, kind: Kind, name: str) -> Template:
        for field_name, (key, _) in self.root.items.items():
            if field_name not in _HEADER:
                near = did_you_mean(field_name, _HEADER)
                self.problems.error(f"unknown field `{field_name}` in a template", key.at, near)
        denies = "denies" in self.root.items
        for needed in ("summary", "statements", "denies" if kind == "guards" else "grants"):
            if needed not in self.root.items:
                self.problems.error(f"the template has no `{needed}`", self.root.at)
        across = self._words("across_accounts", get_args(AcrossAccounts)) or ("no",)
        return Template(
            kind,
            name,
            self.root.source.location(1, 1),
            self._text("summary") or "",
            frozenset(self._actions("denies" if denies else "grants")),
            denies,
            tuple(node for node in self._list("statements") if isinstance(node, Mapping)),
            source=self._text("source"),
            notes=self._text("notes"),
            usage=frozenset(self._words("usage", USAGES)),
            spec=frozenset(self._words("spec", tuple(SPECS))),
            origin=frozenset(self._words("origin", ORIGINS)),
            multi_region=self._text("multi_region") == "true",
            across_accounts=across[0],  # type: ignore[arg-type]
            nouns=self._words("for", ("admins", "users", "accounts")),
            parameters=self._parameters(),
            one_of=tuple(node.value for node in self._list("one_of") if isinstance(node, Scalar)),
        )

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

    def _actions(self, name: str) -> Iterator[str]:
        """Actions one by one; `kms:*` is for those who hand the key over, or lock it, as a whole."""
        for node in self._list(name):
            action = node.value if isinstance(node, Scalar) else ""
            wrong = actions.mistake(action)
            if wrong is not None:
                self.problems.error(wrong[0], node.at, wrong[1])
            elif action != "kms:*" and ("*" in action or "?" in action):
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
        known = ("type", "summary", "many", "required", "default", "minimum", "maximum")
        items = node.items if isinstance(node, Mapping) else {}
        for field_name, (key, _) in items.items():
            if field_name not in known:
                self.problems.error(
                    f"unknown field `{field_name}` of a parameter", key.at, did_you_mean(field_name, known)
                )
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
        )

    def _integer(self, items: dict[str, tuple[Scalar, Node]], name: str) -> int | None:
        text = self._text_of(items, name)
        return int(text) if text is not None and text.lstrip("-").isdecimal() else None
