"""A CloudFormation template as a source: its KMS keys, their aliases, and their policies with functions as symbols.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kmsgen.documents import Document, Path
from kmsgen.errors import KmsgenError, PolicyError, Problem
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_placed
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import generated
from kmsgen.sources.intrinsics import NO_VALUE, Template, symbol, template
from kmsgen.sources.model import Loaded, Options, SourceKey, default_policy, distinct, id_of, named_by_root, symbols
from kmsgen.sources.policy import embedded
from kmsgen.sources.stack_conditions import UnreadableError
from kmsgen.sources.stack_settings import settings_of
from kmsgen.words import camel

KEY, REPLICA, ALIAS = "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias"
_LOOP = "Fn::ForEach::"
_HOLD = {True: ("holds", "hold"), False: ("does not hold", "do not hold")}


def load(document: Document, options: Options) -> Loaded:
    """The keys of a template; one whose policy only CloudFormation can work out is there without it.

    Raises `PolicyError` where the text is no template.
    """
    if not isinstance(document.data, Mapping) or not isinstance(document.data.get("Resources"), Mapping):
        raise PolicyError(Problem("the template has no `Resources`", document.at(())))
    made = options.manifests.entry(document.name)
    if made is not None and made.keys:
        of_file = made.keys[0]
        options = replace(
            options, account=of_file.get("account") or options.account, region=of_file.get("region") or options.region
        )
    reader = _Reader(template(document, options), made)
    keys = distinct(reader.keys())
    return Loaded(keys, tuple(reader.notes()))


class _Reader:
    def __init__(self, read: Template, made: generated.Made | None) -> None:
        self._template = read
        self._made = made
        self._aliases: dict[str, list[str]] = {}
        self._unknown_aliases: set[str] = set()
        self._unmade: list[str] = []
        self._decisive: set[str] = set()
        """The parameters whose defaults decided conditions."""

    def notes(self) -> Iterator[str]:
        name = self._template.document.name
        if defaults := sorted(self._template.used | self._decisive):
            listed = ", ".join(f"`{one}`" for one in defaults)
            yield f"{name}: parameters are taken at their defaults: {listed}; `--parameter NAME=VALUE` says otherwise"
        yield from (f"{name}: {one}" for one in self._unmade)
        options = self._template.options
        if options.account and not options.region:
            yield f"{name}: the partition is taken to be `aws`; `--region` tells otherwise"
        if "Fn::Transform" in self._template.resources:
            yield f"{name}: resources that a transform brings in are not seen"
        if (macros := self._template.document.data.get("Transform")) is not None:
            listed = ", ".join(map(str, macros)) if isinstance(macros, list) else str(macros)
            yield f"{name}: what the transform {listed} changes is not seen"

    def keys(self) -> Iterator[SourceKey]:
        for logical, resource in self._template.resources.items():
            if isinstance(resource, Mapping) and resource.get("Type") == ALIAS:
                self._take_alias(logical)
        for logical, resource in self._template.resources.items():
            if logical.startswith(_LOOP):
                if KEY in str(resource) or REPLICA in str(resource):
                    yield self._without(
                        logical, f"a loop that CloudFormation works out{self._place(('Resources', logical))}"
                    )
            elif isinstance(resource, Mapping) and resource.get("Type") in (KEY, REPLICA):
                yield from self._key_of(logical, resource)

    def _key_of(self, logical: str, resource: Mapping[str, Any]) -> Iterator[SourceKey]:
        """The key of a resource, unless what the user says keeps it from being made."""
        whole = self._template
        # What is assumed is told of each key by itself.
        self._template = replace(whole, assumed={})
        made, note = self._made_where(logical, resource)
        if made is False and note is None:
            self._unmade.append(f"`{logical}` is not made: the condition `{resource['Condition']}` does not hold")
        else:
            key = self._key(logical, resource)
            yield replace(key, notes=(*key.notes, *([note] if note else []), *self._assumed()))
        self._template = whole

    def _assumed(self) -> Iterator[str]:
        """What is said of conditions that the defaults of parameters decided."""
        by: dict[tuple[str, ...], dict[bool, list[str]]] = {}
        for name, found in sorted(self._template.assumed.items()):
            self._decisive.update(found.names)
            by.setdefault(tuple(sorted(found.names)), {}).setdefault(bool(found.holds), []).append(f"`{name}`")
        for names, conditions in sorted(by.items()):
            said = [f"{', '.join(conditions[holds])} {_HOLD[holds][len(conditions[holds]) > 1]}"
                    for holds in (True, False) if holds in conditions]  # fmt: skip
            defaults = "defaults" if len(names) > 1 else "default"
            yield f"by the {defaults} of {' and '.join(f'`{one}`' for one in names)}, {'; '.join(said)}"

    def _made_where(self, logical: str, resource: Mapping[str, Any]) -> tuple[bool | None, str | None]:
        """Whether the stack makes a resource, and what is to be said where the user has not said what decides it."""
        name = resource.get("Condition")
        if name is None:
            return True, None
        try:
            found = self._template.condition(str(name), ("Resources", logical, "Condition"))
        except UnreadableError as error:
            return None, f"whether it is made is not known: {error.message}"
        if found.holds is not None and str(name) not in self._template.assumed:
            return found.holds, None
        which = "" if found.holds else self._template.which(found)
        return found.holds, f"it is made only where the condition `{name}` holds{which}"

    def _take_alias(self, logical: str) -> None:
        path = ("Resources", logical, "Properties")
        resource = self._template.resources[logical]
        made, note = self._made_where(logical, resource)
        if made is False and note is None:
            return
        properties = resource.get("Properties")
        target = properties.get("TargetKeyId") if isinstance(properties, Mapping) else None
        if not isinstance(target, Mapping):
            return
        named = target.get("Ref") or target.get("Fn::GetAtt")
        of_key = str(named[0] if isinstance(named, list) else named).partition(".")[0]
        try:
            name = self._template.value((*path, "AliasName"))
        except (UnreadableError, KeyError):
            name = None
        if isinstance(name, str) and not is_symbolic(name) and made is not None:
            self._aliases.setdefault(of_key, []).append(name)
        else:
            self._unknown_aliases.add(of_key)

    def _place(self, path: Path) -> str:
        at = self._template.document.at(path)
        return f" ({at})" if at else ""

    def _without(self, logical: str, reason: str) -> SourceKey:
        at = self._template.document.at(("Resources", logical))
        return SourceKey(logical, None, "cloudformation", self._where(logical), reason=reason, at=at)

    def _where(self, logical: str) -> str:
        at = self._template.document.at(("Resources", logical))
        return f"{at.file}:{at.line}" if at else self._template.document.name

    def _key(self, logical: str, resource: Mapping[str, Any]) -> SourceKey:
        properties = resource.get("Properties")
        properties = properties if isinstance(properties, Mapping) else {}
        replica = resource["Type"] == REPLICA
        policy, reason, part = self._policy(logical, properties)
        settings, unknown = settings_of(self._template, logical, properties, replica=replica)
        aliases = tuple(sorted(self._aliases.get(logical, ())))
        if logical in self._unknown_aliases:
            unknown.append("AliasName")
        else:
            settings["aliases"] = list(aliases)
        notes = [f"`{text}` is only known to the stack" for text in (symbols(policy) if policy else ())]
        notes += [f"`{name}` is only known to the stack" for name in unknown]
        name, environment, names = self._names(logical)
        return SourceKey(
            name, policy, "cloudformation", self._where(logical), reason=reason, facts=self._facts(settings),
            aliases=aliases, settings=settings, names=names, environment=environment, notes=tuple(notes),
            at=self._template.document.at(("Resources", logical)), place=part.at if part else None,
            is_primary=not replica if settings.get("multi_region") is True else None,
            references=self._references(logical, part) if policy else {},
            kin=tuple(self._kin(logical, properties, replica)) if settings.get("multi_region") is True else (),
        )  # fmt: skip

    def _kin(self, logical: str, properties: Mapping[str, Any], replica: bool) -> Iterator[str]:
        """What names the key's multi-Region set: of the primary its place, of a replica what it says of its primary."""
        file = self._template.document.name
        name, _, names = self._names(logical)
        if self._made is not None and len(names) > 1:  # the stacks of one blueprint
            yield "\x1f".join((self._made.folder, self._made.blueprint, name))
        if not replica:
            yield f"{file}\x1f{logical}"
        elif "PrimaryKeyArn" in properties:
            try:
                primary = str(self._template.value(("Resources", logical, "Properties", "PrimaryKeyArn")))
            except UnreadableError:
                return
            if not is_symbolic(primary):
                yield str(id_of(primary))
            else:
                yield from (f"{file}\x1f{one}" for one in self._template.resources if primary == symbol(f"{one}.Arn"))

    def _names(self, logical: str) -> tuple[str, str | None, tuple[str, ...]]:
        """The key's name in the blueprint that the template was generated from, else its logical id."""
        for key in self._made.keys if self._made else ():
            name = str(key.get("key"))
            if logical in (camel(name), f"Key{camel(name)}") and self._made is not None:
                environment = self._made.environment
                return f"{environment}/{name}" if environment else name, environment, (logical, name)
        return logical, None, (logical,)

    def _facts(self, settings: Mapping[str, Any]) -> KeyFacts:
        def text(name: str) -> str | None:
            value = settings.get(name)
            return value if isinstance(value, str) else None

        return KeyFacts(
            account=self._template.value_of("AWS::AccountId"),
            region=self._template.known.get("AWS::Region"),
            spec=text("spec"),
            usage=text("usage"),
            origin=text("origin"),
            multi_region=settings.get("multi_region"),
        )

    def _policy(self, logical: str, properties: Mapping[str, Any]) -> tuple[Policy | None, str | None, Document | None]:
        """The policy, or why there is none; with what the template says of it, functions worked out."""
        path: Path = ("Resources", logical, "Properties", "KeyPolicy")
        for name in properties:
            if name.startswith("Fn::"):  # what else it brings may be the policy
                return None, f"`{name}` is worked out by CloudFormation alone{self._place((*path[:-1], name))}", None
        account, partition = (self._template.value_of(f"AWS::{one}") for one in ("AccountId", "Partition"))
        if "KeyPolicy" not in properties:
            return default_policy(account, partition), None, None
        part = None
        try:
            part = self._template.part(path)
            data = part.data
            if data is NO_VALUE:
                return default_policy(account, partition), None, None
            if isinstance(data, str) and is_symbolic(data) and not data.lstrip().startswith("{"):
                return None, f"`{data}` is only known to the stack{self._place(path)}", part
            policy = read_placed(embedded(data, part, ()) if isinstance(data, str) else part)
            return named_by_root(policy, account, partition), None, part
        except UnreadableError as error:
            return None, f"{error.message}{self._place(error.path)}", part
        except KmsgenError as error:
            first = error.problems[0]
            more = f", and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
            return None, f"{first.message}{f' ({first.at})' if first.at else ''}{more}", part

    def _references(self, logical: str, part: Document | None) -> dict[str, str]:
        """The principals that the policy refers to although their ARNs are known, each with its text of symbols.

        None where the same ARN is also written out, or referred to in another way.
        """
        if part is None or isinstance(part.data, str) or not self._template.refers:
            return {}
        path: Path = ("Resources", logical, "Properties", "KeyPolicy")
        try:
            referring = replace(self._template, purpose="references", used=set(), assumed={}).value(path)
        except UnreadableError:
            return {}
        found: dict[str, set[str]] = {}
        for value, text in _pairs(part.data, referring):
            found.setdefault(value, set()).add(text)
        return {
            value: min(texts)
            for value, texts in sorted(found.items())
            if value.startswith("arn:") and not is_symbolic(value) and len(texts) == 1 and is_symbolic(min(texts))
        }


def _pairs(one: Any, other: Any) -> Iterator[tuple[str, str]]:
    """The texts that stand in the same place of two values, as far as these are shaped alike."""
    if isinstance(one, str) and isinstance(other, str):
        yield one, other
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for pair in zip(one, other, strict=True):
            yield from _pairs(*pair)
    elif isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for name in one:
            yield from _pairs(one[name], other[name])
