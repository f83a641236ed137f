"""Statements that a user wrote out, held to what KMS takes and to what can ever match: the seeds of every blog post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kmsgen.blueprint.grammar import RefusedError
from kmsgen.blueprint.intent import Verbatim
from kmsgen.blueprint.statements import ACCEPT
from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.principals import ACCOUNT, SERVICE_PRINCIPAL
from kmsgen.compiler.context import Context
from kmsgen.errors import Location
from kmsgen.policy.limits import refused_character, texts
from kmsgen.policy.model import AWS, SERVICE, Condition, Effect, Principal, Statement, clashes
from kmsgen.policy.never import Caller, why_never
from kmsgen.policy.operators import parse_operator
from kmsgen.policy.reference import is_symbolic


def statements(context: Context) -> Iterator[Statement]:
    """The statements of a key as they stand, each checked."""
    sids: dict[str, Location] = {}
    for verbatim in context.key.statements:
        sid = verbatim.statement.sid
        if sid is not None and sid in sids:
            related = (("first here", sids[sid]),)
            context.problems.error(f"two statements have the `Sid` `{sid}`", verbatim.at, "rename one", related)
        if sid is not None:
            sids[sid] = verbatim.at
        _Check(context, verbatim).all()
        yield verbatim.statement


def unneeded(context: Context) -> None:
    """Remark on statements that stand as they are with nothing wrong with them."""
    remarked = {problem.at for problem in context.problems}
    for verbatim in context.key.statements:
        if verbatim.accepted and remarked.isdisjoint(verbatim.places.values()):
            message = f"nothing is wrong with this statement: it needs no `{ACCEPT}`"
            context.problems.warning(message, verbatim.places[ACCEPT,], "take it out")


@dataclass(frozen=True)
class _Check:
    context: Context
    verbatim: Verbatim

    @property
    def statement(self) -> Statement:
        return self.verbatim.statement

    def all(self) -> None:
        self.characters()
        self.principals()
        self.what()
        self.resource()
        self.tests()
        for test in sorted(self.statement.conditions):
            self.condition(test)

    def _fail(
        self, path: tuple[str | int, ...], message: str, hint: str | None = None, *, always: bool = False
    ) -> None:
        """Report what is wrong; `always` where no statement can hold it, accepted or not."""
        while path not in self.verbatim.places:
            path = path[:-1]
        problems, at = self.context.problems, self.verbatim.places[path]
        if self.verbatim.accepted and not always:
            problems.warning(f"accepted as it is: {message}", at, hint)
        else:
            problems.error(message, at, hint)

    def characters(self) -> None:
        for text in sorted(texts(self.statement)):
            character = None if is_symbolic(text) else refused_character(text)
            if character is not None:
                message = f"KMS does not take the character `{character}` in a key policy: `{text}`"
                self._fail((), message, "use characters up to U+00FF (Latin-1)", always=True)

    def principals(self) -> None:
        statement = self.statement
        if statement.effect is Effect.ALLOW and statement.not_principals:
            hint = "name those it is for in `Principal`"
            self._fail(("NotPrincipal",), "Allow with `NotPrincipal` lets everybody else in, other accounts too", hint)
        everyone = any(principal.is_everyone for principal in statement.principals)
        if everyone and statement.effect is Effect.ALLOW and not statement.conditions:
            self._fail(
                ("Principal",),
                "the statement lets everybody in every account in",
                "name principals, or add a condition that says whose requests are meant",
            )
        for principal in sorted(statement.principals | statement.not_principals):
            self._principal(principal)

    def _principal(self, principal: Principal) -> None:
        kind, value = principal
        element = "Principal" if principal in self.statement.principals else "NotPrincipal"
        if principal.is_everyone or is_symbolic(value):
            return
        here = self.verbatim.path_of(element, value)
        if kind == SERVICE:
            if not SERVICE_PRINCIPAL.fullmatch(value):
                hint = "write it like `cloudtrail.amazonaws.com`"
                self._fail(here, f"`{value}` is no service principal", hint)
        elif kind != AWS:
            self._fail(here, f"a principal of kind `{kind}` never calls KMS", "name the role that it takes on")
        elif value[:4] in ("AROA", "AIDA"):
            hint = "name the role or user that exists now"
            self._fail(here, f"`{value}` is the id of a principal that was deleted: KMS refuses it", hint)
        elif not ACCOUNT.fullmatch(value):
            try:
                self.context.key.directory.grammar.parse(value if value.startswith("arn:") else "", self.verbatim.at)
            except RefusedError as refused:
                message = refused.message if value.startswith("arn:") else f"`{value}` is no principal"
                self._fail(here, message, refused.hint if value.startswith("arn:") else "write its ARN")

    def what(self) -> None:
        statement = self.statement
        if not statement.actions and not statement.not_actions:
            self._fail((), "the statement has no `Action`: KMS takes it and it has no effect", "say what is allowed")
        for action in sorted(statement.actions | statement.not_actions):
            element = "Action" if action in statement.actions else "NotAction"
            here, wrong = self.verbatim.path_of(element, action), actions.mistake(action)
            found = {one.name for one in actions.matching(action)}
            if wrong is not None:
                self._fail(here, *wrong)
            elif element == "Action" and found and not found & self.context.working:
                settings = self.context.key.settings
                kind = f"a key of spec `{settings.spec}`, usage `{settings.usage}` and origin `{settings.origin}`"
                self._fail(here, f"`{action}` does not work on {kind}", "take it out")

    def resource(self) -> None:
        statement = self.statement
        if not statement.resources and not statement.not_resources:
            self._fail((), "the statement has no `Resource`: KMS takes it and it has no effect", 'add `Resource: "*"`')
        elif statement.resources != {"*"}:
            element = "Resource" if statement.resources else "NotResource"
            shown = sorted((statement.resources | statement.not_resources) - {"*"})[0]
            what = "an alias" if "alias/" in shown else "anything else"
            self._fail(
                self.verbatim.path_of(element, shown),
                f"the resource of a key policy is `*`, which means this key, and not {what}: `{shown}`",
                'write `Resource: "*"`; to tell requests by alias use `kms:RequestAlias`',
            )

    def tests(self) -> None:
        """Tests that are there and say nothing, or say two things of one condition key."""
        block = self.verbatim.document.get("Condition")
        for operator, tests in block.items() if isinstance(block, dict) else ():
            if tests == {}:
                self._fail(("Condition", operator), f"`{operator}` tests nothing", "take it out, or say what it tests")
        for first, second in clashes(self.statement.conditions):
            message = f"`{first.key}` and `{second.key}` are one condition key, tested twice with `{first.operator}`"
            self._fail(
                ("Condition", second.operator, second.key), message, "write it once, with all its values", always=True
            )

    def _caller(self) -> Caller:
        """Whose requests the statement is about."""
        principals = self.statement.principals
        if not principals or any(principal.is_everyone for principal in principals):
            return "any"
        services = {principal.kind == SERVICE for principal in principals}
        return "any" if len(services) > 1 else "service" if services == {True} else "principal"

    def condition(self, test: Condition) -> None:
        path = ("Condition", test.operator, test.key)
        if not test.values:
            self._fail(path, f"`{test.key}` has no values, and so matches nothing", "give it at least one")
            return
        wrong = condition_keys.mistake(test.key)
        if wrong is not None:
            self._fail(path, *wrong)
            return
        known, operator = condition_keys.find(test.key), parse_operator(test.operator)
        if (reason := why_never(test, self._caller())) is not None:
            self._fail(path, *reason)
            return
        if known is None or operator is None:
            return
        named = {one.name for pattern in self.statement.actions for one in actions.matching(pattern)}
        carrying = [one for one in named if condition_keys.carries(one, test.key, self.context.kind)]
        if named and not carrying and not (operator.negated or operator.if_exists or operator.base == "Null"):
            able = sorted(a for a in self.context.working if condition_keys.carries(a, test.key, self.context.kind))
            comes_with = f"it comes with {', '.join(f'`{one}`' for one in able)}" if able else None
            self._fail(path, f"the condition never holds: none of the actions carries `{test.key}`", comes_with)
