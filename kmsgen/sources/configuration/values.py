"""What the names in a Terraform module stand for: locals, variables, data, resources; symbols for what is not known.

Such a symbol is a text that equals nothing else, so that whatever is proved of a policy holds for every value that
Terraform may find for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from kmsgen.documents import Path
from kmsgen.errors import KmsgenError
from kmsgen.policy.reference import is_symbolic, stack_symbol
from kmsgen.sources.configuration import functions
from kmsgen.sources.configuration.expressions import Expressions, Names
from kmsgen.sources.configuration.functions import UnworkableError
from kmsgen.sources.configuration.hcl import parse_template
from kmsgen.sources.configuration.module import Module
from kmsgen.sources.configuration.placing import Places
from kmsgen.sources.configuration.providers import Where, provider_of
from kmsgen.sources.configuration.syntax import (
    Attribute,
    Block,
    Call,
    Expression,
    Span,
    Template,
    Text,
    Traversal,
    short,
)
from kmsgen.sources.configuration.types import has_sets, typed
from kmsgen.sources.configuration.undecided import MissingError, UndecidedError
from kmsgen.sources.estate import KEYS

# ARNs are taken apart at colons, wildcards mean something in conditions, and quotes end texts.
_PLAIN, _STANDING = ':*?${}⟨⟩ "\\', "∶∗？＄｛｝‹›␣″＼"
_IN_SYMBOLS = str.maketrans(_PLAIN, _STANDING)
OUT_OF_SYMBOLS = str.maketrans(_STANDING, _PLAIN)
_ANSWERED = ("aws_caller_identity", "aws_partition", "aws_region")
_PRINCIPALS = ("aws_iam_role", "aws_iam_user")


def _is_within(path: str, folder: str) -> bool:
    """Whether a file is in a folder, wherever links lead."""
    whole = os.path.realpath(folder or os.curdir)
    return os.path.commonpath([whole, os.path.realpath(path)]) == whole


def symbol_of(name: str) -> str:
    """The text that stands for what a reference means."""
    return stack_symbol(name.translate(_IN_SYMBOLS))


class Values(Expressions):
    """What the expressions of one module come to."""

    def __init__(self, module: Module, places: Mapping[str, Where]) -> None:
        super().__init__()
        self.module = module
        self.places = places
        self.documents: Callable[[str, Block, Names], Any] = lambda address, block, names: None
        """The data of a policy document; set by what reads those."""
        self.used: set[str] = set()
        """The variables whose defaults were taken, as they were met."""
        self.made: dict[str, str] = {}
        """ARNs that the module makes or is given, each by the expression for it."""

    def read(self, expression: Call, names: Names) -> str:
        """The text of the file that `file("${path.module}/policy.json")` names."""
        return self.read_file(self.file(expression, names), expression)

    def read_file(self, path: str, expression: Call) -> str:
        """The text of a file; raises `UndecidedError` where it cannot be read."""
        try:
            return self.module.files.read(path)
        except KmsgenError as error:
            raise UndecidedError(error.problems[0].message, expression.span) from error

    def template(self, expression: Call, names: Names) -> tuple[Template, Names]:
        """The text of the file that `templatefile("policy.tpl", {…})` names, and what the names in it stand for.

        Raises `UndecidedError` where that is not known, and where the file is no template.
        """
        given = self.value(expression.arguments[1], names) if len(expression.arguments) == 2 else None
        if not isinstance(given, dict):
            raise UndecidedError(f"`{short(expression)}` is worked out by Terraform alone", expression.span)
        path = self.file(expression, names)
        text = Text(path, self.read_file(path, expression))
        try:
            return Template(Span(text, 0, len(text.text)), parse_template(text)), given
        except KmsgenError as error:
            raise UndecidedError(f"in `{path}`: {error.problems[0].message}", expression.span) from error

    def file(self, expression: Call, names: Names) -> str:
        """The path of the file that such a call names.

        Raises `UndecidedError` where it is not known, and for files that are neither in the module's folder nor in the
        current one: what is read may be shown.
        """
        given = self.value(expression.arguments[0], names)
        # The module that is read is taken to be the root.
        for folder in ("path.module", "path.root"):
            given = given.removeprefix(f"{stack_symbol(folder)}/") if isinstance(given, str) else given
        if not isinstance(given, str) or is_symbolic(given):
            raise UndecidedError("it is not known which file this reads", expression.span)
        path = self.module.files.path(given)
        if os.path.isabs(given) or not any(_is_within(path, one) for one in (self.module.files.folder, os.curdir)):
            raise UndecidedError(f"`{given}` is outside of the module and of the current folder", expression.span)
        return path

    def traversal(self, expression: Traversal, names: Names, path: Path, places: Places) -> Any:
        """What a reference comes to; raises `UndecidedError` where it leads to nothing that is in the module."""
        root, steps = expression.root, expression.steps
        if root in names:
            return self.taken(names[root], steps, names, expression)
        first = steps[0] if steps and isinstance(steps[0], str) else None
        if root == "local" and first is not None:
            return self._local(first, expression, path, places)
        if root == "var" and first is not None:
            return self._variable(first, expression, path, places)
        if root in ("each", "count"):
            raise UndecidedError(f"`{short(expression)}` stands for something else each time", expression.span)
        if root == "data":
            return self._data(expression, names, path, places)
        if root in ("module", "path", "terraform", "self"):
            if root == "module" and first not in self.module.calls:
                raise UndecidedError(f"there is no `module.{first}` in the module", expression.span)
            return self.symbol(expression, names)
        if first is None:
            raise UndecidedError(f"`{short(expression)}` means nothing here", expression.span)
        return self._resource(f"{root}.{first}", steps[1:], expression, names)

    def _local(self, name: str, expression: Traversal, path: Path, places: Places) -> Any:
        attribute = self.module.locals.get(name)
        if attribute is None:
            raise UndecidedError(f"there is no `local.{name}` in the module", expression.span)
        with self.within(f"local.{name}", expression.span):
            if len(expression.steps) == 1:
                return self.value(attribute.value, {}, path, places)
            return self.taken(self.value(attribute.value, {}), expression.steps[1:], {}, expression)

    def default(self, name: str) -> Attribute | None:
        """What a variable is given, by a file or by its default; None where nothing is said, or no such variable."""
        block = self.module.variables.get(name)
        if block is None:
            return None
        if name not in self.module.given and "default" in block.body.attributes:
            self.used.add(name)
        return self.module.given.get(name) or block.body.attributes.get("default")

    def _variable(self, name: str, expression: Traversal, path: Path, places: Places) -> Any:
        block = self.module.variables.get(name)
        if block is None:
            raise UndecidedError(f"there is no `variable` `{name}` in the module", expression.span)
        attribute = self.default(name)
        if attribute is None:
            return self.symbol(expression, {})
        type_ = block.body.attributes.get("type")
        if type_ is not None and has_sets(type_):  # which have an order of their own, so places would not fit
            made = typed(self.value(attribute.value, {}), type_)
        elif len(expression.steps) > 1:
            made = self.value(attribute.value, {})
        else:
            made = self.value(attribute.value, {}, path, places)
        if len(expression.steps) > 1:
            return self.taken(made, expression.steps[1:], {}, expression)
        if isinstance(made, str) and made.startswith("arn:"):
            self.made[f"var.{name}"] = made
        return made

    def symbol(self, expression: Traversal, names: Names) -> str:
        """The text that stands for something that only Terraform will know."""
        return symbol_of(self.spelled(expression, names))

    def spelled(self, expression: Traversal, names: Names) -> str:
        """A reference as it is written, indices worked out."""
        text = expression.root
        for step in expression.steps:
            if isinstance(step, str):
                text += f".{step}"
            else:
                index = "*" if step is None else functions.encoded(self.value(step, names))
                text += f"[{index}]"
        return text

    def where(self, block: Block) -> Where:
        """Where the provider of a resource works."""
        alias = provider_of(block)
        return self.places.get(alias) or Where(None, None, alias)

    def _data(self, expression: Traversal, names: Names, path: Path, places: Places) -> Any:
        if len(expression.steps) < 2:
            raise UndecidedError(f"`{short(expression)}` means nothing here", expression.span)
        type_, name, *rest = expression.steps
        address = f"data.{type_}.{name}"
        block = self.module.resources.get(address)
        if block is None:
            raise UndecidedError(f"there is no `{address}` in the module", expression.span)
        if type_ == "aws_iam_policy_document":
            return self.document_text(address, block, tuple(rest), expression, names)
        if rest and None not in rest:
            self._exists(block, tuple(rest), names, expression)
        if type_ in _ANSWERED and rest and isinstance(rest[-1], str) and None not in rest:
            known = self._asked(str(type_), rest[-1], block)
            if known is not None:
                return known
        if type_ in _PRINCIPALS and rest[-1:] == ["arn"]:
            return self._principal(str(type_).removeprefix("aws_iam_"), block, self._owner(expression, names))
        return self.symbol(expression, names)

    def _asked(self, type_: str, attribute: str, block: Block) -> str | None:
        """What a data source answers about where its provider works."""
        where = self.where(block)
        if "region" in block.body.attributes:
            region = self.value(block.body.attributes["region"].value, {})
            where = where._replace(region=region if isinstance(region, str) and not is_symbolic(region) else None)
        if type_ == "aws_caller_identity" and attribute in ("account_id", "id"):
            return where.text("account")
        if type_ == "aws_partition" and attribute in ("partition", "id"):
            return where.text("partition")
        if type_ == "aws_partition" and attribute == "dns_suffix":
            return where.dns_suffix
        if type_ == "aws_region" and attribute in ("name", "region", "id"):
            return where.text("region")
        return None

    def document_text(
        self, address: str, block: Block, rest: tuple[Any, ...], expression: Traversal, names: Names
    ) -> Any:
        """What is taken of a policy document: its JSON, or a list of those of all its instances."""
        if rest[-1:] not in (("json",), ("minified_json",)):
            raise UnworkableError
        found = self.chosen(block, rest, names, expression)
        texts = [functions.encoded(self.documents(address, block, inner).data) for inner in found]
        return texts if None in rest else texts[0]

    def chosen(self, block: Block, rest: tuple[Any, ...], names: Names, expression: Expression) -> list[Names]:
        """The instances of a block that a reference takes: one by its index, or all of them.

        Raises `UndecidedError`; where there is no such instance, `MissingError`.
        """
        listed = self.instances(block.body.attributes, {})
        indices = [one for one in rest[:1] if one is None or isinstance(one, Expression)]
        if not indices:
            wanted = [inner for index, inner in listed if index is None]
        elif indices[0] is None:
            return [inner for _, inner in listed]
        else:
            key = self.value(indices[0], names)
            wanted = [inner for index, inner in listed if index == key and index is not None]
        if len(wanted) != 1:
            raise MissingError(f"there is no `{short(expression)}`", expression.span)
        return wanted

    def _resource(self, address: str, rest: tuple[Any, ...], expression: Traversal, names: Names) -> Any:
        block = self.module.resources.get(address)
        if block is None:
            raise UndecidedError(f"there is no `{address}` in the module", expression.span)
        if not rest:
            return self.symbol(expression, names)
        type_ = address.partition(".")[0]
        attributes = block.body.attributes
        single = len(rest) == 1 and not attributes.keys() & {"count", "for_each"}
        if type_ in _PRINCIPALS and rest[-1:] == ("arn",):
            kind = type_.removeprefix("aws_iam_")
            arn = self._principal(kind, block, self._owner(expression, names), named=single)
            if single and not is_symbolic(arn):
                self.made[f"{address}.arn"] = arn
            return arn
        if rest and None not in rest:
            self._exists(block, rest, names, expression)
        if type_ in KEYS and rest[-1:] == ("arn",):
            where, own = self.where(block), symbol_of(self._owner(expression, names))
            return f"arn:{where.text('partition')}:kms:{where.text('region')}:{where.text('account')}:key/{own}"
        name = {"id": "name"}.get(str(rest[0]), rest[0]) if single and type_.startswith("aws_iam_") else rest[0]
        if single and isinstance(name, str) and name in attributes:
            with self.within(f"{address}.{name}", expression.span):
                return self.value(attributes[name].value, {})
        return self.symbol(expression, names)

    def _exists(self, block: Block, rest: tuple[Any, ...], names: Names, expression: Expression) -> None:
        """Raise `MissingError` for an instance that is known not to be there."""
        try:
            self.chosen(block, rest, names, expression)
        except MissingError:
            raise
        except UndecidedError:
            self.may_lack = True

    def _owner(self, expression: Traversal, names: Names) -> str:
        """The resource whose `arn` is taken."""
        owner = Traversal(expression.span, expression.root, expression.steps[:-1])
        return self.spelled(owner, names)

    def _principal(self, kind: str, block: Block, owner: str, *, named: bool = False) -> str:
        """The ARN of a role or user: it says what it is and where, even where its name is not known."""
        where = self.where(block)
        called, folder = symbol_of(owner), "/"
        attributes = block.body.attributes
        if named and "name" in attributes:
            name = self.value(attributes["name"].value, {})
            path = self.value(attributes["path"].value, {}) if "path" in attributes else "/"
            if isinstance(name, str) and isinstance(path, str) and not is_symbolic(name + path):
                called, folder = name, path
        return f"arn:{where.text('partition')}:iam::{where.text('account')}:{kind}{folder}{called}"
