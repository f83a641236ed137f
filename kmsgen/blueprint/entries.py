"""The items of a key's lists: `name`, `{name: {…}}` or `{principal|account|service|guard: name, …}`."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_
from types import MappingProxyType
from typing import NamedTuple

from kmsgen.blueprint.grammar import Directory
from kmsgen.blueprint.model import Entry, Given, Named, Noun, Pin, TemplateEntry, Term, Who
from kmsgen.blueprint.principals import read_principal
from kmsgen.blueprint.statements import is_reference, stack_reference
from kmsgen.blueprint.when import WORDS, read_when
from kmsgen.catalog.principals import root_arn
from kmsgen.errors import Location, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader, present

ACCOUNT_WIDE = "account"
"""In `for`: every principal of the key's account."""

Fields = Mapping_[str, tuple[Scalar, Node]]
_NONE: Fields = MappingProxyType({})


class Item(NamedTuple):
    """One item, taken apart: the node that names it, and its options."""

    name: Node
    options: Fields
    at: Location


def take_apart(reader: Reader, node: Node, label: str) -> Item | None:
    """The one grammar of entries; `label` is the field that may hold the name: `principal`, `service`, …"""
    if isinstance(node, Scalar):
        return Item(node, _NONE, node.at)
    if not isinstance(node, Mapping):
        reader.fail(node, f"expected a {label}, not a list", f"write a name, or `{label}: NAME`")
        return None
    if label in node.items:
        return Item(node.items[label][1], {k: item for k, item in node.items.items() if k != label}, node.at)
    if len(node.items) != 1:
        reader.fail(
            node,
            f"an item names one {label}, and here are {len(node.items)}",
            f"write one item for each, or `{label}: NAME` with its options beside it",
        )
        return None
    ((key, options),) = node.items.values()
    return Item(key, reader.mapping(options, f"what `{key.value}` takes"), key.at)


def _options(reader: Reader, item: Item, known: tuple[str, ...], label: str) -> Fields:
    unknown = [option for option in item.options if option not in known]
    if not unknown:
        return item.options
    for option in unknown:
        hint = did_you_mean(option, known) or f"known: {', '.join(f'`{one}`' for one in known)}"
        if option in WORDS:
            hint = f"conditions stand under `when`: `when: {{{option}: …}}`"
        reader.fail(item.options[option][0], f"unknown field `{option}` for this {label}", hint)
    return {name: value for name, value in item.options.items() if name in known}


def _can(reader: Reader, fields: Fields) -> tuple[Named, ...]:
    if "can" not in fields:
        return ()

    def one(node: Node) -> Named | None:
        text = reader.text(node, "the name of a role")
        return None if text is None else Named(text, node.at)

    return reader.each(fields["can"][1], one)


def _when(reader: Reader, fields: Fields) -> tuple[Term, ...]:
    return read_when(reader, fields["when"][1]) if "when" in fields else ()


def _pin(reader: Reader, fields: Fields, who: tuple[Who, ...]) -> Pin | None:
    """How the principals are named; None where nothing is said, which leaves it to their kind."""
    if "pin" not in fields:
        return None
    node = fields["pin"][1]
    pin: Pin | None = None
    if isinstance(node, Scalar) and node.tag is None and node.value in ("true", "false", "match"):
        pin = node.value  # type: ignore[assignment]
    else:
        reader.fail(node, "`pin` is `true`, `false` or `match`", "leave it out to name the principal itself")
    for one in who:
        if one.kind == "sso" and pin == "true":
            hint = "leave `pin` out, or write `pin: match`"
            reader.fail(node, f"`{one.text}` cannot be pinned: its roles have a random part in their names", hint)
        elif not one.patterns and pin in ("false", "match"):
            reader.fail(
                node,
                f"`{one.text}` can only be pinned: `aws:PrincipalArn` does not tell sessions apart",
                "leave `pin` out, or name the role",
            )
    return pin


def principal_entries(reader: Reader, directory: Directory, noun: Noun, node: Node) -> tuple[Entry, ...]:
    """The items of `admins` or `users`."""
    return present([principal_entry(reader, directory, noun, item) for item in reader.items(node)])


def principal_entry(
    reader: Reader, directory: Directory, noun: Noun, node: Node, known: tuple[str, ...] = ("can", "when", "pin")
) -> Entry | None:
    """One item of `admins` or `users`, with the options `known`."""
    item = take_apart(reader, node, "principal")
    if item is None:
        return None
    fields = _options(reader, item, known, "principal")
    named = item.name.items if isinstance(item.name, Sequence) else [item.name]
    if not named:
        reader.fail(item.name, "the list of principals is empty", "name at least one")
    who = present([read_principal(reader, directory, one) for one in named])
    for one in who:
        if one.kind == "root":
            hint = "say what the account may do with `root:`; let another account in under `accounts`"
            reader.problems.error(f"`{one.text}` is a whole account, not a principal of its own", one.at, hint)
            who = tuple(other for other in who if other is not one)
    entry = Entry(noun, who, _can(reader, fields), _when(reader, fields), _pin(reader, fields, who), item.at)
    return entry if who else None


