"""A raw key policy in JSON as a source: one key, named by its file or by the manifest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from kmsgen.documents import Document, read_json
from kmsgen.errors import PolicyError, Problem
from kmsgen.policy.read import read_placed
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import Options, SourceKey, facts_of_arn, id_of


def load(document: Document, options: Options) -> tuple[SourceKey, ...]:
    """The key that a policy, or what `aws kms get-key-policy` prints, belongs to.

    Raises `PolicyError` with every mistake in it and its place.
    """
    inner = _unwrapped(document)
    policy = read_placed(inner)
    made = options.manifests.entry(document.name)
    about = made.keys[0] if made is not None and len(made.keys) == 1 else None
    if made is None or about is None:
        name = PurePath(document.name).name.removesuffix(".json") if document.name != "-" else "standard input"
        facts = KeyFacts(account=options.account, region=options.region)
        return (
            SourceKey(
                name, policy, "policy", document.name, facts=facts, nameless=True, at=inner.at(()), place=inner.at
            ),
        )
    existing = _text(about.get("existing"))
    of_arn = facts_of_arn(existing)
    facts = KeyFacts(
        account=_text(about.get("account")) or options.account,
        region=_text(about.get("region")) or options.region,
        arn=of_arn.arn,
    )
    base = str(about.get("key"))
    aliases = tuple(str(alias) for alias in about.get("aliases") or ())
    return (
        SourceKey(
            f"{made.environment}/{base}" if made.environment else base,
            policy,
            "policy",
            document.name,
            facts=facts,
            key_id=id_of(existing),
            aliases=aliases,
            names=(base, f"{made.blueprint}/{base}"),
            environment=made.environment,
            at=inner.at(()),
            place=inner.at,
        ),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _unwrapped(document: Document) -> Document:
    """The policy itself, where it stands as text in what the AWS command line prints."""
    if not isinstance(document.data, Mapping) or "Policy" not in document.data:
        return document
    inner: Any = document.data["Policy"]
    if isinstance(inner, Mapping):
        return document.below(("Policy",))
    if not isinstance(inner, str):
        raise PolicyError(Problem("`Policy` is the text of a policy", document.at(("Policy",))))
    return embedded(inner, document, ("Policy",))


def embedded(text: str, document: Document, path: tuple[str | int, ...]) -> Document:
    """The data of a JSON text inside another document; all of it stands where the text does.

    Raises `PolicyError` where it is no JSON.
    """
    at = document.at(path)
    try:
        data = read_json(text, "the policy").data
    except PolicyError as error:
        problems = [Problem(f"in the policy's text: {one.message}", at, one.hint) for one in error.problems]
        raise PolicyError(*problems) from error
    return Document(data, document.name, {} if at is None else {(): at})
