"""The resources of KMS in a module, each instance with its arguments worked out as far as that can be done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kmsgen.catalog.key_specs import DEFAULT_SPEC, ENCRYPT_DECRYPT
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_placed
from kmsgen.policy.reference import is_symbolic
from kmsgen.sources.configuration.expressions import Names
from kmsgen.sources.configuration.functions import encoded, has_symbols
from kmsgen.sources.configuration.policies import Policies
from kmsgen.sources.configuration.syntax import Attribute, Block, Traversal, inside, unwrapped
from kmsgen.sources.configuration.undecided import UndecidedError
from kmsgen.sources.configuration.values import OUT_OF_SYMBOLS, Values
from kmsgen.sources.estate import ALIAS, KEYS, POLICY, REPLICAS
from kmsgen.sources.model import named_by_root
from kmsgen.sources.plan import Resource, Written

_META = ("count", "for_each", "provider", "depends_on", "policy")
_SYMBOL = re.compile("⟨([^⟨⟩]*)⟩")
SAY = "`terraform show -json` of a plan tells it"


@dataclass(frozen=True)
class Reader:
    """Reads the keys, policies and aliases of a module."""

    values: Values
    policies: Policies

    def all(self) -> Iterator[Resource]:
        """Every instance of every resource of KMS, in the order of the files."""
        for address, block in self.values.module.resources.items():
            type_ = address.partition(".")[0]
            if type_ in (*KEYS, POLICY, ALIAS):
                yield from self._instances(address, block)

    def _instances(self, address: str, block: Block) -> Iterator[Resource]:
        try:
            instances = self.values.instances(block.body.attributes, {})
        except (UndecidedError, KmsgenError) as error:
            yield self._undecided(address, block, f"{error}; {SAY}")
            return
        for index, names in instances:
            shown = address if index is None else f"{address}[{encoded(index)}]"
            yield self._instance(shown, address, index, block, names)

    def _undecided(self, address: str, block: Block, reason: str) -> Resource:
        """A resource of which it is not known how often there is one."""
        attributes = block.body.attributes
        return Resource(
            address, "", address.partition(".")[0], address, None, {}, dict.fromkeys(attributes, True),
            {name: _refers(one) for name, one in attributes.items()}, at=block.span.at, written=Written(None, reason),
            notes=(f"it is not known whether it is made: {reason}",),
        )  # fmt: skip

    def _instance(self, shown: str, address: str, index: Any, block: Block, names: Names) -> Resource:
        values: dict[str, Any] = {}
        unknown: dict[str, bool] = {}
        expressions: dict[str, Any] = {}
        for name, attribute in block.body.attributes.items():
            if name in _META:
                continue
            try:
                values[name] = self.values.value(attribute.value, names)
            except (UndecidedError, KmsgenError):
                values[name], unknown[name] = None, True
            if values[name] is None and name not in unknown:
                continue  # null: as if it were not there
            expressions[name] = _refers(attribute, values[name])
            if has_symbols(values[name]):
                values[name], unknown[name] = None, True
        where = self.values.where(block)
        written = self._policy(block, names, where.text("account"), where.text("partition"))
        if written is not None:
            expressions["policy"] = {}
        self._all_tags(block, values, unknown)
        if address.startswith(REPLICAS):
            values |= self._of_primary(block)
        return Resource(
            shown, "", address.partition(".")[0], address, index, values, unknown, expressions, where.text("account"),
            where.region, block.span.at, written, tuple(_notes(block)),
        )  # fmt: skip

    def _of_primary(self, block: Block) -> dict[str, Any]:
        """The spec and usage of a replica, which are those of its primary, where that is in the module too."""
        argument = block.body.attributes.get("primary_key_arn")
        primary = None if argument is None else unwrapped(argument.value)
        if not isinstance(primary, Traversal) or len(primary.steps) != 2 or primary.steps[1] != "arn":
            return {}
        found = self.values.module.resources.get(f"{primary.root}.{primary.steps[0]}")
        if found is None or primary.root not in KEYS:
            return {}
        said = {"key_spec": ("customer_master_key_spec", "key_spec"), "key_usage": ("key_usage",)}
        usual = {"key_spec": DEFAULT_SPEC, "key_usage": ENCRYPT_DECRYPT}
        try:
            for name, arguments in said.items():
                given = [found.body.attributes[one] for one in arguments if one in found.body.attributes]
                usual[name] = next((self.values.value(one.value, {}) for one in given), usual[name])
        except (UndecidedError, KmsgenError):
            return {}
        return {} if has_symbols(usual) else usual

    def _all_tags(self, block: Block, values: dict[str, Any], unknown: dict[str, bool]) -> None:
        """Add the tags that the provider gives to everything."""
        provider = self.values.module.providers.get(self.values.where(block).name)
        for one in provider.body.all("default_tags") if provider is not None else ():
            if "tags" not in one.body.attributes:
                continue
            try:
                tags = self.values.value(one.body.attributes["tags"].value, {})
            except (UndecidedError, KmsgenError):
                tags = None
            own = values.get("tags") or {}
            if not isinstance(tags, Mapping) or not isinstance(own, Mapping) or has_symbols(tags):
                unknown["tags"] = True
            else:
                values["tags_all"] = {**tags, **own}

    def _policy(self, block: Block, names: Names, account: str, partition: str) -> Written | None:
        """The policy of an instance; None where it is given none."""
        attribute = block.body.attributes.get("policy")
        if attribute is None:
            return None
        self.values.anew()
        try:
            document = self.policies.policy(attribute.value, names)
            if document is None:
                return None
            policy: Policy = named_by_root(read_placed(document), account, partition)
            return Written(policy, None, document.at)
        except UndecidedError as error:
            return Written(None, f"{error}; {SAY}")
        except KmsgenError as error:
            first = error.problems[0]
            more = f", and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
            return Written(None, f"{first.message}{f' ({first.at})' if first.at else ''}{more}")


def _refers(attribute: Attribute, value: Any = None) -> dict[str, Any]:
    """What an argument refers to, as the JSON of a plan says it: what it comes to, else what is written."""
    if isinstance(value, str) and is_symbolic(value):
        return {"references": [one.translate(OUT_OF_SYMBOLS) for one in _SYMBOL.findall(value)]}
    found = [one for one in inside(attribute.value) if isinstance(one, Traversal)]
    return {"references": [one.span.written for one in found]}


def _notes(block: Block) -> Iterator[str]:
    for one in block.body.all("lifecycle"):
        ignored = one.body.attributes.get("ignore_changes")
        if ignored is not None and re.search(r"\b(?:policy|all)\b", ignored.value.span.written):
            yield "changes of its policy are ignored (`ignore_changes`): what it has now may differ"
