"""Keys as sources tell of them: a policy, or why there is none, with what is known of the key beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from kmsgen.catalog.principals import partition_of, root_arn
from kmsgen.errors import Location, Problem
from kmsgen.policy.accepted import AllowedFinding
from kmsgen.policy.model import AWS, Effect, Policy, Principal, Statement
from kmsgen.policy.read import Path as JsonPath
from kmsgen.policy.reference import is_symbolic, stack_symbol
from kmsgen.semantics.expected import Expected
from kmsgen.semantics.grants import Grant
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.generated import Manifests
from kmsgen.sources.parameters import Parameters

PENDING_IMPORT = "PendingImport"
"""The state of a key that still lacks its imported material: AWS calls it not enabled, whatever is wanted of it."""

Kind = Literal["blueprint", "policy", "cloudformation", "terraform", "aws"]


@dataclass(frozen=True)
class Options:
    """What the user says of keys whose source does not say it, and where templates of the user's own are."""

    account: str | None = None
    region: str | None = None
    templates: tuple[Path, ...] = ()
    parameters: Parameters = field(default_factory=Parameters)
    """The parameters of CloudFormation stacks, the variables of Terraform modules."""
    git_path: str | None = None
    """What `git:REV` means where it names no path; `blueprints` where this is None."""
    refused: Callable[[str], Problem | None] | None = None
    """What is wrong with accepting findings of the rule that a word names, to be told with all else that is wrong."""
    keep: Callable[[SourceKey], SourceKey] | None = field(default=None, compare=False)
    """What is kept of each key as it is read, where there may be too many to hold all of them whole; see `held`."""

    manifests: Manifests = field(default_factory=Manifests, compare=False, repr=False)
    """What is known of files that kmsgen wrote, for as long as one source is read."""

    def kept(self, keys: Iterable[SourceKey]) -> Iterable[SourceKey]:
        """The keys, or what is kept of them."""
        return keys if self.keep is None else map(self.keep, keys)


def of_one_run(options: Options | None) -> Options:
    """The options for reading one source, which begins by knowing of no file."""
    return Options() if options is None else replace(options, manifests=Manifests())


@dataclass(frozen=True)
class SourceKey:
    """One key of a source."""

    name: str
    """What reports call it; no other key of the source is called so."""
    policy: Policy | None
    """None where it could not be read or is not known yet."""
    kind: Kind
    where: str
    """Where it comes from, for people: `blueprints/orders.yaml:12`."""
    reason: str | None = None
    """Why there is no policy."""
    facts: KeyFacts = field(default_factory=KeyFacts)
    key_id: str | None = None
    aliases: tuple[str, ...] = ()
    """With their `alias/`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the key is beside its policy, as far as the source knows; see `changes.attributes`."""
    names: tuple[str, ...] = ()
    """What else it may be called; other keys of the source may be called so too."""
    environment: str | None = None
    renamed_from: str | None = None
    nameless: bool = False
    """Whether its name is only that of the file in which its policy is."""
    notes: tuple[str, ...] = ()
    at: Location | None = field(default=None, compare=False)
    """Where the key itself stands, in a source that has lines."""
    place: Callable[[JsonPath], Location | None] | None = field(default=None, compare=False, repr=False)
    """Where a part of the policy stands, in a source that has its text."""
    is_primary: bool | None = None
    """Of a multi-Region set, whether it is the primary; None where it is none or that is not known."""
    kin: tuple[str, ...] = ()
    """What names its multi-Region set beside its id: other keys of the set have one of these in common with it."""
    accepted: tuple[AllowedFinding, ...] = ()
    """The findings of `check` that the source itself accepts."""
    expected: tuple[Expected, ...] = ()
    """What the source itself expects of the policy."""
    references: Mapping[str, str] = field(default_factory=dict, repr=False)
    """ARNs of roles and users that the source makes or refers to, each with the Terraform expression for it, or with
    the text in which symbols stand for what a CloudFormation template refers to."""
    resolve: Callable[[str], str] | None = field(default=None, compare=False, repr=False)
    """The ARN of a principal in the source's own words; raises `KmsgenError` where it is none."""
    grants: Callable[[], Sequence[Grant]] | None = field(default=None, compare=False, repr=False)
    """Reads the grants on the key, where the source is the key itself; raises `KmsgenError` where they may not be."""

    @property
    def arn(self) -> str | None:
        """Its ARN, where it is known."""
        return self.facts.arn

    def answers_to(self, word: str) -> bool:
        """Whether a user may mean it by `word`: its name, id, ARN or alias."""
        known = (self.name, *self.names, self.key_id, self.arn, *self.aliases)
        return word in known or f"alias/{word}" in self.aliases


