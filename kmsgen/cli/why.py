"""`kmsgen why`: an AccessDenied message explained: which layer refused, what came nearest, the least that would do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kmsgen.analysis import engine
from kmsgen.analysis.denial.change import Change, path_is_unknown
from kmsgen.analysis.denial.explain import Explanation, Proof, Supplement
from kmsgen.analysis.denial.judge import Judgement, Miss
from kmsgen.analysis.denial.parse import parse
from kmsgen.analysis.registry import selected
from kmsgen.analysis.subject import ANY_DAY
from kmsgen.catalog import actions
from kmsgen.cli import can, render, why_grants, why_text
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.policy.model import Statement
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.model import distinct
from kmsgen.sources.reading import text_of
from kmsgen.why import explain_denial

FORMAT_VERSION = "1"


@dataclass(frozen=True)
class Question:
    """What the command line asks."""

    message: str
    sources: tuple[str, ...]
    principal: str | None = None
    action: str | None = None
    context: tuple[str, ...] = ()
    format: str = "text"
    options: Options = field(default_factory=Options)


def run(question: Question) -> int:
    """Print the explanations; 0 where the key policy allows what was denied, 1 where it does not, or may not."""
    if question.message == "-" and "-" in question.sources:
        raise KmsgenError(Problem("`-` is standard input, and stands for the message and for a source"))
    message = text_of("-") if question.message == "-" else question.message
    parse(message)  # what is not understood is told before a live account is asked for all its keys
    supplement = Supplement(
        question.principal,
        _action(question.action),
        {key: (value,) if isinstance(value, str) else value for key, value in can.context_of(question.context).items()},
    )
    found = explain_denial(
        message, _keys(question), options=question.options, supplement=supplement, findings=_findings
    )
    if question.format == "json":
        document = {"format_version": FORMAT_VERSION, "explanations": [_document(one) for one in found]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(render.safe_lines(why_text.text(found)))
    return 0 if all(one.allowed for one in found) else 1


def _findings(key: SourceKey) -> Iterator[str]:
    """What `check` finds in a key; of dates only what holds on every day."""
    # Whether what is accepted is needed, other keys may decide.
    rules = selected(ignore=("unused-suppression",))
    for checked in engine.check([key], engine.Settings(ANY_DAY, rules)):
        found = (one for one in checked.findings if not one.accepted)
        yield from (f"{one.severity}: {one.message} [{one.code} {one.rule}]" for one in found)


def _action(name: str | None) -> str | None:
    if name is None:
        return None
    known = actions.find(name) or actions.find(f"kms:{name}")
    return known.name if known else can.action_of(name)


def _keys(question: Question) -> tuple[SourceKey, ...]:
    """The keys of all sources; what is wrong with any of these is told at once."""
    problems, found = Problems(), list[SourceKey]()
    for source in question.sources:
        try:
            loaded = load(source, question.options)
            render.notes(loaded.notes)
            found += loaded.keys
        except KmsgenError as error:
            problems.extend(error.problems)
    problems.extend(question.options.parameters.unmet())
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return distinct(found) if len(question.sources) > 1 else tuple(found)


def _document(one: Explanation) -> dict[str, Any]:
    judgement = one.judgement
    denial, request = judgement.denial, judgement.request
    return {
        "message": denial.message,
        "key": judgement.key.name,
        "key_is_certain": one.exact,
        "considered": list(one.considered),
        "layer": judgement.layer,
        "layer_in_message": denial.layer,
        "policy_in_message": denial.policy_arn,
        "key_state": denial.state,
        "assumed": list(denial.assumed),
        "request": None
        if request is None
        else {
            "principal": request.principal,
            "action": request.action,
            "context": {key: _values(value) for key, value in sorted(request.context.items())},
        },
        "key_policy": {
            "verdict": judgement.verdict,
            **({"undecided": judgement.open} if judgement.open is not None else {}),
            "access": judgement.access,
            "needs_identity_policy": judgement.needs_identity_policy,
            "statements": [_statement(judgement, statement) for statement in judgement.statements],
            "would_allow_with": {key: list(values) for key, values in judgement.would},
        },
        "nearest": None
        if judgement.nearest is None
        else {
            **_statement(judgement, judgement.nearest.statement),
            "misses": [_miss(miss) for miss in judgement.nearest.misses],
        },
        "grants": why_grants.document(one.granted),
        "deny": None
        if one.lifted is None
        else {"guard": one.lifted.guard, "by_hand": one.lifted.guard is None, "reason": one.lifted.reason},
        "change": None if one.change is None else _changed(judgement, one.change, one.proof),
        "otherwise": None
        if one.lifted is None or one.lifted.otherwise is None
        else _changed(judgement, *one.lifted.otherwise),
        "identity_statement": one.identity,
    }


def _changed(judgement: Judgement, change: Change, proof: Proof | None) -> dict[str, Any]:
    return {
        "list": change.noun,
        "entry": change.entry,
        "beside": None if change.beside is None else {"list": change.beside.noun, "entry": change.beside.entry},
        "yaml": change.yaml(*(proof.fields if proof else ())),
        "role_path_is_unknown": path_is_unknown(judgement),
        "examples": [name for part in change.parts for name in part.examples],
        "replaces_guards": bool(change.whole),
        "verified": proof is not None and proof.verified,
        "verified_where": {key: list(values) for key, values in proof.where} if proof else {},
        "reason": proof.reason if proof else None,
        "also_changes": list(proof.others) if proof else [],
        "findings": list(proof.findings) if proof else [],
        "gains": list(proof.gains) if proof else [],
    }


def _values(value: tuple[str, ...] | str) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _statement(judgement: Judgement, statement: Statement) -> dict[str, Any]:
    return {
        "statement": statement.sid,
        "effect": statement.effect.value,
        "origin": [str(one) for one in statement.origin] or [judgement.key.where],
    }


def _miss(miss: Miss) -> dict[str, Any]:
    test = miss.condition
    if test is None:
        return {"element": miss.element}
    return {
        "element": miss.element,
        "operator": test.operator,
        "condition_key": test.key,
        "values": list(test.values),
        "request_values": None if miss.values is None else list(miss.values),
    }
