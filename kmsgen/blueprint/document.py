"""One blueprint file with what it includes: the top-level fields, before any key is expanded."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kmsgen import nodes
from kmsgen.blueprint.grammar import KINDS
from kmsgen.catalog.principals import ACCOUNT, ORGANIZATION
from kmsgen.errors import KmsgenError, Location
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader

Opener = Callable[[str], str]
"""Gives the text of a file; raises `KmsgenError` where it cannot."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""What keys and environments may be called: it becomes part of file names."""
WORD = re.compile(r"[A-Za-z0-9_][\w.@+-]*", re.ASCII)

_SHARED = ("version", "organization", "accounts", "principals", "defaults", "environments", "include")
TOP_LEVEL = (*_SHARED, "keys", "references", "cloudformation")
_VERSION = "1"
REFERENCES = ("parameters", "inline")
"""How references into stacks are written."""
SHARDS = range(1, 1001)
"""Over how many CloudFormation templates the keys of a file may be divided."""


@dataclass
class Document:
    """What a file and its includes say."""

    name: str
    organization: str | None = None
    accounts: dict[str, str] = field(default_factory=dict)
    principals: dict[str, Node] = field(default_factory=dict)
    defaults: list[Mapping] = field(default_factory=list)
    """The weakest first."""
    environments: dict[str, list[Mapping]] = field(default_factory=dict)
    """For each environment what is said of it, the weakest first."""
    keys: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    inline_references: bool = False
    shards: int = 1
    included: set[str] = field(default_factory=set)
    """The files that were taken in already: each counts once, where it is named first."""


def read_document(reader: Reader, text: str, name: str, open_file: Opener) -> Document | None:
    """The document that a blueprint's text makes; None, with problems, where the text is no mapping at all."""
    root = _root(reader, text, name)
    if root is None:
        return None
    document = Document(name)
    _take(reader, document, root, open_file, (name,), TOP_LEVEL)
    fields = root.items
    if "keys" in fields:
        document.keys = reader.mapping(fields["keys"][1], "`keys`")
    if "references" in fields:
        word = reader.choice(fields["references"][1], REFERENCES, "way to write references")
        document.inline_references = word == "inline"
    if "cloudformation" in fields:
        options = reader.fields(fields["cloudformation"][1], ("shards",), "`cloudformation`")
        if "shards" in options:
            document.shards = reader.integer(options["shards"][1], SHARDS, "`shards`") or 1
    return document


def _root(reader: Reader, text: str, name: str) -> Mapping | None:
    root, problems = nodes.read(text, name)
    reader.problems.extend(problems)
    if root is not None and root.source.has_tags:
        _refuse_tags(reader, root)
    if isinstance(root, Mapping):
        return root
    if not problems:
        start = Location(name, 1, 1)
        what = (
            "the file is empty"
            if root is None or (isinstance(root, Scalar) and root.is_null)
            else "a blueprint is a mapping"
        )
        reader.problems.error(what, start, "begin with `version: 1`")
    return None


def _refuse_tags(reader: Reader, node: Node) -> None:
    """Tags are CloudFormation's, and mean something in references, services and statements alone."""
    if node.tag is not None:
        hint = "name the value in `principals`" if isinstance(node, Scalar) else "take the tag out"
        reader.fail(node, f"`{node.tag}` is only read under `cloudformation`", hint)
    if isinstance(node, Mapping):
        for name, (key, value) in node.items.items():
            _refuse_tags(reader, key)
            if name.removeprefix("+") not in ("cloudformation", "services", "statements"):
                _refuse_tags(reader, value)
    elif isinstance(node, Sequence):
        for item in node.items:
            _refuse_tags(reader, item)