@dataclass(frozen=True)
class Loaded:
    """The keys of a source, and what is to be said of the source as a whole."""

    keys: tuple[SourceKey, ...]
    notes: tuple[str, ...] = ()


def distinct(keys: Iterable[SourceKey]) -> tuple[SourceKey, ...]:
    """The same keys, each with a name of its own: Region, account, or place are added where names are the same."""
    found = list(keys)
    for more in (_with_region, _with_account, _with_place, _with_number):
        by_name: dict[str, list[int]] = defaultdict(list)
        for index, key in enumerate(found):
            by_name[key.name].append(index)
        for name, indices in by_name.items():
            if len(indices) == 1:
                continue
            for count, index in enumerate(indices, 1):
                key = found[index]
                names = tuple(dict.fromkeys((*key.names, name)))
                found[index] = replace(key, name=more(key, count), names=names)
    return tuple(found)


def _with_region(key: SourceKey, _: int) -> str:
    return f"{key.name}.{key.facts.region}" if key.facts.region and not is_symbolic(key.facts.region) else key.name


def _with_account(key: SourceKey, _: int) -> str:
    return f"{key.name}.{key.facts.account}" if key.facts.account and not is_symbolic(key.facts.account) else key.name


def _with_place(key: SourceKey, _: int) -> str:
    return f"{key.where.partition(':')[0]}:{key.name}"


def _with_number(key: SourceKey, count: int) -> str:
    return f"{key.name} ({count})"


def facts_of_arn(arn: str | None) -> KeyFacts:
    """What a key's ARN says of it."""
    parts = (arn or "").split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("key/"):
        return KeyFacts()
    return KeyFacts(account=parts[4] or None, region=parts[3] or None, arn=arn)


def id_of(text: str | None) -> str | None:
    """The id in a key's ARN, or the id itself.

    >>> id_of("arn:aws:kms:eu-west-1:111122223333:key/1234")
    '1234'
    """
    return text.rpartition(":key/")[2] if text else None


def partition_in(region: str | None) -> str:
    """The partition of a Region; where that is not known, the one that most accounts are in."""
    return partition_of(region) if region and not is_symbolic(region) else "aws"


def default_policy(account: str | None, partition: str) -> Policy:
    """What KMS gives a key that is made without a policy: everything to its account, where IAM decides.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    everything = Statement(
        Effect.ALLOW,
        frozenset({Principal(AWS, root_arn(partition, account or stack_symbol("account")))}),
        actions=frozenset({"kms:*"}),
        sid="Enable IAM User Permissions",
    )
    return Policy((everything,), id="key-default-1")


def named_by_root(policy: Policy, account: str, partition: str) -> Policy:
    """The same policy, in which a symbol that stands for the account is a principal by the account's root ARN.

    KMS gives accounts back so; and by itself such a symbol does not tell that it means a whole account.
    """
    if not is_symbolic(account):
        return policy
    whole, root = Principal(AWS, account), Principal(AWS, root_arn(partition, account))

    def named(principals: frozenset[Principal]) -> frozenset[Principal]:
        return frozenset(root if one == whole else one for one in principals)

    statements = (
        replace(one, principals=named(one.principals), not_principals=named(one.not_principals))
        if whole in one.principals | one.not_principals
        else one
        for one in policy.statements
    )
    return replace(policy, statements=tuple(statements))


def symbols(policy: Policy) -> Iterator[str]:
    """The texts in a policy that stand for something not known, sorted."""
    found: set[str] = set()
    for one in policy.statements:
        named = {principal.value for principal in one.principals | one.not_principals}
        values = {value for test in one.conditions for value in test.values}
        found |= {text for text in named | values | one.resources | one.not_resources if is_symbolic(text)}
    return iter(sorted(found))
