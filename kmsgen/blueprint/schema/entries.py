"""The items of a key's lists: principals, accounts, services and guards, in each of their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kmsgen.blueprint.document import WORD
from kmsgen.blueprint.grammar import KINDS
from kmsgen.blueprint.intrinsics import FUNCTIONS
from kmsgen.blueprint.principals import REFERENCE_FIELDS
from kmsgen.blueprint.schema.shapes import (
    ANY_TEXT,
    NOTHING,
    VARIABLE,
    VARIABLE_TEXT,
    Schema,
    any_of,
    described,
    fields,
    listed,
    matching,
    names,
    nullable,
    one_or_more,
    ref,
    shaped,
)
from kmsgen.blueprint.schema.words import ENTRY, REFERENCE, STACKED


@dataclass(frozen=True)
class Offered:
    """A template that may be named, as far as editors tell of it."""

    summary: str
    """One sentence about it."""
    more: str = ""
    """What else is good to know, in Markdown."""
    parameters: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    """Parameters that must be given."""
    one_of: tuple[str, ...] = ()
    """Parameters of which at least one must be given."""
    aliases: tuple[str, ...] = ()
    """What else it is called."""
    for_callers: bool = False
    """Whether it may say whom it is for."""

    @property
    def stands_alone(self) -> bool:
        """Whether its name is enough."""
        return not self.required and not self.one_of


Offers = Mapping[str, Offered]
"""Templates by name."""

NAMED = shaped('`prod` or `"111122223333"`', WORD)
"""An account: its name, or its number."""
_KINDS = "|".join(kind for kind in KINDS if kind != "root")
PRINCIPAL = shaped(
    "`role/NAME`, `user/NAME`, `analytics/role/NAME`, `sso/NAME`, an ARN, or a name from `principals`",
    WORD,
    re.compile(rf"(?:{WORD.pattern}/)?(?:root|(?:{_KINDS})/[^\s*?]+)"),
    re.compile(r"arn:[^\s*?]+"),
)
"""A principal: a name, an ARN, or a kind and a name, perhaps with an account before it."""

_MEANT, _ESCAPED = re.compile(r"([.^$*+?()\[\]{}|\\])"), r"\\\1"
"""What means something in a pattern, and as itself there."""
_OPTIONS: dict[str, Schema] = {"can": ref("can"), "when": ref("when"), "pin": {"enum": [True, False, "match"]}}
LABELS: dict[str, tuple[str, ...]] = {"principal": ("can", "when", "pin"), "account": ("can", "when")}
"""The entries that name somebody, and the options of each."""


def deployer() -> Schema:
    """The one principal that applies the policy, which no AWS service does."""
    return entry("principal", ("pin",), named={**PRINCIPAL, "not": {"pattern": "^(?:[^/]*/)?service-linked/"}})


def entry(label: str, options: Iterable[str], *, named: Schema, several: bool = False) -> Schema:
    """`NAME`, `{label: NAME, …}` or `{NAME: {…}}`."""
    said = {name: {**_OPTIONS[name], **described(ENTRY[name])} for name in options}
    who = {**(listed(named) if several else named), **described(ENTRY[label])}
    spelt = fields({label: who, **said}, required=[label])
    mapped = {**names(nullable(fields(said))), "minProperties": 1, "maxProperties": 1, "not": {"required": [label]}}
    return any_of(named, spelt, mapped)


def reference() -> Schema:
    """A principal that a stack makes."""
    schemas: dict[str, Schema] = {
        "arn": matching("`arn:aws:iam::111122223333:role/NAME`", rf"^arn:|{VARIABLE}"),
        # No pattern: what cannot be a Terraform reference is long to say, and rarely written.
        "terraform": ANY_TEXT,
        "cloudformation": _function(),
        "account": NAMED,
    }
    spelt = fields({name: {**schemas[name], **described(REFERENCE[name])} for name in REFERENCE_FIELDS})
    return {**spelt, **one_or_more(("arn", "account"))}


def _function() -> Schema:
    """A function of CloudFormation's; an editor may see the short form, `!GetAtt A.B`, without its tag."""
    long = {"type": "object", "propertyNames": {"enum": list(FUNCTIONS.values())}, "maxProperties": 1}
    return any_of({"type": ["string", "array"]}, long)