def _take(
    reader: Reader, document: Document, root: Mapping, open_file: Opener, chain: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """Take what one file says; its includes first, so that the file itself wins."""
    fields = reader.fields(root, known, "a blueprint" if len(chain) == 1 else "an included file")
    if len(chain) == 1 or "version" in fields:
        _version(reader, root, fields)
    if "include" in fields:
        for node in reader.items(fields["include"][1]):
            _include(reader, document, node, open_file, chain)
    if "organization" in fields:
        node = fields["organization"][1]
        document.organization = reader.matching(node, ORGANIZATION, "an organization id", "o-a1b2c3d4e5")
    if "accounts" in fields:
        document.accounts.update(_accounts(reader, fields["accounts"][1]))
    if "principals" in fields:
        document.principals.update(_principals(reader, fields["principals"][1]))
    if "defaults" in fields and isinstance(fields["defaults"][1], Mapping):
        document.defaults.append(fields["defaults"][1])
    elif "defaults" in fields:
        reader.mapping(fields["defaults"][1], "`defaults`")
    if "environments" in fields:
        _environments(reader, document, fields["environments"][1])


def _version(reader: Reader, root: Mapping, fields: dict[str, tuple[Scalar, Node]]) -> None:
    if "version" not in fields:
        reader.fail(root, "the file does not say its version", "begin with `version: 1`")
        return
    node = fields["version"][1]
    if not isinstance(node, Scalar) or node.value != _VERSION:
        shown = f", not `{node.value}`" if isinstance(node, Scalar) else ""
        reader.fail(node, f"the version of the blueprint language is {_VERSION}{shown}", f"write `version: {_VERSION}`")


def _include(reader: Reader, document: Document, node: Node, open_file: Opener, chain: tuple[str, ...]) -> None:
    path = reader.text(node, "a path")
    if path is None:
        return
    name = os.path.normpath(os.path.join(os.path.dirname(chain[-1]), path)).replace(os.sep, "/")
    if name in (os.path.normpath(one).replace(os.sep, "/") for one in chain):
        loop = " → ".join((*chain, name))
        reader.fail(node, f"the file includes itself: {loop}", "take one of the includes out")
        return
    if name in document.included:
        return
    document.included.add(name)
    try:
        text = open_file(name)
    except KmsgenError as error:
        for problem in error.problems:
            if problem.at is None:
                reader.fail(node, problem.message, problem.hint)
            else:
                reader.problems.add(problem)
        return
    root = _root(reader, text, name)
    if root is not None:
        if "keys" in root.items:
            hint = "an include brings accounts, principals, defaults and environments; generate its keys on their own"
            reader.fail(root.items["keys"][0], "an included file has no keys", hint)
        known = (*_SHARED, "keys")
        _take(reader, document, root, open_file, (*chain, name), known)


def _accounts(reader: Reader, node: Node) -> dict[str, str]:
    accounts: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name, (key, value) in reader.mapping(node, "`accounts`").items():
        if reader.name(key) is None:
            continue
        if name in KINDS or ACCOUNT.fullmatch(name) or not WORD.fullmatch(name):
            reader.fail(
                key,
                f"`{name}` cannot be the name of an account",
                "use letters, digits, `-` and `_`; no kind of principal",
            )
        number = reader.matching(value, ACCOUNT, "an account number", '"111122223333"')
        if number is not None:
            _told_apart(reader, key, seen, "accounts")
            accounts[name] = number
    return accounts


def _told_apart(reader: Reader, key: Scalar, seen: dict[str, str], what: str) -> None:
    """Names that become file names, and so must differ in more than case; `seen` has the first of each."""
    twin = seen.setdefault(key.value.lower(), key.value)
    if twin != key.value:
        hint = "they become file names, which some machines tell apart without regard to case"
        reader.fail(key, f"two {what} are called `{twin}` and `{key.value}`", hint)


def _principals(reader: Reader, node: Node) -> dict[str, Node]:
    principals: dict[str, Node] = {}
    for name, (key, value) in reader.mapping(node, "`principals`").items():
        if reader.name(key) is None:
            continue
        if name in KINDS or not WORD.fullmatch(name):
            reader.fail(key, f"`{name}` cannot be the name of a principal", "use letters, digits, `-` and `_`; no `/`")
        else:
            principals[name] = value
    return principals


def _environments(reader: Reader, document: Document, node: Node) -> None:
    seen = {name.lower(): name for name in reversed(document.environments)}
    for name, (key, value) in reader.mapping(node, "`environments`").items():
        if reader.name(key) is None:
            continue
        if not NAME.fullmatch(name):
            reader.fail(key, f"`{name}` cannot be the name of an environment", "use letters, digits, `-` and `_`")
            continue
        _told_apart(reader, key, seen, "environments")
        layers = document.environments.setdefault(name, [])
        if isinstance(value, Mapping):
            layers.append(value)
        elif not (isinstance(value, Scalar) and value.is_null):
            reader.mapping(value, f"environment `{name}`")
