"""`admins`, `users` and `accounts` to statements: who is given which role, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from kmsgen.blueprint.model import Entry, Named, Noun, Pin, Term, Who
from kmsgen.catalog import actions
from kmsgen.catalog.key_specs import (
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    SIGN_VERIFY,
)
from kmsgen.compiler.conditions import Lowered, lower
from kmsgen.compiler.context import Context, origin_of
from kmsgen.compiler.grantees import Grantees, grantees, pin_of
from kmsgen.compiler.naming import Draft
from kmsgen.compiler.render import Rendering
from kmsgen.compiler.shared import NotSharedError, frozen, only_names_principals, shared
from kmsgen.compiler.split import carries, listed, split
from kmsgen.errors import Location, Problems, TemplateError, did_you_mean
from kmsgen.policy.model import AWS, Condition, Origin, clashes
from kmsgen.policy.write import conditions_document
from kmsgen.templates import Template

_DEFAULT_ROLES: dict[str, tuple[str, ...]] = {
    ENCRYPT_DECRYPT: ("encrypt-decrypt",),
    SIGN_VERIFY: ("sign", "verify"),
    GENERATE_VERIFY_MAC: ("mac",),
    KEY_AGREEMENT: ("agree",),
    ENCAPSULATE_DECAPSULATE: ("encapsulate", "decapsulate"),
}
"""What users and accounts may do where the blueprint does not say: what a key of that usage is for."""


class _Group(NamedTuple):
    """Grants that differ in nothing but their principals, and so share statements."""

    noun: Noun
    role: str
    terms: tuple[tuple[str, object], ...]
    pin: Pin
    foreign: bool
    account: str
    """Set where the statement's conditions name the account."""


def statements(context: Context, entries: Iterable[Entry]) -> Iterator[Draft]:
    """The statements of all entries, in the order of the blueprint; equal grants to several principals share one."""
    groups: dict[_Group, list[tuple[Entry, Named, Who]]] = {}
    for entry in entries:
        if not _fits_somewhere(context, entry):
            continue
        for role in entry.roles or default_roles(context, entry):
            for who in entry.who:
                groups.setdefault(_group(context, entry, role, who), []).append((entry, role, who))
    for group, members in groups.items():
        entry, role, who = members[0]
        template = _role(context, role, entry, who if group.foreign else None)
        if template is not None:
            origins = tuple(dict.fromkeys(one for member, _, _ in members for one in origin_of(member.at)))
            named = grantees(context, group.pin, group.account, group.foreign, (who for _, _, who in members))
            lowered = lower(context, entry.when)
            yield from _granted(context, template, named, lowered, role.at, origins)


def default_roles(context: Context, entry: Entry) -> tuple[Named, ...]:
    """The roles of an entry without `can`."""
    names = ("admin",) if entry.noun == "admins" else _DEFAULT_ROLES[context.key.settings.usage]
    return tuple(Named(name, entry.at) for name in names)


def _group(context: Context, entry: Entry, role: Named, who: Who) -> _Group:
    pin, foreign = pin_of(entry, who), who.account != context.key.account
    terms = tuple((term.word, term.value) for term in entry.when)
    return _Group(entry.noun, role.name, terms, pin, foreign, "" if pin == "true" else who.account)


def find_template(context: Context, kind: str, name: Named) -> Template | None:
    """The template that a blueprint names, or None, with a problem, where there is none or it is malformed."""
    try:
        template = context.library.find(kind, name.name)  # type: ignore[arg-type]
    except TemplateError as error:
        for problem in error.problems:
            context.problems.add(replace(problem, related=(("used here", name.at),)))
        return None
    if template is None:
        known = context.library.names(kind)  # type: ignore[arg-type]
        near = did_you_mean(name.name, (*known, *context.library.aliases) if kind == "services" else known)
        hint = near or f"`kmsgen catalog {kind}` lists what there is"
        context.problems.error(f"unknown {kind.removesuffix('s')} `{name.name}`", name.at, hint)
    return template


def _role(context: Context, role: Named, entry: Entry, foreigner: Who | None) -> Template | None:
    """The role's template, where it can be given in this list, on this key, to this account."""
    template = find_template(context, "roles", role)
    if template is None or not fits_key(context, template, role.at):
        return None
    if template.nouns and entry.noun not in template.nouns:
        other = template.nouns[0]
        what = (
            "a way of using the key, and admins do not use it" if other == "users" else "for those who manage the key"
        )
        context.problems.error(f"`{role.name}` is {what}", role.at, f"give it under `{other}`")
        return None
    if foreigner is not None and template.across_accounts == "no":
        message = (
            f"`{role.name}` cannot be given to `{foreigner.text}`: KMS does not honour what it allows across accounts"
        )
        context.problems.error(message, foreigner.at, "give it to a principal of the key's own account")
        return None
    return template


def fits_key(context: Context, template: Template, at: Location) -> bool:
    """Whether the template is for keys like this one; otherwise a problem says for which it is."""
    settings = context.key.settings
    for what, fits, is_ in (
        ("used for", template.usage, settings.usage),
        ("of spec", template.spec, settings.spec),
        ("with the origin", template.origin, settings.origin),
    ):
        if fits and is_ not in fits:
            wanted = " or ".join(f"`{one}`" for one in sorted(fits))
            message = (
                f"`{template.name}` is for keys {what} {wanted}, and `{context.key.name}` is {_said(what)} `{is_}`"
            )
            context.problems.error(message, at, _instead(context) if what == "used for" else None)
            return False
    if template.multi_region is not None and template.multi_region is not context.key.multi_region:
        what = "multi-Region keys" if template.multi_region else "keys of one Region alone"
        hint = "set `multi_region`, or leave it out" if template.multi_region else "give it a key of its own"
        context.problems.error(f"`{template.name}` is for {what}", at, hint)
        return False
    if template.region and context.key.region not in template.region:
        where = listed(sorted(template.region))
        message = f"`{template.name}` is for keys in {where}, and `{context.key.name}` is in `{context.key.region}`"
        context.problems.error(message, at, "make a key there for it")
        return False
    return True


