"""`catalog services`: a table to search, a page for each, the reference in docs/, and what editors are told."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from kmsgen.cli.example import example
from kmsgen.templates import Library
from tests.conftest import Kmsgen

LIBRARY = Library()
SERVICES = LIBRARY.names("services")


def test_the_table_lists_every_service_below_its_aws_service(kmsgen: Kmsgen) -> None:
    lines = kmsgen("catalog", "services").out.splitlines()
    assert sorted(line.split()[0] for line in lines if line.startswith("  ")) == list(SERVICES)
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == sorted(headings, key=str.lower)
    assert lines[lines.index("AWS CloudTrail") + 1].startswith("  cloudtrail ")


@pytest.mark.parametrize(
    ("word", "expected"), [("asg", "ec2-auto-scaling"), ("hosted zone", "route53-dnssec"), ("secrets manager", "secretsmanager")]
)  # fmt: skip
def test_services_are_found_by_alias_and_by_word(kmsgen: Kmsgen, word: str, expected: str) -> None:
    found = json.loads(kmsgen("catalog", "services", word, "--format", "json").out)["services"]
    assert expected in [one["name"] for one in found]


def test_a_page_says_what_to_give_what_comes_of_it_and_where_aws_says_so(kmsgen: Kmsgen) -> None:
    page = kmsgen("catalog", "services", "trail").out
    assert page.splitlines()[:2] == ["cloudtrail", "  AWS CloudTrail trail"]
    assert "    trail (name or ARN, one or several; required)" in page
    assert "      a name stands for arn:{partition}:cloudtrail:{region}:{account}:trail/NAME" in page
    assert '"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail"' in page
    assert "https://docs.aws.amazon.com/" in page
    ran = kmsgen("catalog", "services", "cloudtrial")
    assert ran.code == 2
    assert "did you mean `cloudtrail`?" in ran.err


def test_the_json_says_all_of_it(kmsgen: Kmsgen) -> None:
    document = json.loads(kmsgen("catalog", "services", "--format", "json").out)
    assert document["format_version"] == "1"
    assert [one["name"] for one in document["services"]] == list(SERVICES)
    for one in document["services"]:
        assert {"name", "title", "service", "summary", "source", "pattern", "parameters", "statements"} <= one.keys()
        for parameter in one["parameters"]:
            assert {"name", "type", "summary", "required", "many"} <= parameter.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_be_shown_at_work(name: str) -> None:
    template = LIBRARY.find("services", name)
    assert template is not None
    shown = example(template, LIBRARY)
    assert shown is not None
    assert shown.statements


@pytest.mark.parametrize(
    ("services", "fine"),
    [
        (["ebs", {"cloudtrail": {"trail": "a"}}], True),
        ([{"trail": {"trail": ["a", "b"], "readers": "role/R"}}, {"service": "s3", "bucket": "x"}], True),
        ([{"ebs": {"for": "account", "when": {"mfa": True}}}, {"ebs": None}], True),
        ([{"cloudtrail": {"trail": {"terraform": "aws_cloudtrail.x.arn"}}}], True),
        ([{"mine": {"anything": 1}}], False),
        ([{"cloudtrail": {}}], False),
        ([{"cloudtrail": {"trail": "a", "trial": "b"}}], False),
        ([{"s3": {"bucket": 7}}], False),
    ],
)
def test_the_schema_knows_services_and_their_parameters(kmsgen: Kmsgen, services: list[Any], fine: bool) -> None:
    schema = json.loads(kmsgen("schema").out)
    key = {"admins": ["role/A"], "account": "a", "services": services}
    document = {"version": 1, "keys": {"key": key}}
    assert jsonschema.Draft7Validator(schema).is_valid(document) == fine
