"""The unknown request: its caller, action and context as the solver's unknowns, held to the facts of `world`."""

from __future__ import annotations

from dataclasses import dataclass

from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.principals import PARTITIONS
from kmsgen.semantics.request import Request
from tests.oracle import world
from tests.oracle.patterns import action_test, tokens
from tests.oracle.smt_terms import Formula, Term, Terms, Text
from tests.oracle.smt_values import (
    AddressValue,
    ArnValue,
    BoolValue,
    NumberValue,
    Read,
    RowValue,
    TextValue,
    UnsupportedError,
    Value,
)  # fmt: skip

_LAST = 4_102_444_800  # 2100-01-01, so that every instant can be written
_V4, _V6 = 2**32 - 1, 2**128 - 1
_GRANT_SHAPE = "|".join(sorted(actions.GRANT_OPERATIONS))


@dataclass(frozen=True)
class Held:
    """A key's values: each is there where its formula holds; without any the key is absent."""

    elements: tuple[tuple[Formula, Value], ...]

    def present(self, terms: Terms) -> Formula:
        """Whether the key is there."""
        return terms.any(used for used, _ in self.elements)


class UnknownRequest:
    """What the solver looks for."""

    def __init__(self, terms: Terms, *, narrow: bool, list_sizes: dict[str, int], names: frozenset[str]) -> None:
        """`list_sizes`: how many values of each list key are needed; `names`: the encryption-context keys tested."""
        self.terms, self.narrow = terms, narrow
        self._sizes, self._names = list_sizes, names
        self.held: dict[str, Held] = {}
        self._caller()
        self._action()

    # The caller.

    def _caller(self) -> None:
        terms = self.terms
        self.kind = terms.integer("kind", 0, len(world.KINDS) - 1)
        self.partition = terms.text("partition", "|".join(PARTITIONS) if self.narrow else world.ANY_PARTITION)
        self.account = terms.text("account", world.ACCOUNT)
        self.path = terms.text("path", world.PATH)
        self.name = terms.text("name", world.NAME)
        self.session = terms.text("session", world.SESSION)
        self.host, self.in_china = terms.text("host", world.HOST), terms.boolean("in China")
        called = self.is_kind("service")
        self.services = tuple(
            (terms.all((called, where)), RowValue(terms, (self.host, suffix)))
            for where, suffix in ((terms.no(self.in_china), ".amazonaws.com"), (self.in_china, ".amazonaws.com.cn"))
        )
        named, typed = self.is_kind("user"), world.TYPES
        iam = terms.any(map(self.is_kind, world.IAM_KINDS))
        arns = {kind: self.arn(kind) for kind in world.IAM_KINDS}
        account = ((iam, TextValue(terms, self.account)),)
        self._derived = {
            "aws:principalarn": tuple((self.is_kind(kind), arn) for kind, arn in arns.items()),
            "aws:principalaccount": account,
            "kms:calleraccount": account,
            "aws:principaltype": tuple((self.is_kind(kind), TextValue(terms, typed[kind])) for kind in typed),
            "aws:username": ((named, TextValue(terms, self.name)),),
            "aws:principalisawsservice": ((True, BoolValue(terms, self.is_kind("service"))),),
            "aws:principalservicename": self.services,
        }

    def is_kind(self, kind: str) -> Formula:
        """Whether the caller is of a kind."""
        return self.terms.equals_number(self.kind, world.KINDS.index(kind))

    def arn(self, kind: str) -> ArnValue:
        """What `aws:PrincipalArn` says of a caller of that kind."""
        iam = ("arn", self.partition, "iam", "", self.account)
        sts = ("arn", self.partition, "sts", "", self.account)
        return {
            "session": ArnValue(self.terms, iam, ("role/", self.path, self.name)),
            "user": ArnValue(self.terms, iam, ("user/", self.path, self.name)),
            "root": ArnValue(self.terms, iam, ("root",)),
            "federated": ArnValue(self.terms, sts, ("federated-user/", self.name)),
        }[kind]

    # The action.

    def _action(self) -> None:
        self.known = [name for name, one in actions.ACTIONS.items() if one.in_key_policy or not self.narrow]
        self.action = self.terms.integer("action", 0, len(self.known))
        # Policies match actions in any case, so a new one is looked for in lower case alone.
        shape = (world.NEW_ACTION_NARROW if self.narrow else world.NEW_ACTION_WIDE).replace("A-Z", "")
        self.new_action = self.terms.text("new", shape)
        for name in actions.ACTIONS:
            self.terms.fact(self.terms.no(self.terms.equals(self.new_action, name.lower())))

    @property
    def is_new(self) -> Formula:
        """Whether the action is one that AWS may add."""
        return self.terms.equals_number(self.action, len(self.known))

    def acts(self, pattern: str) -> Formula:
        """Whether the action is one that a pattern stands for."""
        test = action_test(pattern)
        by_name = [self._is_action(name) for name in self.known if test.fullmatch(name)]
        lower = tokens(pattern.lower(), wildcards=True, variables=False)
        if pattern != "*" and not (lower and (not isinstance(lower[0], str) or "kms:".startswith(lower[0][:4]))):
            return self.terms.any(by_name)
        return self.terms.any((*by_name, self.terms.all((self.is_new, self.terms.like(self.new_action, lower)))))

    def _is_action(self, name: str) -> Formula:
        return self.terms.equals_number(self.action, self.known.index(name))

    def _one_of(self, names: list[str]) -> Formula:
        return self.terms.any(self._is_action(name) for name in names)

    # The context.

    def key(self, name: str) -> Held:
        """A key's values; the facts about it come along."""
        name = name.lower()
        if name in self._derived:
            return Held(self._derived[name])
        if name == "aws:viaawsservice":
            return Held(((True, BoolValue(self.terms, self.key("kms:viaservice").present(self.terms))),))
        if name not in self.held:
            several = world.is_list(name)
            size = self._sizes.get(name, 1) if several else 1
            made = tuple((self.terms.boolean(f"has {name}"), self._value(name)) for _ in range(size))
            self.held[name] = Held(made)
            self._senders(name, self.held[name].present(self.terms))
            self._related(name)
        return self.held[name]

    def _value(self, name: str) -> Value:
        terms, kind = self.terms, world.type_of(name)
        if kind == "bool":
            return BoolValue(terms, terms.boolean(name))
        if kind == "numeric":
            low, high = world.BOUNDS.get(name, (0, 10**9)) if self.narrow else (0, 10**9)
            return NumberValue(terms, terms.integer(name, low, high), "Numeric")
        if kind == "date":
            return NumberValue(terms, terms.integer(name, 0, _LAST), "Date")
        if kind == "ip":
            is_v6, number = terms.boolean(f"{name} is v6"), terms.integer(name, 0, _V6)
            terms.fact(terms.implies(terms.no(is_v6), terms.between(number, 0, _V4)))
            return AddressValue(terms, is_v6, number)
        if kind == "arn":
            return self._arn(name)
        shape = world.SHAPES.get(name, world.TEXT) if self.narrow else world.TEXT
        if self.narrow and name == "kms:grantoperations":
            shape = _GRANT_SHAPE
        return TextValue(terms, terms.text(name, shape))

    def _arn(self, name: str) -> ArnValue:
        part = "[!-9;-~]"
        shapes = (f"{part}+", f"{part}+", f"{part}*", f"{part}*")
        if self.narrow:
            shapes = ("|".join(PARTITIONS), "[a-z0-9-]+", "[a-z0-9-]*", f"({world.ACCOUNT})?")
        parts: list[Text] = [self.terms.text(name, shape) for shape in shapes]
        return ArnValue(self.terms, ["arn", *parts], [self.terms.text(name, world.TEXT)])

    def _senders(self, name: str, present: Formula) -> None:
        terms, who = self.terms, world.sender(name)
        if who == "service":
            terms.fact(terms.implies(present, self.is_kind("service")))
        elif who == "principal":
            terms.fact(terms.implies(present, terms.no(self.is_kind("service"))))
            if self.narrow or name not in world.NETWORK:
                terms.fact(terms.implies(present, terms.no(self.is_kind("anonymous"))))
        carrying = [action for action in self.known if condition_keys.carries(action, name)]
        if len(carrying) < len(self.known):
            terms.fact(terms.implies(present, terms.any((self._one_of(carrying), self.is_new))))
        if self.narrow and name in world.ALWAYS:
            terms.fact(present)
        if self.narrow and name in world.SENT_WITH:
            sending = [action for action in self.known if action.lower() in world.SENT_WITH[name]]
            terms.fact(terms.implies(self._one_of(sending), present))

    def _related(self, name: str) -> None:
        """The facts that tie a key to others; a key that nobody tests is absent unless it has to be there."""
        terms, present = self.terms, self.held[name].present(self.terms)
        if name == "aws:sourceip" or name in world.VPC_KEYS:
            for other in (world.VPC_KEYS if name == "aws:sourceip" else {"aws:sourceip"}) & self.held.keys():
                terms.fact(terms.no(terms.all((present, self.held[other].present(terms)))))
        elif name == "aws:multifactorauthage":
            used, value = self.key("aws:multifactorauthpresent").elements[0]
            terms.fact(terms.implies(present, terms.all((used, _truth(value)))))
        elif name == world.CONTEXT_KEYS:
            self._context_names()
        elif name.startswith(world.CONTEXT_KEY) and world.CONTEXT_KEYS in self._sizes:
            self.key(world.CONTEXT_KEYS)

    def _context_names(self) -> None:
        """`kms:EncryptionContextKeys` lists what there is, and lists no name twice, whatever its case."""
        terms, elements = self.terms, self.held[world.CONTEXT_KEYS].elements
        for name in sorted(self._names):
            listed = terms.any(terms.all((used, terms.folded(_text(value), name))) for used, value in elements)
            terms.fact(terms.same(self.key(f"{world.CONTEXT_KEY}{name}").present(terms), listed))
        for index, (used, value) in enumerate(elements):
            for other, second in elements[:index]:
                differ = terms.differ_folded(_text(value), _text(second))
                terms.fact(terms.implies(terms.all((used, other)), differ))

    # The answer.

    def request(self, read: Read) -> Request:
        """The request of a model."""
        kind = world.KINDS[int(read(self.kind))]
        partition, account, path, name = (
            str(read(term)) for term in (self.partition, self.account, self.path, self.name)
        )
        iam, sts = f"arn:{partition}:iam::{account}", f"arn:{partition}:sts::{account}"
        context: dict[str, tuple[str, ...]] = {}
        if kind == "session":
            context["aws:PrincipalArn"] = (f"{iam}:role/{path}{name}",)
        principal = {
            "session": f"{sts}:assumed-role/{name}/{read(self.session)}",
            "user": f"{iam}:user/{path}{name}",
            "root": f"{iam}:root",
            "federated": f"{sts}:federated-user/{name}",
            "service": f"{read(self.host)}.amazonaws.com{'.cn' if read(self.in_china) else ''}",
            "anonymous": "*",
        }[kind]
        index = int(read(self.action))
        action = self.known[index] if index < len(self.known) else str(read(self.new_action))
        for key, held in sorted(self.held.items()):
            values = tuple(value.read(read) for used, value in held.elements if read(used))
            if key == world.CONTEXT_KEYS:
                context |= {f"kms:EncryptionContext:{one}": ("x",) for one in values if one.lower() not in self._names}
            elif values or key in ("aws:securetransport",):
                context[_spelled(key)] = tuple(dict.fromkeys(values))
        return Request(principal, action, self._respelled(context, read))

    def _respelled(self, context: dict[str, tuple[str, ...]], read: Read) -> dict[str, tuple[str, ...]]:
        """Encryption-context keys in the case in which `kms:EncryptionContextKeys` lists them."""
        if world.CONTEXT_KEYS not in self.held:
            return context
        elements = self.held[world.CONTEXT_KEYS].elements
        listed = {name.lower(): name for name in (value.read(read) for used, value in elements if read(used))}
        return {
            key if not key.lower().startswith(world.CONTEXT_KEY)
            else f"kms:EncryptionContext:{listed[key[len(world.CONTEXT_KEY) :].lower()]}": values
            for key, values in context.items()
        }  # fmt: skip


def _spelled(key: str) -> str:
    known = condition_keys.find(key)
    if known is None:
        return key
    return known.name + key[len(known.name) :]


def _text(value: Value) -> Term:
    if not isinstance(value, TextValue):
        raise UnsupportedError("a list of something else than text")
    return value.text


def _truth(value: Value) -> Formula:
    assert isinstance(value, BoolValue)
    return value.truth
