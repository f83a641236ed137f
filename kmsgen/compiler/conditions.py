"""The words of `when` to conditions, for the requests that AWS documents to carry them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from kmsgen.blueprint.model import Term
from kmsgen.catalog.patterns import has_wildcard
from kmsgen.catalog.principals import VIA_HOST, via_hosts
from kmsgen.compiler.context import Context
from kmsgen.policy.limits import refused_character
from kmsgen.policy.model import Condition, condition
from kmsgen.policy.never import why_never
from kmsgen.words import camel


class Lowered(NamedTuple):
    """A term and the conditions that it stands for."""

    term: Term
    conditions: tuple[Condition, ...]


class _Caller(NamedTuple):
    """Whose requests the conditions are for."""

    context: Context
    is_service: bool

    def refuse(self, term: Term, message: str, hint: str | None = None) -> tuple[Condition, ...]:
        self.context.problems.error(message, term.at, hint)
        return ()


_Lower = Callable[[_Caller, Term, Any], tuple[Condition, ...]]


def lower(context: Context, terms: Iterable[Term], *, for_service: bool = False) -> tuple[Lowered, ...]:
    """The conditions of every term; those that cannot hold for such a caller are reported."""
    asked = (tuple(terms), for_service)
    if not asked[0]:
        return ()
    known: tuple[Lowered, ...] | None = context.lowered.get(asked)
    if known is None:
        caller = _Caller(context, for_service)
        lowered = [part for term in asked[0] for part in _lowered(caller, term)]
        _never_together(context, {one.term.word: one.term for one in lowered})
        context.lowered[asked] = known = _once(context, lowered)
    return known


def _lowered(caller: _Caller, term: Term) -> Iterator[Lowered]:
    """A term's conditions together; those written out each for itself, because an action may carry one alone."""
    conditions = _LOWER[term.word](caller, term, term.value)
    for test in conditions:
        if (reason := why_never(test, "service" if caller.is_service else "principal")) is not None:
            caller.refuse(term, *reason)
    if term.word == "raw":
        yield from (Lowered(term, (test,)) for test in conditions)
    else:
        yield Lowered(term, conditions)


def _never_together(context: Context, terms: dict[str, Term]) -> None:
    endpoint = next((terms[word] for word in ("source_vpce", "source_vpc") if word in terms), None)
    network = endpoint or terms.get("source_ip")
    if endpoint is not None and "source_ip" in terms:
        context.problems.error(
            f"`source_ip` and `{endpoint.word}` never hold together: through an endpoint there is no public address",
            terms["source_ip"].at,
            "write two entries, one for each way in",
        )
    if network is not None and "via" in terms:
        context.problems.error(
            f"`via` and `{network.word}` do not hold together: a service sends the request on from its own network",
            network.at,
            "write two entries, or leave one condition out",
        )
    if "encryption_context_keys" in terms:
        _context_never(context, terms)
    if "before" in terms and "after" in terms and str(terms["before"].value) <= str(terms["after"].value):
        context.problems.error("`before` is not later than `after`: the entry would never hold", terms["before"].at)


def _context_never(context: Context, terms: dict[str, Term]) -> None:
    """Whether a key of the encryption context is demanded that `only` does not let in."""
    asked: Any = terms["encryption_context_keys"].value
    named = {word: {name.lower() for name in names} for word, names in asked}
    demanded = set(named.get("all", ()))
    if "encryption_context" in terms:
        pairs: Any = terms["encryption_context"].value
        demanded |= {name.lower() for name, _ in pairs}
    if "only" not in named:
        return
    beyond = sorted(demanded - named["only"])
    if beyond or not named.get("any", named["only"]) & named["only"]:
        what = f"`{beyond[0]}` is demanded" if beyond else "none of `any` is among them"
        message = f"the encryption context may have no other keys than `only`, and {what}: the entry would never hold"
        context.problems.error(message, terms["encryption_context_keys"].at, "add it to `only`")