def stacked() -> Schema:
    """A value that a stack knows, where a template takes a name or an ARN."""
    return {"type": "object", "minProperties": 1, **described(STACKED)}


def templates(label: str, offers: Offers) -> Schema:
    """The definitions of all templates of a kind, of their names, and of an item that uses one."""
    return {
        **names_of(label, offers),
        **{f"{label}.{name}": _used(label, offered) for name, offered in offers.items()},
        label: any_of(
            called(label, {name: one for name, one in offers.items() if one.stands_alone}),
            _mapped(label, offers),
            _spelt(label, offers),
        ),
    }


def called(label: str, offers: Offers) -> Schema:
    """The name of one of these templates."""
    return any_of(*(ref(f"{label}.{name}.name") for name in offers), VARIABLE_TEXT)


def names_of(label: str, offers: Offers) -> dict[str, Schema]:
    """The definitions of templates' names: each with what it is also called, and what it means."""
    return {
        f"{label}.{name}.name": {"enum": [name, *one.aliases], **described(one.summary, one.more)}
        for name, one in offers.items()
    }


def _taken(label: str, offered: Offered) -> dict[str, Schema]:
    """What a template takes, by name; what need not be given may be `null`, which is nothing."""
    taken = {
        name: schema if name in offered.required else nullable(schema) for name, schema in offered.parameters.items()
    }
    if label == "service":
        if offered.for_callers:
            taken["for"] = {**ref("values.caller"), **described(ENTRY["for"])}
        taken["when"] = {**ref("when"), **described(ENTRY["when"])}
    return taken


def _used(label: str, offered: Offered) -> Schema:
    """What stands behind a template's name."""
    made = fields(_taken(label, offered), required=offered.required)
    if offered.one_of:
        made |= one_or_more(offered.one_of)
    return {**made, **described(offered.summary, offered.more)}


def _mapped(label: str, offers: Offers) -> Schema:
    """`{NAME: {…}}`."""
    properties = {
        one: ref(f"{label}.{name}") if not offered.stands_alone else any_of(ref(f"{label}.{name}"), NOTHING)
        for name, offered in offers.items()
        for one in (name, *offered.aliases)
    }
    message = f"unknown {label}, or one that cannot do without parameters: `- NAME: {{…}}`"
    return {**fields(properties), "minProperties": 1, "maxProperties": 1, "errorMessage": message}


def _spelt(label: str, offers: Offers) -> Schema:
    """`{label: NAME, …}`: its other fields are those of the template that it names."""
    name = {**called(label, offers), **described(ENTRY[label])}
    cases = [
        {
            "if": {"properties": {label: _is_one_of(one, *offered.aliases)}},
            "then": _beside(label, one, offered),
        }
        for one, offered in offers.items()
    ]
    return {"type": "object", "properties": {label: name}, "required": [label], "allOf": cases}


def _is_one_of(*words: str) -> Schema:
    """One of these words, whole: of an `enum` editors that complete take the beginning of a word for all of it."""
    return {"type": "string", "pattern": f"^(?:{'|'.join(_MEANT.sub(_ESCAPED, word) for word in words)})$"}


def _beside(label: str, name: str, offered: Offered) -> Schema:
    """What may stand beside a template's name; each part is defined once, where it stands behind the name."""
    known = {one: ref(f"{label}.{name}/properties/{one}") for one in _taken(label, offered)}
    made = fields({label: {}, **known}, required=offered.required)
    return {**made, **one_or_more(offered.one_of)} if offered.one_of else made
