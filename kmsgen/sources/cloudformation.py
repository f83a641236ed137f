"""A CloudFormation template as a source: its KMS keys, their aliases, and their policies with functions as symbols.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kmsgen.catalog.key_specs import AWS_KMS, DEFAULT_SPEC, DELETION_DEFAULT, ENCRYPT_DECRYPT, ROTATION_DEFAULT
from kmsgen.documents import Document, Path
from kmsgen.errors import KmsgenError, Location, PolicyError, Problem
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_placed
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import generated
from kmsgen.sources.intrinsics import NO_VALUE, Template, UnreadableError, template
from kmsgen.sources.model import Loaded, Options, SourceKey, default_policy, distinct, named_by_root, symbols
from kmsgen.sources.policy import embedded
from kmsgen.words import camel

KEY, REPLICA, ALIAS = "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias"
_LOOP = "Fn::ForEach::"


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

    def notes(self) -> Iterator[str]:
        name = self._template.document.name
        if self._template.used:
            listed = ", ".join(f"`{one}`" for one in sorted(self._template.used))
            yield f"{name}: parameters are taken at their defaults: {listed}"
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
                yield self._key(logical, resource)

    def _take_alias(self, logical: str) -> None:
        path = ("Resources", logical, "Properties")
        properties = self._template.resources[logical].get("Properties")
        target = properties.get("TargetKeyId") if isinstance(properties, Mapping) else None
        if not isinstance(target, Mapping):
            return
        named = target.get("Ref") or target.get("Fn::GetAtt")
        of_key = str(named[0] if isinstance(named, list) else named).partition(".")[0]
        try:
            name = self._template.value((*path, "AliasName"))
        except (UnreadableError, KeyError):
            name = None
        if isinstance(name, str) and not is_symbolic(name):
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
        policy, reason = self._policy(logical, properties)
        settings, unknown = self._settings(logical, properties, replica)
        aliases = tuple(sorted(self._aliases.get(logical, ())))
        if logical in self._unknown_aliases:
            unknown.append("AliasName")
        else:
            settings["aliases"] = list(aliases)
        notes = [f"`{text}` is only known to the stack" for text in (symbols(policy) if policy else ())]
        notes += [f"`{name}` is only known to the stack" for name in unknown]
        if "Condition" in resource:
            notes.append(f"it is made only where the condition `{resource['Condition']}` holds")
        name, environment, names = self._names(logical)
        return SourceKey(
            name, policy, "cloudformation", self._where(logical), reason=reason, facts=self._facts(settings),
            aliases=aliases, settings=settings, names=names, environment=environment, notes=tuple(notes),
            at=self._template.document.at(("Resources", logical)), place=self._placer(logical),
            is_primary=not replica if settings.get("multi_region") is True else None,
        )  # fmt: skip

    def _placer(self, logical: str) -> Callable[[Path], Location | None]:
        document, above = self._template.document, ("Resources", logical, "Properties", "KeyPolicy")
        return lambda path: document.at((*above, *path))

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

    def _policy(self, logical: str, properties: Mapping[str, Any]) -> tuple[Policy | None, str | None]:
        path: Path = ("Resources", logical, "Properties", "KeyPolicy")
        for name in properties:
            if name.startswith("Fn::"):  # what else it brings may be the policy
                return None, f"`{name}` is worked out by CloudFormation alone{self._place((*path[:-1], name))}"
        account, partition = (self._template.value_of(f"AWS::{one}") for one in ("AccountId", "Partition"))
        if "KeyPolicy" not in properties:
            return default_policy(account, partition), None
        try:
            data = self._template.value(path)
            if data is NO_VALUE:
                return default_policy(account, partition), None
            if isinstance(data, str) and is_symbolic(data) and not data.lstrip().startswith("{"):
                return None, f"`{data}` is only known to the stack{self._place(path)}"
            document = self._template.document
            inner = Document(data, document.name, document.below(path).places)
            policy = read_placed(embedded(data, document, path) if isinstance(data, str) else inner)
            return named_by_root(policy, account, partition), None
        except UnreadableError as error:
            return None, f"{error.message}{self._place(error.path)}"
        except KmsgenError as error:
            first = error.problems[0]
            more = f", and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
            return None, f"{first.message}{f' ({first.at})' if first.at else ''}{more}"

    def _settings(self, logical: str, properties: Mapping[str, Any], replica: bool) -> tuple[dict[str, Any], list[str]]:
        """The settings, and the names of properties that only the stack knows."""
        values, unknown = dict[str, Any](), list[str]()
        for name in properties:
            if name == "KeyPolicy":
                continue
            try:
                values[name] = self._template.value(("Resources", logical, "Properties", name))
            except UnreadableError:
                unknown.append(name)
        settings: dict[str, Any] = {
            "description": str(values.get("Description", "")),
            "enabled": _true(values.get("Enabled", True)),
            "deletion_window": _number(values.get("PendingWindowInDays"), DELETION_DEFAULT),
            "tags": _tags(values.get("Tags")),
        }
        if replica:
            settings["multi_region"] = True
        else:
            rotates = _true(values.get("EnableKeyRotation", False))
            settings |= {
                "rotation": _number(values.get("RotationPeriodInDays"), ROTATION_DEFAULT) if rotates else None,
                "multi_region": _true(values.get("MultiRegion", False)),
                "spec": str(values.get("KeySpec", DEFAULT_SPEC)),
                "usage": str(values.get("KeyUsage", ENCRYPT_DECRYPT)),
                "origin": str(values.get("Origin", AWS_KMS)),
            }
        unknown += [name for name, value in values.items() if name in _SETTING_OF and is_symbolic(str(value))]
        for name in unknown:
            settings.pop(_SETTING_OF.get(name, ""), None)
        return settings, unknown


_SETTING_OF = {
    "Description": "description", "Enabled": "enabled", "PendingWindowInDays": "deletion_window", "Tags": "tags",
    "EnableKeyRotation": "rotation", "RotationPeriodInDays": "rotation", "MultiRegion": "multi_region",
    "KeySpec": "spec", "KeyUsage": "usage", "Origin": "origin",
}  # fmt: skip


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _number(value: object, default: int) -> int | str:
    text = str(default if value is None else value)
    return int(text) if text.isdecimal() else text


def _tags(value: object) -> dict[str, str]:
    listed = value if isinstance(value, list) else []
    return {str(one["Key"]): str(one.get("Value", "")) for one in listed if isinstance(one, Mapping) and "Key" in one}