def _once(context: Context, lowered: Iterable[Lowered]) -> tuple[Lowered, ...]:
    """The terms without what one statement cannot say, which is reported: a key tested twice with one operator.

    So is what KMS would refuse for its characters.
    """
    seen: dict[tuple[str, str], tuple[Term, Condition]] = {}
    kept: list[Lowered] = []
    for term, conditions in lowered:
        fine = []
        for test in conditions:
            first, same = seen.setdefault((test.operator, test.key.lower()), (term, test))
            refused = next((text for text in (test.key, *test.values) if refused_character(text)), None)
            if same is not test:
                related = (("first here", first.at),) if first is not term else ()
                context.problems.error(f"`{test.key}` is tested twice with `{test.operator}`", term.at, None, related)
            elif refused is not None:
                message = f"KMS does not take the character `{refused_character(refused)}` in a key policy: `{refused}`"
                context.problems.error(message, term.at, "use characters up to U+00FF (Latin-1)")
            else:
                fine.append(test)
        kept.append(Lowered(term, tuple(fine)))
    return tuple(kept)


def _equals(key: str, values: Iterable[str], set_word: str = "") -> Condition:
    """Equality, or likeness where a value has wildcards."""
    texts = tuple(values)
    operator = "StringLike" if any(has_wildcard(text) for text in texts) else "StringEquals"
    return condition(f"{set_word}:{operator}" if set_word else operator, key, texts)


def _via(caller: _Caller, term: Term, services: tuple[str, ...]) -> tuple[Condition, ...]:
    if caller.is_service:
        return caller.refuse(
            term, "`via` cannot stand on a service principal: `kms:ViaService` is for callers that a service forwards"
        )
    region, hosts = caller.context.key.region, list[str]()
    for service in services:
        found = VIA_HOST.fullmatch(service)
        if found is not None:
            if region is not None and not has_wildcard(found[2]) and found[2] != region:
                caller.refuse(term, f"`{service}` never calls a key in `{region}`", f"write `via: {found[1]}`")
            hosts.append(service)
        elif region is None:
            return caller.refuse(
                term, f"`via: {service}` needs the key's Region", "add `region: …` to the key or to `defaults`"
            )
        else:
            hosts += via_hosts(service, region) or ()
    return (_equals("kms:ViaService", hosts),)


def _encryption_context(caller: _Caller, term: Term, pairs: Any) -> tuple[Condition, ...]:
    return tuple(_equals(f"kms:EncryptionContext:{name}", values) for name, values in pairs)


def _context_keys(caller: _Caller, term: Term, pairs: Any) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for word, names in pairs:
        if word == "any":
            conditions.append(_equals("kms:EncryptionContextKeys", names, "ForAnyValue"))
        elif word == "all":
            conditions += (condition("Null", f"kms:EncryptionContext:{name}", "false") for name in names)
        else:
            # ForAllValues also holds for a request without any context, which `only` does not mean.
            conditions.append(_equals("kms:EncryptionContextKeys", names, "ForAllValues"))
            conditions.append(condition("Null", "kms:EncryptionContextKeys", "false"))
    return tuple(conditions)


def _organization(caller: _Caller, term: Term, ids: tuple[str, ...]) -> tuple[Condition, ...]:
    known = caller.context.key.organization
    if "" in ids and known is None:
        return caller.refuse(term, "the blueprint names no organization", "add `organization: o-…` at its top")
    key = "aws:SourceOrgID" if caller.is_service else "aws:PrincipalOrgID"
    return (condition("StringEquals", key, [one or known or "" for one in ids]),)


def _org_paths(caller: _Caller, term: Term, paths: tuple[str, ...]) -> tuple[Condition, ...]:
    key = "aws:SourceOrgPaths" if caller.is_service else "aws:PrincipalOrgPaths"
    return (_equals(key, paths, "ForAnyValue"),)


def _of_principal(operator: str, key: str) -> _Lower:
    """A condition on what only requests of IAM principals carry."""

    def lower_one(caller: _Caller, term: Term, value: Any) -> tuple[Condition, ...]:
        if caller.is_service:
            return caller.refuse(term, f"`{term.word}` cannot stand on a service principal: it never sends `{key}`")
        return (condition(operator, key, value if isinstance(value, tuple) else _text(value)),)

    return lower_one


