"""`aws_iam_policy_document` to the JSON that the provider makes of it; what it would make in another way is refused.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kmsgen.documents import Document, Path, read_json
from kmsgen.errors import did_you_mean
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.configuration.expressions import Names
from kmsgen.sources.configuration.functions import pairs_of
from kmsgen.sources.configuration.placing import Places
from kmsgen.sources.configuration.syntax import Attribute, Block, Body, Expression
from kmsgen.sources.configuration.syntax import Tuple as Tuple_
from kmsgen.sources.configuration.undecided import UndecidedError
from kmsgen.sources.configuration.values import Values

_DOCUMENT = (
    "policy_id", "version", "source_policy_documents", "override_policy_documents", "source_json", "override_json",
    "provider", "count", "for_each", "depends_on",
)  # fmt: skip
_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_STATEMENT = ("sid", "effect", *_LISTS)
_BLOCKS = ("principals", "not_principals", "condition")
VERSION = "2012-10-17"

Read = Callable[[Expression, Names], Document | None]
"""The policy that an expression comes to; None for none."""


@dataclass(frozen=True)
class Writer:
    """Makes the JSON of policy documents."""

    values: Values
    read: Read

    def document(self, block: Block, names: Names) -> Document:
        """The policy that a block makes, with the place of each of its parts.

        Raises `UndecidedError` for what only Terraform can work out, and for what the provider does not know.
        """
        body = block.body
        self._known(body, _DOCUMENT, ("statement",), "a policy document")
        places: Places = {(): block.span.at}
        own: dict[str, Any] = {}
        version = self._text(body, "version", names)
        own["Version"] = VERSION if version is None else version
        if (identity := self._text(body, "policy_id", names)) is not None:
            own["Id"] = identity
        own["Statement"] = []
        for one, inner in self.expanded(body, "statement", names):
            path: Path = ("Statement", len(own["Statement"]))
            places[path] = one.span.at
            own["Statement"].append(self._statement(one.body, inner, path, places, str(version or VERSION)))
        _refuse_twins(own["Statement"], block)
        return self._merged(Document(own, block.span.text.name, places), body, names)

    def _merged(self, own: Document, body: Body, names: Names) -> Document:
        """The document with those that it takes in: before its own statements, and after them."""
        before = [
            one for name in ("source_json", "source_policy_documents") for one in self._documents(body, name, names)
        ]
        after = [
            one for name in ("override_policy_documents", "override_json") for one in self._documents(body, name, names)
        ]
        if not before and not after:
            return own
        merged: dict[str, Any] = {"Version": "", "Statement": []}
        places: Places = {(): own.places[()]}
        for document, attribute in [*before, (own, None), *after]:
            _merge(merged, places, document, attribute)
        return Document(merged, own.name, places)

    def _documents(self, body: Body, name: str, names: Names) -> Iterator[tuple[Document, Attribute]]:
        attribute = body.attributes.get(name)
        if attribute is None:
            return
        value = attribute.value
        if name.endswith("_json"):
            items: tuple[Expression, ...] = (value,)
        elif isinstance(value, Tuple_):
            items = value.items
        else:
            yield from ((one, attribute) for one in self._computed(attribute, names))
            return
        for item in items:
            document = self.read(item, names)
            if document is not None:
                yield document, attribute

    def _computed(self, attribute: Attribute, names: Names) -> Iterator[Document]:
        """The documents in a list that is worked out; all of them stand where the argument does."""
        value = self.values.value(attribute.value, names)
        for text in value if isinstance(value, list) else [] if value is None else [value]:
            if not isinstance(text, str) or not text.lstrip().startswith("{"):
                raise UndecidedError(f"`{attribute.name}` is not known", attribute.span)
            yield Document(read_json(text, "").data, attribute.span.text.name, {(): attribute.span.at})

    def expanded(self, body: Body, type_: str, names: Names) -> Iterator[tuple[Block, Names]]:
        """The blocks of a type, those that `dynamic` makes among them, each with the names that stand in it.

        Raises `UndecidedError` where it is not known which there are.
        """
        for block in body.blocks:
            if block.type == type_:
                yield block, names
            elif block.type == "dynamic" and block.labels == (type_,):
                yield from self._dynamic(block, names)

    def _dynamic(self, block: Block, names: Names) -> Iterator[tuple[Block, Names]]:
        attributes = block.body.attributes
        contents = list(block.body.all("content"))
        if "for_each" not in attributes or len(contents) != 1 or len(block.body.blocks) != 1:
            raise UndecidedError("a `dynamic` block has a `for_each` and a `content`", block.span)
        if unknown := attributes.keys() - {"for_each", "iterator"}:
            name = min(unknown)
            raise UndecidedError(f"`{name}` is not known in a `dynamic` block", attributes[name].span)
        iterator = attributes["iterator"].value.span.written if "iterator" in attributes else block.labels[0]
        pairs = pairs_of(self.values.value(attributes["for_each"].value, names))
        if pairs is None:
            raise UndecidedError("it depends on `for_each`", attributes["for_each"].span)
        made = Block(block.labels[0], (), block.span, contents[0].body)
        for key, item in pairs:
            yield made, {**names, iterator: {"key": key, "value": item}}

    def _known(self, body: Body, attributes: tuple[str, ...], blocks: tuple[str, ...], where: str) -> None:
        """Refuse what the provider does not know: it would say something that is not read."""
        for name, attribute in body.attributes.items():
            if name not in attributes:
                hint = did_you_mean(name, attributes)
                raise UndecidedError(f"`{name}` is not known in {where}{f': {hint}' if hint else ''}", attribute.span)
        for block in body.blocks:
            name = block.labels[0] if block.type == "dynamic" and block.labels else block.type
            if name not in blocks:
                hint = did_you_mean(name, blocks)
                raise UndecidedError(f"`{name}` is not known in {where}{f': {hint}' if hint else ''}", block.span)

    def _statement(self, body: Body, names: Names, path: Path, places: Places, version: str) -> dict[str, Any]:
        self._known(body, _STATEMENT, _BLOCKS, "a statement")
        made: dict[str, Any] = {}
        attributes = body.attributes
        if sid := self._text(body, "sid", names):
            made["Sid"] = sid
            places[*path, "Sid"] = attributes["sid"].span.at
        made["Effect"] = self._text(body, "effect", names) or "Allow"
        if "effect" in attributes:
            places[*path, "Effect"] = attributes["effect"].span.at
        for kind, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            blocks = list(self.expanded(body, kind, names))
            if blocks:
                places[*path, element] = blocks[0][0].span.at
                made[element] = self._principals(blocks, (*path, element), places, version)
        for name, element in _LISTS.items():
            if name in attributes:
                places[*path, element] = attributes[name].span.at
                listed = self._texts(attributes[name], names, (*path, element), places)
                if listed:
                    made[element] = _replaced(listed, version) if element.endswith("Resource") else listed
        if tests := list(self.expanded(body, "condition", names)):
            places[*path, "Condition"] = tests[0][0].span.at
            made["Condition"] = self._conditions(tests, (*path, "Condition"), places, version)
        return made

    def _principals(
        self, listed: list[tuple[Block, Names]], path: Path, places: Places, version: str
    ) -> str | dict[str, Any]:
        made: dict[str, Any] = {}
        for block, names in listed:
            self._known(block.body, ("type", "identifiers"), (), "`principals`")
            kind = self._needed(block, "type", names)
            value = self._list(block, "identifiers", names, (*path, kind), places)
            places.setdefault((*path, kind), block.span.at)
            made[kind] = [*made.get(kind, []), *_replaced(value, version)]
        return "*" if made == {"*": ["*"]} else made

    def _conditions(
        self, listed: list[tuple[Block, Names]], path: Path, places: Places, version: str
    ) -> dict[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        for block, names in listed:
            self._known(block.body, ("test", "variable", "values"), (), "`condition`")
            test, variable = self._needed(block, "test", names), self._needed(block, "variable", names)
            of_test = made.setdefault(test, {})
            if variable in of_test:
                message = f"`{test}` of `{variable}` stands twice, which versions of the provider read differently"
                raise UndecidedError(message, block.span)
            places.setdefault((*path, test), block.span.at)
            places[*path, test, variable] = block.span.at
            here = (*path, test, variable)
            of_test[variable] = _replaced(self._list(block, "values", names, here, places), version)
        return made

    def _needed(self, block: Block, name: str, names: Names) -> str:
        text = self._text(block.body, name, names)
        if text is None:
            raise UndecidedError(f"`{block.type}` has no `{name}`", block.span)
        return text

    def _list(self, block: Block, name: str, names: Names, path: Path, places: Places) -> list[str]:
        attribute = block.body.attributes.get(name)
        if attribute is None:
            raise UndecidedError(f"`{block.type}` has no `{name}`", block.span)
        inner: Places = {}
        made = self._texts(attribute, names, path, inner)
        # Several blocks may add to one list, where numbers would not tell the items apart.
        if path not in places:
            places.update(inner)
        return made

    def _text(self, body: Body, name: str, names: Names) -> str | None:
        attribute = body.attributes.get(name)
        value = None if attribute is None else self.values.value(attribute.value, names)
        if attribute is None or value is None:
            return None
        if not isinstance(value, str):
            raise UndecidedError(f"`{name}` is a text", attribute.span)
        if is_symbolic(value):
            raise UndecidedError(f"`{name}` is not known: {value}", attribute.span)
        return value

    def _texts(self, attribute: Attribute, names: Names, path: Path, places: Places) -> list[str]:
        """A list of texts; what is not known is one text."""
        value = self.values.value(attribute.value, names, path, places)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        made: list[str] = []
        for one in listed:
            if isinstance(one, bool):
                made.append("true" if one else "false")
            elif isinstance(one, str | int) and (isinstance(value, list) or is_symbolic(str(one))):
                made.append(str(one))
            else:
                raise UndecidedError(f"`{attribute.name}` is a list of texts", attribute.span)
        return made


def _replaced(texts: list[str], version: str) -> list[str]:
    """Texts with IAM's variables, which are written `&{aws:username}` so that Terraform leaves them alone."""
    return [one.replace("&{", "${") for one in texts] if version == VERSION else texts


