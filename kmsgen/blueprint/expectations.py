"""What a blueprint expects of its own policy, and which findings it accepts: read here, judged by `check`."""

from __future__ import annotations

from kmsgen.blueprint.grammar import Directory
from kmsgen.blueprint.intent import Expectation
from kmsgen.blueprint.model import Named, Who
from kmsgen.blueprint.principals import read_principal
from kmsgen.catalog.principals import SERVICE_PRINCIPAL, root_arn
from kmsgen.nodes import Node, Scalar
from kmsgen.policy.accepted import AllowedFinding
from kmsgen.reading.fields import Reader, present


def read_expectations(reader: Reader, directory: Directory, node: Node) -> tuple[Expectation, ...]:
    """`{allow|deny: principal, to: roles or actions, access: direct|any, context: {key: value}}`, a list of these."""

    def one(item: Node) -> Expectation | None:
        fields = reader.fields(item, ("allow", "deny", "to", "access", "context"), "an expectation")
        if ("allow" in fields) == ("deny" in fields):
            reader.fail(item, "an expectation has one of `allow` and `deny`", "write `{allow: PRINCIPAL, to: ROLE}`")
            return None
        allow = "allow" in fields
        who = _who(reader, directory, fields["allow" if allow else "deny"][1])
        if "to" not in fields:
            reader.fail(item, "an expectation says what somebody may do", "add `to: decrypt`, or an action")
            return None
        to = reader.each(fields["to"][1], lambda what: _named(reader, what))
        access = reader.choice(fields["access"][1], ("direct", "any"), "access") if "access" in fields else None
        context: list[tuple[str, tuple[str, ...]]] = []
        if "context" in fields:
            for key, (_, values) in reader.mapping(fields["context"][1], "`context`").items():
                context.append((key, reader.texts(values, f"a value of `{key}`")))
        if who is None or not to:
            return None
        return Expectation(allow, who, to, access, tuple(context), item.at)  # type: ignore[arg-type]

    return present(one(item) for item in reader.items(node))


def _named(reader: Reader, node: Node) -> Named | None:
    text = reader.text(node, "a role or an action")
    return None if text is None else Named(text, node.at)


def _who(reader: Reader, directory: Directory, node: Node) -> Who | None:
    text = node.value if isinstance(node, Scalar) else ""
    if SERVICE_PRINCIPAL.fullmatch(text):
        return Who("service", "", text, (), text, node.at)
    if text not in directory.named and (account := directory.grammar.account_number(text)) is not None:
        return Who("account", account, root_arn(directory.grammar.partition, account), (), text, node.at)
    return read_principal(reader, directory, node)


def read_allowed_findings(reader: Reader, node: Node) -> tuple[AllowedFinding, ...]:
    """`{rule, reason, until}`, a list of these; `until` may be left out."""

    def one(item: Node) -> AllowedFinding | None:
        fields = reader.fields(item, ("rule", "reason", "until"), "an accepted finding")
        for name in ("rule", "reason"):
            if name not in fields:
                reader.fail(
                    item, f"an accepted finding has no `{name}`", "write `{rule: …, reason: …, until: 2027-01-31}`"
                )
                return None
        rule, reason = reader.text(fields["rule"][1], "a rule"), reader.reason(fields["reason"][1])
        until = reader.day(fields["until"][1]) if "until" in fields else None
        return None if rule is None or reason is None else AllowedFinding(rule, reason, until, item.at)

    return present(one(item) for item in reader.items(node))
