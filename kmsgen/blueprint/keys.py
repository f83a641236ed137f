"""A document to the keys it asks for: every draft in its account and in each of its Regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from kmsgen.blueprint import entries
from kmsgen.blueprint.document import Document
from kmsgen.blueprint.expansion import Draft, Expansion
from kmsgen.blueprint.expectations import read_allowed_findings, read_expectations
from kmsgen.blueprint.grammar import Directory, Grammar
from kmsgen.blueprint.intent import ROOT_MODES, Blueprint, KeyIntent, Root
from kmsgen.blueprint.layers import Fields
from kmsgen.blueprint.model import Entry
from kmsgen.blueprint.principals import directory
from kmsgen.blueprint.settings import read_settings
from kmsgen.blueprint.statements import read_statements
from kmsgen.catalog.principals import PARTITIONS, REGION, REGIONS, partition_of
from kmsgen.errors import Problems, did_you_mean
from kmsgen.nodes import Mapping, Node, Scalar
from kmsgen.reading.fields import Reader
from kmsgen.reading.scope import Scope

T = TypeVar("T")
_Aliases = dict[tuple[str, str | None, str], KeyIntent]


def expand(document: Document, problems: Problems) -> Iterator[Blueprint]:
    """The blueprint in each of its environments; in none, once."""
    everywhere: _Aliases = {}
    for environment in document.environments or (None,):
        drafts = Expansion(document, problems, environment).drafts()
        placing = _Placing(document, problems)
        keys = tuple(intent for draft in drafts for intent in placing.keys(draft))
        _one_key_to_an_alias(keys, everywhere, problems)
        _one_key_to_an_old_name(keys, problems)
        yield Blueprint(document.name, environment, keys, document.inline_references, document.shards)


def _one_key_to_an_alias(keys: Iterable[KeyIntent], everywhere: _Aliases, problems: Problems) -> None:
    """An alias names one key of an account and Region; in another environment it may not be meant to be there yet."""
    here: _Aliases = {}
    for key in keys:
        for alias in key.settings.aliases:
            place = (key.account, key.region, alias)
            first, other = here.setdefault(place, key), everywhere.setdefault(place, key)
            where = f"account {key.account}" + (f" and Region {key.region}" if key.region else "")
            if first is not key:
                message = f"`{alias}` would name two keys in {where}, `{first.name}` and `{key.name}`"
                hint = "give each key an alias of its own; with `for_each` write `${each.key}` into it"
                problems.error(message, key.at, hint, (("first here", first.at),) if first.at != key.at else ())
            elif other is not key:
                message = f"`{alias}` would name a key of several environments in {where}"
                problems.warning(message, key.at, "write `${environment}` into it, or give each environment an account")


def _one_key_to_an_old_name(keys: Iterable[KeyIntent], problems: Problems) -> None:
    """A key is renamed from what no other was called; from what another is called only if that one is renamed too."""
    called = {key.name: key for key in keys}
    staying = {name: key for name, key in called.items() if key.settings.renamed_from is None}
    for name, key in called.items():
        if (old := key.settings.renamed_from) is None:
            continue
        other = staying.setdefault(old, key)
        if other is not key or old == name:
            hint = "leave `renamed_from` out, or say what the key itself was called"
            related = (("there", other.at),) if other is not key else ()
            problems.error(f"`{name}` cannot be renamed from `{old}`: a key has that name", key.at, hint, related)


class _Place(NamedTuple):
    """Where a key is."""

    account: str
    account_name: str
    region: str | None
    regions: tuple[str, ...]
    partition: str


@dataclass
class _Placing:
    """Puts the keys of one environment in their accounts and Regions."""

    document: Document
    problems: Problems
    _directories: dict[_Place, Directory] = field(default_factory=dict)

    def keys(self, draft: Draft) -> Iterator[KeyIntent]:
        """The draft in each of its Regions."""
        reader = Reader(self.problems, draft.scope)
        for place in self._places(reader, draft):
            in_region = {"account": place.account, **({"region": place.region} if place.region else {})}
            intent = self._key(draft, draft.scope.with_values(in_region), place)
            if intent is not None:
                yield intent

    def _places(self, reader: Reader, draft: Draft) -> Iterator[_Place]:
        fields = draft.fields
        account = self._account(reader, draft)
        multi = tuple(self._region_names(reader, fields["multi_region"].node)) if "multi_region" in fields else ()
        if len(set(multi)) < len(multi):
            hint = "name the primary's Region first and each replica's once"
            reader.fail(fields["multi_region"].node, "a replica is in a Region that the key is in already", hint)
            multi = tuple(dict.fromkeys(multi))
        single = tuple(self._region_names(reader, fields["region"].node)) if "region" in fields else ()
        if len({partition_of(region) for region in (multi or single)}) > 1:
            hint = "an account is in one partition: make a key for each, in an account of its own"
            where = fields["multi_region" if multi else "region"].node
            reader.fail(where, "the Regions of a key are in different partitions", hint)
        if account is None:
            return
        for region in multi or tuple(dict.fromkeys(single)) or (None,):
            yield _Place(*account, region, multi, self._partition(reader, fields, region))

    def _account(self, reader: Reader, draft: Draft) -> tuple[str, str] | None:
        """The number and the name of the key's account."""
        if "account" not in draft.fields:
            reader.fail(
                draft.key, f"key `{draft.name}` says no account", "add `account: …`, or set it under `defaults`"
            )
            return None
        node = draft.fields["account"].node
        text = reader.text(node, "an account")
        if text is None:
            return None
        grammar = Grammar("", "aws", self.document.accounts)
        number = grammar.account_number(text)
        if number is None:
            hint = did_you_mean(text, self.document.accounts) or "name it under the top-level `accounts`"
            reader.fail(node, f"unknown account `{text}`", hint)
            return None
        names = (name for name, digits in self.document.accounts.items() if digits == number)
        return number, (text if text != number else next(names, number))

    def _region_names(self, reader: Reader, node: Node) -> Iterator[str]:
        items = reader.items(node)
        if not items:
            reader.fail(node, "the list of Regions is empty", "name at least one, or write `null` to clear it")
        for item in items:
            region = reader.matching(item, REGION, "a Region", "eu-west-1")
            if region is None:
                continue
            if region not in REGIONS:
                near = did_you_mean(region, REGIONS)
                self.problems.warning(f"`{region}` is not a Region known to this version", item.at, near)
            yield region

    def _partition(self, reader: Reader, fields: Fields, region: str | None) -> str:
        implied = partition_of(region) if region else "aws"
        if "partition" not in fields:
            return implied
        node = fields["partition"].node
        said = reader.choice(node, PARTITIONS, "partition")
        if said is not None and region is not None and said != implied:
            reader.fail(node, f"the Region `{region}` is in the partition `{implied}`, not in `{said}`", "leave it out")
        return said or implied

    def _directory(self, place: _Place, scope: Scope) -> Directory:
        if place not in self._directories:
            # What `principals` says is said once for the file, so no entry of a `for_each` can be meant in it.
            values = {name: value for name, value in scope.values.items() if not name.startswith("each.")}
            reader = Reader(self.problems, Scope(values))
            grammar = Grammar(place.account, place.partition, self.document.accounts)
            self._directories[place] = directory(reader, grammar, self.document.principals)
        return self._directories[place]

    def _key(self, draft: Draft, scope: Scope, place: _Place) -> KeyIntent | None:
        before = len(self.problems.errors)
        reader, fields = Reader(self.problems, scope), draft.fields
        who = self._directory(place, scope)

        def read(name: str, how: Callable[[Node], tuple[T, ...]]) -> tuple[T, ...]:
            return how(fields[name].node) if name in fields else ()

        multi = bool(place.regions)
        settings = read_settings(reader, fields, place.account, place.region, place.partition, multi_region=multi)
        if settings is None:
            return None
        intent = KeyIntent(
            name=draft.name,
            at=draft.key.at,
            account=place.account,
            account_name=place.account_name,
            region=place.region,
            regions=place.regions,
            partition=place.partition,
            organization=self.document.organization,
            settings=settings,
            root=_root(reader, draft.key, fields),
            deployer=_deployer(reader, who, fields),
            entries=(
                *read("admins", lambda node: entries.principal_entries(reader, who, "admins", node)),
                *read("users", lambda node: entries.principal_entries(reader, who, "users", node)),
                *read("accounts", lambda node: entries.account_entries(reader, who, node)),
            ),
            services=read("services", lambda node: entries.template_entries(reader, who, "service", node)),
            guards=read("guards", lambda node: entries.template_entries(reader, who, "guard", node)),
            statements=read("statements", lambda node: read_statements(reader, node)),
            expect=read("expect", lambda node: read_expectations(reader, who, node)),
            allow_findings=read("allow_findings", lambda node: read_allowed_findings(reader, node)),
            directory=who,
            broken=False,
        )
        return replace(intent, broken=True) if len(self.problems.errors) > before else intent


