"""Every policy that others wrote, and every one that kmsgen wrote, back to a blueprint that is proved to mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmsgen.blueprint import parse
from kmsgen.blueprint.intent import KeyIntent
from kmsgen.errors import KmsgenError, Problems
from kmsgen.files import read_text
from kmsgen.importer import import_keys
from kmsgen.semantics.compare import compare
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.parameters import Parameters
from tests.corpus import CORPUS, REASON
from tests.importer.support import LIBRARY, compiled, said
from tests.support import OTHER, OWN, REGION, ROOT

RECOGNISED = 60
"""The percentage of statements that must not be kept as they are."""
UNREADABLE = {
    "165-kics-negative2-key.json": "unknown policy version `2012-10-17T00:00:00Z`",
    "179-checkov-fail-aws-kms-key-fail-1.json": "`Principal` is `*` or says what kind of principal it means",
    "183-checkov-pass-aws-kms-key-pass-2.json": "`Principal` is `*` or says what kind of principal it means",
    "184-checkov-pass-aws-kms-key-pass-3.json": "`Principal` is `*` or says what kind of principal it means",
    "305-amazon-connect-admin-guide-cross-service-confused-deputy-prevention.json": "unknown condition operator ` ArnEquals`",
}
"""The policies that are none: KMS takes no such document, and nothing tells what it would mean."""
NO_POLICY = {
    **dict.fromkeys(
        (
            "112-kics-ebs-volume-without-kms-key-id-test-negative2.json",
            "118-kics-emr-cluster-without-security-configuration-test-negative2.json",
            "121-kics-emr-cluster-without-security-configuration-test-positive3.json",
            "122-kics-emr-cluster-without-security-configuration-test-positive4.json",
            "140-kics-low-rds-backup-retention-period-test-positive6.json",
            "145-kics-rds-db-instance-with-deletion-protection-disabled-test-positive3.json",
            "146-kics-rds-db-instance-with-deletion-protection-disabled-test-positive4.json",
            "152-kics-rds-storage-not-encrypted-test-positive4.json",
        ),
        "unknown policy version `2012-10-17T00:00:00Z`",
    ),
}  # fmt: skip
"""The templates with a key whose policy is none."""
_SIGNS = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
_ACCOUNTS = {"pAuditAccountId": OTHER, "pManagementAccountId": "777788889999"}
ANSWERS: dict[str, tuple[tuple[dict[str, str], int], ...]] = {
    "001-aws-cf-templates-security-kms-key.yaml": (
        ({"Service": "ALL_SERVICES"}, 2), ({"Service": "S3_PUBLIC_ACCESS"}, 2), ({"Service": "CLOUDFRONT"}, 2),
        ({"Service": "CLOUDTRAIL"}, 2), ({"Service": "sqs"}, 2), ({"Service": "ROUTE53_DNSSEC", **_SIGNS}, 3),
        ({"Service": "dnssec-route53", **_SIGNS}, 3),
    ),
    "009-architecture-examples-security-lake-org-templates-sra-security-lake-org-kms-key.yaml": (
        ({**_ACCOUNTS, "pRegisterAuditAccountQuerySubscriber": "true"}, 6), ({**_ACCOUNTS, "pRegisterAuditAccountQuerySubscriber": "false"}, 5),
    ),
}  # fmt: skip
"""The templates whose policies depend on conditions: values of parameters, and how many statements there are then."""


def _account(path: Path) -> str:
    """The one account that a file names, else some account."""
    found = set(re.findall(r"arn:aws[a-z-]*:iam::([0-9]{12}):", path.read_text(encoding="utf-8")))
    return found.pop() if len(found) == 1 else OWN


def _loaded() -> Iterator[tuple[str, SourceKey | str]]:
    """Each key of the corpus with the name of its file, or why the file is not read."""
    for path in sorted([*(CORPUS / "policies").glob("*.json"), *(CORPUS / "cfn").iterdir()]):
        try:
            yield from ((path.name, one) for one in load(str(path), Options(_account(path), REGION)).keys)
        except KmsgenError as error:
            yield path.name, str(error)


def _keys() -> Iterator[SourceKey]:
    return (one for _, one in _loaded() if isinstance(one, SourceKey) and one.policy is not None)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_only_what_is_no_policy_at_all_is_not_read() -> None:
    unread = {name: one for name, one in _loaded() if isinstance(one, str)}
    assert unread.keys() == UNREADABLE.keys()
    assert [name for name, why in unread.items() if UNREADABLE[name] not in why] == []
    without = [(name, one.reason) for name, one in _loaded() if isinstance(one, SourceKey) and one.policy is None]
    assert [name for name, _ in without] == list(NO_POLICY)
    assert [name for name, why in without if NO_POLICY[name] not in (why or "")] == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_every_policy_that_others_wrote_imports_and_most_of_them_is_recognised() -> None:
    total = kept = imported = 0
    for key in _keys():
        (made,) = import_keys([key], LIBRARY).keys  # which proves it equal, or raises
        import_keys([key], LIBRARY, tighten=True)  # no broader, or raises
        imported += 1
        total += made.statements
        kept += made.statements - made.recognised
    share = 100 * (total - kept) / total
    print(f"{imported} policies; {share:.1f} % of {total} statements recognised")
    assert share >= RECOGNISED


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
@pytest.mark.parametrize(
    ("name", "given", "statements"), [(name, *one) for name, answers in ANSWERS.items() for one in answers]
)
def test_a_policy_that_depends_on_conditions_imports_for_each_answer(
    name: str, given: dict[str, str], statements: int
) -> None:
    (key,) = load(str(CORPUS / "cfn" / name), Options(OWN, REGION, parameters=Parameters(given))).keys
    made = import_keys([key], LIBRARY).keys[0]  # which proves it equal, or raises
    assert key.policy is not None
    assert (made.statements, compare(key.policy, made.policy, key.facts).verdict) == (statements, "equal")


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_a_whole_corpus_imports_into_one_blueprint() -> None:
    keys = list(_keys())
    assert len(compiled(import_keys(keys, LIBRARY).text)) >= len(keys)


OUT = sorted(path for path in (ROOT / "out").rglob("*") if path.is_file())
NO_KEYS = {
    "companion": "an IAM policy for somebody else's account, and no key policy",
    "manifest.json": "the list of what is in the folder",
}
"""The files that kmsgen writes beside keys, by what is in their path, and what they are."""


def _no_keys(path: Path) -> str | None:
    """Why a file has no keys; None for one that has."""
    inside = path.relative_to(ROOT / "out").as_posix()
    return next((why for part, why in NO_KEYS.items() if re.search(rf"(?:^|[/.]){part}(?:[/.]|$)", inside)), None)


EXAMPLES = {path.stem: path for path in (ROOT / "blueprints").rglob("*.yaml")}


def _by_hand(path: Path) -> int:
    """How many statements a key of an example has that its blueprint writes out itself, at the most."""
    examples = [one for name, one in EXAMPLES.items() if any(part.partition(".")[0] == name for part in path.parts)]
    found = [one.statements for example in examples for one in _intents(example)]
    return max(map(len, found), default=0)


def _intents(path: Path) -> list[KeyIntent]:
    problems = Problems()
    made = [key for one in parse(path.read_text(encoding="utf-8"), str(path), read_text, problems) for key in one.keys]
    assert not problems.errors
    return made


@pytest.mark.parametrize("path", OUT, ids=lambda path: path.relative_to(ROOT / "out").as_posix())
def test_what_kmsgen_wrote_comes_back_as_entries_that_make_the_same_policy(path: Path) -> None:
    if _no_keys(path) is not None:
        with pytest.raises(KmsgenError):
            import_keys(load(str(path)).keys, LIBRARY)
        return
    keys = load(str(path)).keys
    assert keys
    made = import_keys(keys, LIBRARY)
    for key, one in zip(keys, made.keys, strict=True):
        assert key.policy is not None
        assert one.verbatim <= _by_hand(path.relative_to(ROOT / "out")), made.text
        assert one.accepted == 0
        assert compare(key.policy, one.policy, key.facts).verdict == "equal" or one.source.kind == "cloudformation"
        if key.kind != "cloudformation":
            assert said(one.policy) == said(key.policy)
