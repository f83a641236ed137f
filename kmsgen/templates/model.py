"""Templates as frozen values: the header that says what one is and bounds what it may do, and its statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from kmsgen.errors import Location
from kmsgen.nodes import Mapping, Node

Kind = Literal["roles", "services", "guards", "root"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ParameterType = Literal[
    "string", "integer", "boolean", "cidr", "vpc", "vpce", "account", "organization", "principal", "arn", "region",
    "name", "bucket", "caller",
]  # fmt: skip
PARAMETER_TYPES: tuple[ParameterType, ...] = get_args(ParameterType)

AcrossAccounts = Literal["no", "partly", "yes"]

Pattern = Literal["service-principal", "via-service", "service-linked-role", "caller-role", "grant"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)

Evidence = Literal["documented", "inferred"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)

EVERY_ACTION = "*"
"""In `Template.unfenced`: the reason holds for every action."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a template."""

    name: str
    type: ParameterType
    summary: str
    many: bool = False
    """Whether a list may be given; the template then always sees a list."""
    required: bool = False
    default: Any = None
    """A value, or text with a Jinja expression; None drops what the parameter would have filled."""
    minimum: int | None = None
    maximum: int | None = None
    arn: str | None = None
    """An ARN without `arn:PARTITION:`, in which `{}` is the name: `cloudtrail:{region}:{account}:trail/{}`."""
    wildcards: bool = False
    """Whether a name or an ARN may have `*` and `?`."""
    example: str | None = None
    """A value to show the template with."""


@dataclass(frozen=True)
class Template:
    """One template: its header, and its statements as they were written."""

    kind: Kind
    name: str
    at: Location
    """The beginning of its file."""
    summary: str
    """One sentence: what it lets somebody do, or what it forbids."""
    bound: frozenset[str]
    """The actions that it may grant (a guard: deny) at most."""
    denies: bool
    statements: tuple[Mapping, ...] = field(compare=False)
    sources: tuple[str, ...] = ()
    """Where AWS documents it, the best first."""
    notes: str | None = None
    usage: frozenset[str] = frozenset()
    """The key usages that it fits; empty for all, and so with the next three."""
    spec: frozenset[str] = frozenset()
    origin: frozenset[str] = frozenset()
    region: frozenset[str] = frozenset()
    multi_region: bool | None = None
    """Whether it is only for multi-Region keys, or only for others; None for both."""
    across_accounts: AcrossAccounts = "no"
    """Whether it may be given to another account; `partly` leaves out what KMS does not honour across accounts."""
    nouns: tuple[str, ...] = ()
    """A role's: which of a key's lists it may be given in."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    """Parameters of which at least one must be given."""
    title: str = ""
    """A service's, and so are all that follow: what AWS calls the integration."""
    service: str = ""
    """The AWS service that it belongs to."""
    aliases: tuple[str, ...] = ()
    """What else it may be called in a blueprint."""
    pattern: Pattern | None = None
    """How the service comes to use the key."""
    evidence: Evidence | None = None
    """Whether AWS documents the statements, or they were inferred from how KMS works."""
    caveats: tuple[str, ...] = ()
    tightened: tuple[str, ...] = ()
    """What is narrower than in AWS's own sample, and why that is safe."""
    unfenced: dict[str, str] = field(default_factory=dict)
    """Why a service principal stands without a condition on its source, by action or for `EVERY_ACTION`."""
    exception: str | None = None
    """Why a condition stands on a kind of principal that does not otherwise send it."""
    family: str | None = None
    """The shared part that fills it."""
    arguments: dict[str, Node] = field(default_factory=dict, compare=False)
    """What the template gives its family: names for expressions, filled after the parameters."""

    @property
    def source(self) -> str | None:
        """Where AWS documents it best."""
        return next(iter(self.sources), None)