def _root(reader: Reader, key: Scalar, fields: Fields) -> Root:
    """`recovery`, `delegate`, `delegate-admin`, or `{mode: none, reason: …, locked: true}`."""
    if "root" not in fields:
        return Root("recovery", None, key.at)
    node = fields["root"].node
    reason: str | None = None
    locked = False
    mode_node = node
    if isinstance(node, Mapping):
        item = entries.take_apart(reader, node, "mode")
        if item is None:
            return Root("recovery", None, node.at)
        mode_node = item.name
        if "reason" in item.options:
            reason = reader.text(item.options["reason"][1], "a reason")
        if "locked" in item.options:
            locked = reader.boolean(item.options["locked"][1], "`locked`") is True
        for name, (option, _) in item.options.items():
            if name not in ("reason", "locked"):
                reader.fail(option, f"unknown field `{name}` for `root`", "known: `mode`, `reason`, `locked`")
    mode = reader.choice(mode_node, ROOT_MODES, "mode of `root`")
    if mode == "none" and not (reason and reason.strip()):
        hint = "write `root: {mode: none, reason: …}`; without it only AWS Support can mend a key that locks itself"
        reader.fail(mode_node, "`root: none` has no reason", hint)
    if locked and mode != "none":
        reader.fail(mode_node, "only a key with `root: none` can be `locked`", "leave `locked` out")
    return Root(mode or "recovery", reason, node.at, locked)  # type: ignore[arg-type]


def _deployer(reader: Reader, who: Directory, fields: Fields) -> Entry | None:
    if "deployer" not in fields:
        return None
    node = fields["deployer"].node
    entry = entries.principal_entry(reader, who, "admins", node, known=("pin",))
    if entry is not None and len(entry.who) > 1:
        hint = "give the others the role `deploy` under `admins`"
        reader.problems.error("a key has one deployer", entry.who[1].at, hint)
    for one in entry.who if entry else ():
        if one.service_linked:
            hint = "name the role with which Terraform or CloudFormation runs"
            reader.problems.error(f"`{one.text}` puts no key policies: it is an AWS service's", one.at, hint)
        if one.account != who.grammar.account:
            hint = "KMS lets nobody in another account put a key policy"
            reader.problems.error(f"the deployer `{one.text}` is not in the key's account", one.at, hint)
    return entry
