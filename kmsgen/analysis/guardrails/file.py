"""A guardrails file: its text to guardrails, every mistake with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from dataclasses import replace

from kmsgen import nodes
from kmsgen.analysis.finding import SEVERITIES
from kmsgen.analysis.guardrails.model import OWN, Clause, Guardrail, Party, Selector
from kmsgen.analysis.guardrails.words import EVERYBODY, KINDS, Words
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.errors import KmsgenError, Problem, Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar, Sequence
from kmsgen.reading.fields import Reader

_TOP = ("version", "accounts", "principals", "guardrails")
_FIELDS = ("reason", "never", "always", "separate", "keys", "severity")
_CLAUSE = ("who", "except", "do", "when", "unless", "access")
_DUTIES = ("duties", "who", "except", "when", "unless", "access")
_SELECTOR = ("names", "except", "tags", "account", "region")
_RESERVED = (*EVERYBODY, *KINDS)
_ANYONE = (Party("anyone", "", ""),)


def read_guardrails(text: str, name: str, roles: Names[str, frozenset[str]]) -> tuple[Guardrail, ...]:
    """The guardrails of a file; `roles` says what each role allows.

    Raises `KmsgenError` with every mistake, each with its place.
    """
    root, found = nodes.read(text, name)
    problems = Problems()
    problems.extend(found)
    guardrails = () if root is None else _Reading(Reader(problems), roles).file(root)
    if root is None and not problems.errors:
        problems.error("the file is empty", nodes.Source(name, text).location(1, 1), "begin with `version: 1`")
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return guardrails


def twice(guardrails: Iterable[Guardrail]) -> Iterator[Problem]:
    """The guardrails of several files that have a name which another has already."""
    seen: dict[str, Guardrail] = {}
    for one in guardrails:
        first = seen.setdefault(one.name, one)
        if first is not one:
            related = (("first here", first.at),)
            yield Problem(f"there is a guardrail `{one.name}` already", one.at, "rename one of them", related)


class _Reading:
    def __init__(self, reader: Reader, roles: Names[str, frozenset[str]]) -> None:
        self.reader = reader
        self.words = Words(reader, {}, {}, roles)

    def file(self, root: Node) -> tuple[Guardrail, ...]:
        fields = self.reader.fields(root, _TOP, "a guardrails file")
        if isinstance(root, Mapping):
            self._version(root, fields)
        if "accounts" in fields:
            self.words = replace(self.words, accounts=self._accounts(fields["accounts"][1]))
        if "principals" in fields:
            self.words = replace(self.words, sets=self._sets(fields["principals"][1]))
        if "guardrails" not in fields:
            if isinstance(root, Mapping):
                self.reader.fail(
                    root, "the file has no `guardrails`", "write `guardrails: {NAME: {reason: …, never: …}}`"
                )
            return ()
        listed = self.reader.mapping(fields["guardrails"][1], "`guardrails`")
        found = [self._guardrail(key, node) for key, node in listed.values()]
        if not listed and not self.reader.problems.errors:
            self.reader.fail(fields["guardrails"][1], "there is no guardrail here", "name one, or leave the file out")
        return tuple(one for one in found if one is not None)

    def _version(self, root: Mapping, fields: dict[str, tuple[Scalar, Node]]) -> None:
        if "version" not in fields:
            self.reader.fail(root, "the file does not say its version", "begin with `version: 1`")
            return
        node = fields["version"][1]
        if not (isinstance(node, Scalar) and node.value == "1"):
            self.reader.fail(node, "the version of the language of guardrails is 1", "write `version: 1`")

    def _accounts(self, node: Node) -> dict[str, str]:
        found = {}
        for name, (key, value) in self.reader.mapping(node, "`accounts`").items():
            self._free(key)
            if (number := self.reader.matching(value, ACCOUNT, "an account number", '"111122223333"')) is not None:
                found[name] = number
        return found

    def _sets(self, node: Node) -> dict[str, tuple[Party, ...]]:
        found = {}
        for name, (key, value) in self.reader.mapping(node, "`principals`").items():
            self._free(key)
            found[name] = self.words.parties(value)
        return found

    def _free(self, key: Scalar) -> None:
        self.reader.name(key)
        if key.value in _RESERVED or "/" in key.value or ":" in key.value:
            hint = "choose another: words of guardrails, and names with `/` or `:`, are read otherwise"
            self.reader.fail(key, f"`{key.value}` cannot be a name here", hint)
        elif key.value in self.words.accounts:
            self.reader.fail(key, f"`{key.value}` is the name of an account already")

    def _guardrail(self, key: Scalar, node: Node) -> Guardrail | None:
        name = self.reader.name(key)
        fields = self.reader.fields(node, _FIELDS, f"the guardrail `{key.value}`")
        kinds = [kind for kind in ("never", "always", "separate") if kind in fields]
        if len(kinds) != 1 and fields:
            hint = "write `never`, `always` or `separate`; several demands are several guardrails"
            self.reader.fail(key, f"the guardrail `{key.value}` has one of `never`, `always` and `separate`", hint)
        if "reason" not in fields:
            hint = "say for whom it breaks why it is there: `reason: …`"
            self.reader.fail(key, f"the guardrail `{key.value}` has no `reason`", hint)
        reason = self.reader.reason(fields["reason"][1]) if "reason" in fields else None
        severity = (
            self.reader.choice(fields["severity"][1], SEVERITIES, "severity") if "severity" in fields else "error"
        )
        keys = self._selector(fields["keys"][1]) if "keys" in fields else Selector()
        if len(kinds) != 1:
            return None
        clause = self._clause(kinds[0], *fields[kinds[0]])
        if name is None or reason is None or severity is None or clause is None:
            return None
        return Guardrail(name, reason, kinds[0], clause, keys, severity, key.at)  # type: ignore[arg-type]

    def _clause(self, kind: str, key: Scalar, node: Node) -> Clause | None:
        separate = kind == "separate"
        if separate and isinstance(node, Sequence):
            fields: dict[str, tuple[Scalar, Node]] = {"duties": (key, node)}
        else:
            fields = self.reader.fields(node, _DUTIES if separate else _CLAUSE, f"`{kind}`")
        does = self._duties(key, fields) if separate else self._do(kind, key, fields)
        if kind == "always" and "who" not in fields:
            self.reader.fail(key, "`always` does not say who", "add `who: role/BreakGlass`")
            return None
        if not does or not all(does):
            return None
        both = frozenset[str]().union(*does)
        words = ("direct", "any") if kind != "never" else ("any", "direct", "iam")
        access = self.reader.choice(fields["access"][1], words, "access") if "access" in fields else words[0]
        return Clause(
            who=self.words.parties(fields["who"][1]) if "who" in fields else _ANYONE,
            besides=self.words.parties(fields["except"][1]) if "except" in fields else (),
            does=does,
            when=self.words.when(fields["when"][1], both) if "when" in fields else (),
            unless=self.words.when(fields["unless"][1], both) if "unless" in fields else (),
            access=access or words[0],  # type: ignore[arg-type]
        )

    def _do(self, kind: str, key: Scalar, fields: dict[str, tuple[Scalar, Node]]) -> tuple[frozenset[str], ...]:
        if "do" not in fields:
            self.reader.fail(key, f"`{kind}` does not say what", "add `do: decrypt`, `do: use`, `do: kms:PutKeyPolicy`")
            return ()
        return (self.words.does(fields["do"][1]),)

    def _duties(self, key: Scalar, fields: dict[str, tuple[Scalar, Node]]) -> tuple[frozenset[str], ...]:
        node = fields["duties"][1] if "duties" in fields else None
        listed = node.items if isinstance(node, Sequence) else []
        if len(listed) != 2:
            self.reader.fail(node or key, "`separate` keeps two duties apart", "write `separate: [manage, use]`")
            return ()
        return tuple(self.words.does(one) for one in listed)

    def _selector(self, node: Node) -> Selector:
        if not isinstance(node, Mapping):
            return Selector(names=self.reader.texts(node, "a key's name"))
        fields = self.reader.fields(node, _SELECTOR, "`keys`")
        tags: list[tuple[str, tuple[str, ...]]] = []
        if "tags" in fields:
            for name, (_, values) in self.reader.mapping(fields["tags"][1], "`tags`").items():
                tags.append((name, self.reader.texts(values, f"a value of the tag `{name}`")))
        return Selector(
            names=self.reader.texts(fields["names"][1], "a key's name") if "names" in fields else (),
            besides=self.reader.texts(fields["except"][1], "a key's name") if "except" in fields else (),
            tags=tuple(tags),
            accounts=self.reader.each(fields["account"][1], self._account) if "account" in fields else (),
            regions=self.reader.texts(fields["region"][1], "a Region") if "region" in fields else (),
        )

    def _account(self, node: Node) -> str | None:
        text = self.reader.text(node, "an account")
        number = None if text is None else self.words.account(text)
        if text is not None and number in (None, OWN):
            near = did_you_mean(text, self.words.accounts)
            self.reader.fail(node, f"unknown account `{text}`", near or "name it under `accounts`, or write its number")
            return None
        return number