def account_entries(reader: Reader, directory: Directory, node: Node) -> tuple[Entry, ...]:
    """The items of a key's `accounts`: other accounts that are let in, whose IAM policies then decide."""
    grammar = directory.grammar

    def one(item_node: Node) -> Entry | None:
        item = take_apart(reader, item_node, "account")
        if item is None:
            return None
        fields = _options(reader, item, ("can", "when"), "account")
        roles, when = _can(reader, fields), _when(reader, fields)
        text = reader.text(item.name, "an account")
        if text is None:
            return None
        number = grammar.account_number(text)
        if number is None:
            hint = did_you_mean(text, grammar.accounts) or "name it under the top-level `accounts`"
            reader.fail(item.name, f"unknown account `{text}`", hint)
            return None
        if number == grammar.account and not roles:
            hint = "say with `can` what its IAM policies decide about, or with `root:` what it may do as a whole"
            reader.fail(item.name, f"`{text}` is the key's own account, and nothing says what it may do", hint)
            return None
        arn = root_arn(grammar.partition, number)
        who = Who("root", number, arn, (), text, item.name.at)
        return Entry("accounts", (who,), roles, when, "true", item.at)

    return present(one(item) for item in reader.items(node))


def template_entries(reader: Reader, directory: Directory, label: str, node: Node) -> tuple[TemplateEntry, ...]:
    """The items of `services` or `guards`."""

    def one(item_node: Node) -> TemplateEntry | None:
        item = take_apart(reader, item_node, label)
        name = item and reader.text(item.name, f"the name of a {label}")
        if item is None or name is None:
            return None
        rest = dict(item.options)
        for_: tuple[Who, ...] = ()
        whole: Location | None = None
        when: tuple[Term, ...] = ()
        if label == "service" and "for" in rest:
            for_, whole = _for(reader, directory, rest.pop("for")[1])
        if label == "service" and "when" in rest:
            when = read_when(reader, rest.pop("when")[1])
        given = {parameter: _given(reader, value) for parameter, (_, value) in rest.items()}
        places = {parameter: key.at for parameter, (key, _) in rest.items()}
        known = {k: v for k, v in given.items() if v is not None}
        return TemplateEntry(name, known, for_, whole, when, item.name.at, places)

    return present(one(item) for item in reader.items(node))


def _for(reader: Reader, directory: Directory, node: Node) -> tuple[tuple[Who, ...], Location | None]:
    """Whom a service entry is for: principals, or with the word `account` all of the key's account."""
    if isinstance(node, Scalar) and node.tag is None and node.value == ACCOUNT_WIDE:
        if ACCOUNT_WIDE in directory.named:
            hint = "give that principal another name, or write its ARN"
            reader.fail(node, f"`{ACCOUNT_WIDE}` is everybody in the key's account, and a principal is called so", hint)
        return (), node.at
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar) and item.value == ACCOUNT_WIDE and ACCOUNT_WIDE not in directory.named:
            reader.fail(item, "everybody in the key's account stands alone", f"write `for: {ACCOUNT_WIDE}`")
            return (), None
    return reader.each(node, lambda who: _named_caller(reader, directory, who)), None


def _named_caller(reader: Reader, directory: Directory, node: Node) -> Who | None:
    who = read_principal(reader, directory, node)
    if who is not None and who.kind == "root" and who.account == directory.grammar.account:
        hint = f"for everybody in it write `for: {ACCOUNT_WIDE}`"
        reader.fail(node, f"`{who.text}` is the whole account, not a principal of it", hint)
        return None
    return who


def _given(reader: Reader, node: Node) -> Given | None:
    """A parameter as it is written; its type is the template's to judge."""
    if is_reference(node):
        reference = stack_reference(reader, node)
        return None if reference is None else Given(reference, node.at)
    if isinstance(node, Sequence):
        return Given(present(_given(reader, item) for item in node.items), node.at)
    if isinstance(node, Mapping):
        pairs = ((name, _given(reader, value)) for name, (_, value) in node.items.items())
        return Given({name: value for name, value in pairs if value is not None}, node.at)
    if isinstance(node, Scalar) and node.is_null:
        return None
    if isinstance(node, Scalar) and node.plain and node.tag is None:
        if node.value in ("true", "false"):
            return Given(node.value == "true", node.at)
        if (
            node.value.isascii()
            and node.value.isdecimal()
            and len(node.value) < 9
            and str(int(node.value)) == node.value
        ):
            return Given(int(node.value), node.at)
    text = reader.text(node)
    return None if text is None else Given(text, node.at)