def _refuse_twins(statements: list[dict[str, Any]], block: Block) -> None:
    seen: set[str] = set()
    for one in statements:
        if (sid := one.get("Sid")) is not None:
            if sid in seen:
                raise UndecidedError(f"two statements have the Sid `{sid}`: the provider keeps one", block.span)
            seen.add(sid)


def _merge(merged: dict[str, Any], places: Places, document: Document, attribute: Attribute | None) -> None:
    """Take in a document: a statement takes the place of the one that has its Sid.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy_model.go
    """
    data = document.data
    statements = data.get("Statement") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or isinstance(statements, Mapping) or statements is None:
        listed = [statements] if isinstance(statements, Mapping) else []
    else:
        listed = statements
    if data.get("Id"):
        merged["Id"] = data["Id"]
    merged["Version"] = max(merged["Version"], str(data.get("Version") or ""))
    for index, statement in enumerate(listed):
        above = ("Statement", index) if isinstance(statements, list) else ("Statement",)
        sid = statement.get("Sid") if isinstance(statement, Mapping) else None
        same = [at for at, one in enumerate(merged["Statement"]) if sid and one.get("Sid") == sid]
        if same and attribute is not None and attribute.name.startswith("source"):
            raise UndecidedError(f"two statements have the Sid `{sid}`", attribute.span)
        at = same[0] if same else len(merged["Statement"])
        if same:
            merged["Statement"][at] = statement
            for path in [one for one in places if one[:2] == ("Statement", at)]:
                del places[path]
        else:
            merged["Statement"].append(statement)
        size = len(above)
        for path, place in document.places.items():
            if path[:size] == above:
                places["Statement", at, *path[size:]] = place
