"""On policies that others wrote: what their labels call insecure is found, and what is known to be good is no error."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.subject import Asked
from kmsgen.errors import KmsgenError
from kmsgen.sources import load
from tests.corpus import CORPUS, REASON

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)

FOUND_BY = {
    "CKV_AWS_33": {"KMS101"},
    "F76": {"KMS101"},
    # A statement for everybody whose `Resource` is no key gives nothing to anybody before somebody mends it.
    "KMS_NO_WILDCARD_PRINCIPAL": {"KMS101", "KMS118"},
    "kics:kms_allows_wildcard_principal": {"KMS101"},
    # KICS also fails keys without a policy, which get AWS's default: a note, for it is what AWS advises.
    "kics:kms_key_with_full_permissions": {"KMS105", "KMS108"},
    # Nothing in that policy asks for an attestation; what is wrong with it is the `NotAction` that lets everything in.
    "kms_key_enclave_attestation_not_enforced": {"KMS104"},
    "kms_key_enclave_attestation_bypassable_path": {"KMS113"},
    "kms_key_not_publicly_accessible": {"KMS101"},
}
"""By another tool's check: the rules of which one at least must find what it is labelled for."""
ELSEWHERE = {"enabled", "rotation"}
"""Topics of labels that are no matter of the policy."""
GOOD = {"aws-managed-key", "docs-example"}
"""Classes of policies that AWS itself wrote."""
FLAWED = Path(__file__).parent / "flawed-samples.yaml"


def rows(name: str) -> list[dict[str, Any]]:
    path = CORPUS / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


LABELS, INDEX = rows("lint_labels.jsonl"), rows("index.jsonl")


def judged(label: dict[str, Any]) -> bool:
    return label["check_id"] in FOUND_BY and label["expected"] != "skip"


@cache
def found(file: str) -> dict[str, tuple[Finding, ...]] | None:
    """The findings of each key of a file of the corpus; None where it is no policy that KMS would take."""
    try:
        keys = load(str(CORPUS / file)).keys
    except KmsgenError:
        return None
    checked = check(keys, Settings(Asked(datetime.date(2026, 6, 1))))
    return {one.key.name: one.findings for one in checked}


def of_label(label: dict[str, Any]) -> Iterator[Finding]:
    by_key = found(label["file"])
    assert by_key, f"{label['file']} is not read"
    for name, findings in by_key.items():
        if name == label["resource"] or len(by_key) == 1:
            yield from findings


def test_every_check_of_a_label_has_a_rule_or_is_no_matter_of_the_policy() -> None:
    assert {label["check_id"] for label in LABELS if label["topic"] not in ELSEWHERE} == FOUND_BY.keys()


@pytest.mark.parametrize(
    "label", [one for one in LABELS if judged(one) and one["expected"] == "fail"], ids=lambda one: one["file"]
)
def test_what_a_label_calls_insecure_is_found(label: dict[str, Any]) -> None:
    assert FOUND_BY[label["check_id"]] & {finding.code for finding in of_label(label)}


@pytest.mark.parametrize(
    "label", [one for one in LABELS if one["expected"] == "pass" and judged(one)], ids=lambda one: one["file"]
)
def test_what_a_label_calls_good_is_no_error(label: dict[str, Any]) -> None:
    assert [one.message for one in of_label(label) if one.severity == "error"] == []


@pytest.mark.parametrize("file", [one["file"] for one in INDEX if one["quality"] == "good-known"])
def test_what_scanners_know_to_be_good_is_no_error(file: str) -> None:
    assert [one.message for ones in (found(file) or {}).values() for one in ones if one.severity == "error"] == []


def test_what_aws_wrote_has_no_error_but_where_it_is_really_flawed() -> None:
    errors = {
        f"{one['file']} {finding.code}"
        for one in INDEX
        if one["class"] in GOOD
        for findings in (found(one["file"]) or {}).values()
        for finding in findings
        if finding.severity == "error"
    }
    assert errors == set(yaml.safe_load(FLAWED.read_text(encoding="utf-8")))
