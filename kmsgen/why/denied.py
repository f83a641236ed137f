"""Denials explained with all that the project knows: roles and services of templates, and changes that are tried."""

from __future__ import annotations

from collections.abc import Sequence

from kmsgen.analysis.denial.change import Change, Role
from kmsgen.analysis.denial.explain import Explanation, Helpers, Supplement, explain
from kmsgen.analysis.denial.parse import parse
from kmsgen.semantics.request import Request
from kmsgen.sources.blueprint import library
from kmsgen.sources.model import Options, SourceKey
from kmsgen.sources.principals import principal_of
from kmsgen.templates import Library
from kmsgen.templates.model import Parameter, Template
from kmsgen.why.guards import lifted
from kmsgen.why.trial import Findings, Trial

_TELLING = ("kms:encryptioncontext:", "aws:sourcearn")
"""Beginnings of the condition keys whose values name what a service works for."""


def explain_denial(
    message: str,
    keys: Sequence[SourceKey],
    *,
    options: Options | None = None,
    supplement: Supplement | None = None,
    findings: Findings = lambda key: (),
) -> tuple[Explanation, ...]:
    """Why AWS denied what a message tells of, for each key that it may be about, the likeliest first.

    `message` is what AWS, an SDK or CloudTrail says; `keys` are those of sources. `supplement` says what the message
    leaves out. A change to a blueprint is tried before it is called verified; `findings` says what a key is found to
    be, before and after it. Raises `KmsgenError` where the message is not understood, or no key fits it.
    """
    options = options or Options()
    templates, trial = library(options.templates), Trial(options, findings)
    helpers = Helpers(
        resolve=principal_of,
        role=lambda key, action: _role(templates, key, action),
        service=lambda request, caller: _service(templates, request, caller),
        prove=trial.entry,
        lift=lambda judgement, change: lifted(judgement, change, templates, trial),
    )
    return tuple(one for denial in parse(message) for one in explain(denial, keys, helpers, supplement))


_AS_FOUND = frozenset(
    {
        "console-admin",
        "create-grant",
        "data-key",
        "data-key-sealed",
        "data-keys",
        "decrypt-only",
        "encrypt-only",
        "list-grants",
        "mac-only",
        "public-key-only",
        "reencrypt-only",
        "replicate-anywhere",
        "sign-only",
        "tag",
        "verify-only",
    }
)
"""Roles that say what policies written elsewhere give, and that nobody is advised to give anew."""


def _role(templates: Library, key: SourceKey, action: str) -> Role | None:
    """The role that allows an action of such a key and the least beside it."""
    fitting = [
        one
        for one in templates.all("roles")
        if action in one.bound
        and one.nouns
        and one.name not in _AS_FOUND
        and (not one.usage or key.facts.usage is None or key.facts.usage in one.usage)
    ]
    best = min(fitting, key=lambda one: (len(one.bound), "users" not in one.nouns, one.name), default=None)
    return None if best is None else Role(best.name, "users" if "users" in best.nouns else "admins")


def _service(templates: Library, request: Request, caller: str) -> Change | None:
    """The entry of the one service that a caller is of, with what it must say; None where none or several may be meant.

    `caller` is a service principal, or a service-linked role as blueprints name it.
    """
    linked = caller.startswith("service-linked/")
    label = caller.removeprefix("service-linked/").partition(".")[0]
    named = {label, templates.aliases.get(label, label)}
    passed_on = {name for name in templates.names("services") if name.endswith(f"-from-{label}")}
    for names in (named, passed_on):
        known = [one for name in sorted(names) if (one := templates.find("services", name)) is not None]
        pattern = "service-linked-role" if linked else "service-principal"
        fitting = [one for one in known if one.pattern == pattern and request.action in one.bound]
        fitting = [one for one in fitting if _is_for(one, request)] or fitting
        if fitting:
            return _filled(fitting[0], request) if len({one.name for one in fitting}) == 1 else None
    return None


def _is_for(template: Template, request: Request) -> bool:
    """Whether a request's encryption context is of the service whose encrypted resource a template is about."""
    return f"kms:encryptioncontext:aws:{template.name.partition('-from-')[0]}:arn" in request.values


def _filled(template: Template, request: Request) -> Change:
    """A service's entry, its parameters from what is known of the request, else from the template's own examples."""
    needed = [one for one in template.parameters.values() if one.required]
    needed = needed or [template.parameters[name] for name in template.one_of[:1]]
    if not needed:
        return Change("services", template.name)
    known = {one.name: value for one in needed if (value := _known(one, request)) is not None}
    values = {one.name: known.get(one.name) or one.example or one.name.upper() for one in needed}
    return Change("services", {template.name: values}, tuple(name for name in values if name not in known))


def _known(parameter: Parameter, request: Request) -> str | None:
    """What a request says of a parameter that is an ARN: the value in its context that names such a thing."""
    service = (parameter.arn or "").partition(":")[0]
    told = [value for key, values in sorted(request.values.items()) if key.startswith(_TELLING) for value in values]
    return next((one for one in told if service and one.startswith("arn:") and one.split(":")[2] == service), None)