def _said(what: str) -> str:
    return {"used for": "used for", "of spec": "of spec", "with the origin": "of origin"}[what]


def _instead(context: Context) -> str | None:
    try:
        templates = tuple(context.library.all("roles"))
    except TemplateError:
        return None  # told where it is used
    usage = context.key.settings.usage
    return f"for this key there are {listed(one.name for one in templates if usage in one.usage)}"


def _fits_somewhere(context: Context, entry: Entry) -> bool:
    """Whether each condition of an entry is carried by the requests of some action that its roles allow."""
    for term in entry.when:
        if term.word in ("mfa", "mfa_max_age") and (served := next((w for w in entry.who if w.service_linked), None)):
            message = f"`{term.word}` can never hold: `{served.text}` is an AWS service's, which has no MFA"
            context.problems.error(message, term.at, "leave it out for service-linked roles")
    named = [find_template(context, "roles", role) for role in entry.roles or default_roles(context, entry)]
    able = {action for template in named if template for action in template.bound} & context.working
    if None in named:
        return False
    return not refuse_dead_terms(context, lower(context, entry.when), able)


def refuse_dead_terms(context: Context, lowered: Iterable[Lowered], able: set[str]) -> bool:
    """Report each condition that the requests of none of these actions carry; whether there was any."""
    dead = [
        (term, conditions)
        for term, conditions in lowered
        if able and not any(carries(context, action, conditions) for action in able)
    ]
    for term, conditions in dead:
        _refuse_dead(context, term, conditions, able)
    return bool(dead)


def _refuse_dead(context: Context, term: Term, conditions: tuple[Condition, ...], able: set[str]) -> None:
    key = conditions[0].key
    carriers = sorted(name for name in context.working if carries(context, name, conditions))
    if key.startswith("kms:EncryptionContext") and context.kind != actions.SYMMETRIC:
        hint = "only symmetric encryption keys have an encryption context"
    elif carriers:
        hint = f"it comes with {listed(carriers)}"
    else:
        hint = "no action on this key carries it"
    shown = sorted(able)[0] if len(able) == 1 else "any of the actions here"
    context.problems.error(f"`{term.word}` can never hold: `{key}` is not sent with {shown}", term.at, hint)


def _granted(
    context: Context,
    template: Template,
    named: Grantees,
    lowered: tuple[Lowered, ...],
    used_at: Location,
    origins: tuple[Origin, ...],
) -> Iterator[Draft]:
    """What `grant` makes, made once for all keys whose grants differ in nothing but their principals."""
    principals = frozenset(named.principals)
    key = _shape(context, template, named, lowered)
    kept = shared(context.library)
    drafts: tuple[Draft, ...] | None = kept.get(key) if key is not None else None
    if drafts is None:
        found = Problems()
        drafts = tuple(grant(replace(context, problems=found), template, named, lowered, used_at))
        context.problems.extend(found)
        if key is not None and not any(found):
            kept[key] = drafts
    for made in drafts:
        yield Draft(made.bases, made.words, made.statement.but(principals=principals, origin=origins))


def _shape(
    context: Context, template: Template, named: Grantees, lowered: tuple[Lowered, ...]
) -> tuple[object, ...] | None:
    """What the statements of a grant depend on apart from whom they name; None where they are nobody else's."""
    if context.problems.errors or not only_names_principals(context.library, template):
        return None
    try:
        terms = frozen([(one.term.word, one.term.value, [(*test,) for test in one.conditions]) for one in lowered])
        conditions = frozen([(*test,) for test in named.conditions])
    except NotSharedError:
        return None
    return ("grant", template.name, context.facts, named.suffix, named.foreign, conditions, terms)


def grant(
    context: Context, template: Template, named: Grantees, lowered: tuple[Lowered, ...], used_at: Location
) -> Iterator[Draft]:
    """One template for some principals: its statements, split where not every action carries every condition."""
    asked = tuple(test for one in lowered for test in one.conditions)
    for first, _ in clashes((*named.conditions, *asked)):
        hint = "with `pin: false` and `pin: match` this is how the principal is named"
        context.problems.error(f"`{first.key}` would be tested twice with `{first.operator}`", used_at, hint)
        return
    variables = {
        **context.variables,
        "principals": {AWS: [principal.value for principal in named.principals]},
        "when": conditions_document((*named.conditions, *asked)),
    }
    done = False
    for statement in Rendering(context, template, used_at).statements(variables):
        if statement.principals != frozenset(named.principals):
            context.problems.error(
                "the template names other principals than those it is used for",
                template.at,
                'write `Principal: "{{ principals }}"`',
                (("used here", used_at),),
            )
            return
        for made in split(context, template, statement, named, lowered, used_at):
            done = True
            yield made
    if not done and not context.problems.errors:
        context.problems.error(f"`{template.name}` allows nothing on this key", used_at)