def _of_service(operator: str, key: str) -> _Lower:
    """A condition on what only requests of AWS service principals carry."""

    def lower_one(caller: _Caller, term: Term, values: Any) -> tuple[Condition, ...]:
        if not caller.is_service:
            return caller.refuse(
                term,
                f"`{term.word}` never holds here: only a call by an AWS service itself carries `{key}`",
                "for a caller that a service forwards use `via`",
            )
        return (condition(operator, key, values),)

    return lower_one


def _text(value: Any) -> str:
    return "true" if value is True else str(value)


def _plain(operator: str, key: str) -> _Lower:
    return lambda caller, term, value: (condition(operator, key, value if isinstance(value, tuple) else _text(value)),)


def _grant_operations(caller: _Caller, term: Term, operations: tuple[str, ...]) -> tuple[Condition, ...]:
    able = caller.context.working | {"kms:RetireGrant"}
    for operation in operations:
        if f"kms:{operation}" not in able:
            usage = caller.context.key.settings.usage
            return caller.refuse(term, f"no grant on a key used for `{usage}` can allow `{operation}`", "take it out")
    # Every CreateGrant request names its operations, so `ForAllValues` is never met by an absent key here.
    return (condition("ForAllValues:StringEquals", "kms:GrantOperations", operations),)


def _principal_tags(caller: _Caller, term: Term, pairs: Any) -> tuple[Condition, ...]:
    if caller.is_service:
        return caller.refuse(term, "`principal_tags` cannot stand on a service principal: it has no tags")
    return tuple(_equals(f"aws:PrincipalTag/{name}", values) for name, values in pairs)


_LOWER: dict[str, _Lower] = {
    "via": _via,
    "encryption_context": _encryption_context,
    "encryption_context_keys": _context_keys,
    "organization": _organization,
    "org_paths": _org_paths,
    "source_ip": _of_principal("IpAddress", "aws:SourceIp"),
    "source_vpc": _of_principal("StringEquals", "aws:SourceVpc"),
    "source_vpce": _of_principal("StringEquals", "aws:SourceVpce"),
    "source_account": _of_service("StringEquals", "aws:SourceAccount"),
    "source_arn": _of_service("ArnLike", "aws:SourceArn"),
    "mfa": _of_principal("Bool", "aws:MultiFactorAuthPresent"),
    "mfa_max_age": _of_principal("NumericLessThanEquals", "aws:MultiFactorAuthAge"),
    "before": _plain("DateLessThan", "aws:CurrentTime"),
    "after": _plain("DateGreaterThanEquals", "aws:CurrentTime"),
    "principal_tags": _principal_tags,
    "request_alias": lambda caller, term, aliases: (_equals("kms:RequestAlias", aliases),),
    "grant_operations": _grant_operations,
    "for_aws_resource": _plain("Bool", "kms:GrantIsForAWSResource"),
    "raw": lambda caller, term, conditions: conditions,
}
"""What each word of `blueprint.when.WORDS` becomes."""


_WORDS = {
    "encryption_context": "InContext",
    "encryption_context_keys": "WithContextKeys",
    "organization": "InOrganization",
    "org_paths": "InOrgPaths",
    "source_ip": "FromNetwork",
    "source_vpc": "FromVpc",
    "source_vpce": "FromVpcEndpoint",
    "source_account": "FromAccount",
    "source_arn": "FromResource",
    "mfa": "WithMfa",
    "mfa_max_age": "WithRecentMfa",
    "before": "Until",
    "after": "Since",
    "principal_tags": "WithTags",
    "request_alias": "ByAlias",
    "grant_operations": "WithOperations",
    "for_aws_resource": "ForAwsResources",
    "raw": "Conditioned",
}


def sid_words(terms: Iterable[Term]) -> str:
    """What conditions add to a `Sid`, of which nothing depends on a principal."""
    words = (_via_words(term.value) if term.word == "via" else _WORDS[term.word] for term in dict.fromkeys(terms))
    return "".join(words)


def _via_words(services: Any) -> str:
    names = [service.partition(".")[0] for service in services]
    return f"Via{camel(names[0])}" if len(names) == 1 else "ViaServices"
