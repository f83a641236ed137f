"""Every policy that others wrote, and every one that kmsgen wrote, back to a blueprint that is proved to mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.importer import import_keys
from kmsgen.semantics.compare import compare
from kmsgen.sources import Options, SourceKey, load
from tests.corpus import CORPUS, REASON
from tests.importer.support import LIBRARY, compiled, said
from tests.support import OWN, REGION, ROOT

RECOGNISED = 60
"""The percentage of statements that must not be kept as they are."""
REFUSED = re.compile(
    r"lets everybody (?:in every account|else) in|names no account|is no (?:name of|principal|service principal)"
    r"|unknown kind of principal|policy variables in a principal|no blueprint holds such a key|condition never holds"
    r"|cannot grant|does not say which account|the resource of a key policy is|there is no action|unknown (?:action|part)"
    r"|is not proved|is in the partition|KMS would|is tested twice|only the stack can make|nothing says which account"
)
"""Why a policy of the corpus may be refused: it lets everybody in, or is no policy that KMS would take."""


def _account(path: Path) -> str:
    """The one account that a file names, else some account."""
    found = set(re.findall(r"arn:aws[a-z-]*:iam::([0-9]{12}):", path.read_text(encoding="utf-8")))
    return found.pop() if len(found) == 1 else OWN


def _keys() -> Iterator[SourceKey]:
    for path in sorted([*(CORPUS / "policies").glob("*.json"), *(CORPUS / "cfn").iterdir()]):
        try:
            yield from load(str(path), Options(account=_account(path), region=REGION)).keys
        except KmsgenError:
            continue  # what cannot be read is for the sources' tests


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_policies_that_others_wrote_import_and_most_of_them_is_recognised() -> None:
    total = kept = imported = 0
    refused: list[str] = []
    for key in _keys():
        if key.policy is None:
            continue
        try:
            (made,) = import_keys([key], LIBRARY).keys
        except KmsgenError as error:
            refused += [one.message for one in error.problems]
            continue
        imported += 1
        total += made.recognised + made.verbatim
        kept += made.verbatim
    assert [message for message in refused if not REFUSED.search(message)] == []
    share = 100 * (total - kept) / total
    print(f"{imported} policies, {len(refused)} refused; {share:.1f} % of {total} statements recognised")
    assert share >= RECOGNISED
    assert imported > 4 * len(refused)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_a_whole_corpus_imports_into_one_blueprint() -> None:
    fine: list[SourceKey] = []
    for key in _keys():
        if key.policy is not None:
            try:
                import_keys([key], LIBRARY)
            except KmsgenError:
                continue
            fine.append(key)
    made = import_keys(fine, LIBRARY)
    assert len(compiled(made.text)) >= len(fine)


OUT = sorted(path for path in (ROOT / "out" / "json").rglob("*.json") if "companion" not in path.parts)
TEMPLATES = [
    path
    for format_ in ("cloudformation", "cloudformation-json")
    for path in sorted((ROOT / "out" / format_).rglob("*.*"))
    if "companion" not in path.name
]
HAS_STATEMENTS = frozenset(
    path.stem for path in (ROOT / "blueprints").rglob("*.yaml") if "statements:" in path.read_text(encoding="utf-8")
)
"""The examples that write statements out themselves."""


@pytest.mark.parametrize("path", [*OUT, *TEMPLATES], ids=lambda path: path.relative_to(ROOT / "out").as_posix())
def test_what_kmsgen_wrote_comes_back_as_entries_that_make_the_same_policy(path: Path) -> None:
    keys = load(str(path)).keys
    assert keys
    made = import_keys(keys, LIBRARY)
    for key, one in zip(keys, made.keys, strict=True):
        assert key.policy is not None
        if not any(name in path.as_posix() for name in HAS_STATEMENTS):
            assert one.verbatim == 0, made.text
        assert compare(key.policy, one.policy, key.facts).verdict == "equal" or one.source.kind == "cloudformation"
        if key.kind == "policy":
            assert said(one.policy) == said(key.policy)
