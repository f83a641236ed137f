"""The reports of `check`: each format whole, valid by what reads it, and deaf to what a policy says."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as Xml
from dataclasses import replace

import pytest
from sarif_pydantic import Sarif

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import all_rules, find
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.cli.reports.github import SHOWN
from kmsgen.cli.reports.markdown import LIMIT
from kmsgen.semantics.request import Request
from kmsgen.sources import SourceKey

RULES = all_rules()
DUPLICATE = find("duplicate-sid")
assert DUPLICATE is not None
IN_FILE = Finding(
    "KMS421", "duplicate-sid", "error", "`Use` is the `Sid` of statement 1 already", "orders",
    statement="Use", statement_index=1, path=("Statement", 1, "Sid"), source="keys/orders.json", line=3, column=5,
    text='    "Sid": "Use",', length=5, help="give each statement a `Sid` of its own",
    witness=(Request("*", "kms:Decrypt", {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),), fingerprint="f1",
)  # fmt: skip
LIVE = Finding(
    "KMS601",
    "unreadable-policy",
    "note",
    "cannot be judged",
    "live",
    source="arn:aws:kms:eu-west-1:111122223333:key/1",
    fingerprint="f2",
)
ACCEPTED = replace(IN_FILE, severity="warning", accepted="known", fingerprint="f3", line=4, witness=())
KEYS = [
    KeyFindings(SourceKey("orders", None, "policy", "keys/orders.json"), (IN_FILE, ACCEPTED)),
    KeyFindings(SourceKey("live", None, "aws", "arn:aws:kms:eu-west-1:111122223333:key/1"), (LIVE,)),
    KeyFindings(SourceKey("good", None, "policy", "keys/good.json"), ()),
]
HOSTILE = "a\n::error::b\r%0A]]>&<x>\"'|\x1b[31m\x00\ud7ff🔑,:`*\u202e"


def reported(format_: str, keys: list[KeyFindings], colour: bool = False) -> str:
    stream, counts = io.StringIO(), Counts()
    report = REPORTS[format_](stream, Run(RULES, colour))
    for one in keys:
        counts.add(one)
        report.key(one)
    report.end(counts)
    return stream.getvalue()


TEXT = """\
error: keys/orders.json:3:5: `Use` is the `Sid` of statement 1 already [KMS421 duplicate-sid]
    3 |     "Sid": "Use",
      |     ^^^^^
  key: orders, Statement[1].Sid
  hint: give each statement a `Sid` of its own
  e.g. * kms:Decrypt with kms:ViaService=s3.eu-west-1.amazonaws.com
note: arn:aws:kms:eu-west-1:111122223333:key/1: cannot be judged [KMS601 unreadable-policy]
  key: live
3 keys: 1 error, 1 note in 2 of them; 1 accepted
"""
GITHUB = """\
::error file=keys/orders.json,line=3,col=5,title=KMS421 duplicate-sid::orders: `Use` is the `Sid` of statement 1 already%0Agive each statement a `Sid` of its own
::notice title=KMS601 unreadable-policy::live: cannot be judged
3 keys: 1 error, 1 note in 2 of them; 1 accepted
"""
MARKDOWN = """\
**kmsgen check**: 3 keys: 1 error, 1 note in 2 of them; 1 accepted

| | Rule | Key | Place | What |
|---|---|---|---|---|
| error | KMS421 duplicate-sid | orders | keys/orders.json:3:5 | `Use` is the `Sid` of statement 1 already (give each statement a `Sid` of its own) |
| note | KMS601 unreadable-policy | live | arn:aws:kms:eu-west-1:111122223333:key/1 | cannot be judged |
"""
JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kmsgen check">
  <testsuite name="keys/orders.json orders" tests="2" failures="1" errors="0" skipped="1">
    <testcase name="KMS421 duplicate-sid: `Use` is the `Sid` of statement 1 already" classname="orders" file="keys/orders.json" line="3"><failure type="error" message="`Use` is the `Sid` of statement 1 already">keys/orders.json:3:5
Statement[1].Sid
give each statement a `Sid` of its own
e.g. * kms:Decrypt with kms:ViaService=s3.eu-west-1.amazonaws.com</failure></testcase>
    <testcase name="KMS421 duplicate-sid: `Use` is the `Sid` of statement 1 already" classname="orders" file="keys/orders.json" line="4"><skipped message="accepted: known"/></testcase>
  </testsuite>
  <testsuite name="arn:aws:kms:eu-west-1:111122223333:key/1 live" tests="1" failures="0" errors="0" skipped="0">
    <testcase name="KMS601 unreadable-policy: cannot be judged" classname="live"><system-out>arn:aws:kms:eu-west-1:111122223333:key/1</system-out></testcase>
  </testsuite>
  <testsuite name="keys/good.json good" tests="1" failures="0" errors="0" skipped="0">
    <testcase name="nothing found" classname="good"/>
  </testsuite>
</testsuites>
"""


@pytest.mark.parametrize(
    ("format_", "whole"), [("text", TEXT), ("github", GITHUB), ("markdown", MARKDOWN), ("junit", JUNIT)]
)
def test_a_report_is_written_so(format_: str, whole: str) -> None:
    assert reported(format_, KEYS) == whole


def test_json_has_every_finding_and_how_many_there_are() -> None:
    document = json.loads(reported("json", KEYS))
    assert document["findings"][0] == {
        "code": "KMS421",
        "rule": "duplicate-sid",
        "severity": "error",
        "message": "`Use` is the `Sid` of statement 1 already",
        "key": "orders",
        "statement": "Use",
        "source": "keys/orders.json",
        "line": 3,
        "column": 5,
        "path": "Statement[1].Sid",
        "help": "give each statement a `Sid` of its own",
        "witness": [
            {"principal": "*", "action": "kms:Decrypt", "context": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
        ],
        "fingerprint": "f1",
        "accepted": None,
    }
    assert [one["accepted"] for one in document["findings"]] == [None, "known", None]
    assert (document["format_version"], document["summary"]) == (
        "1",
        {
            "keys": 3,
            "keys_with_findings": 2,
            "errors": 1,
            "warnings": 0,
            "notes": 1,
            "accepted": 1,
            "expectations": {"passed": 0, "failed": 0},
        },
    )


def test_sarif_says_where_and_what_and_describes_every_rule() -> None:
    text = reported("sarif", KEYS)
    Sarif.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    first, accepted, live = run["results"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "KMS421"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "keys/orders.json", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 5, "endColumn": 10},
            },
            "logicalLocations": [
                {"name": "orders", "fullyQualifiedName": "orders/Statement[1].Sid", "kind": "resource"}
            ],
        }
    ]
    assert first["partialFingerprints"] == {"kmsgen/v1": "f1"}
    assert "suppressions" not in first
    assert accepted["suppressions"] == [{"kind": "inSource", "justification": "known"}]
    assert live["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "arn:aws:kms:eu-west-1:111122223333:key/1"
    }


def test_gitlab_has_what_gitlab_asks_for() -> None:
    found = json.loads(reported("gitlab", KEYS))
    assert [set(one) for one in found] == [{"description", "check_name", "fingerprint", "severity", "location"}] * 2
    assert [(one["severity"], one["location"]) for one in found] == [
        ("critical", {"path": "keys/orders.json", "lines": {"begin": 3}}),
        ("info", {"path": "arn:aws:kms:eu-west-1:111122223333:key/1", "lines": {"begin": 1}}),
    ]
    twins = [KeyFindings(KEYS[0].key, (replace(IN_FILE, source=source),)) for source in ("a.json", "b.json")]
    assert len({one["fingerprint"] for one in json.loads(reported("gitlab", twins))}) == 2


@pytest.mark.parametrize("format_", REPORTS)
def test_nothing_found_is_a_report_as_well(format_: str) -> None:
    text = reported(format_, [KEYS[2]])
    if format_ in ("json", "sarif", "gitlab"):
        json.loads(text)
    elif format_ == "junit":
        Xml.fromstring(text)
    else:
        assert text.endswith("1 key: nothing found\n")


@pytest.mark.parametrize("format_", REPORTS)
def test_what_a_policy_says_stays_text(format_: str) -> None:
    hostile = replace(IN_FILE, message=HOSTILE, key=HOSTILE, source=HOSTILE, help=HOSTILE, text="", statement=HOSTILE)
    text = reported(format_, [KeyFindings(SourceKey(HOSTILE, None, "policy", HOSTILE), (hostile,))])
    if format_ == "sarif":
        Sarif.model_validate_json(text)
    elif format_ in ("json", "gitlab"):
        json.loads(text)
    elif format_ == "junit":
        suite = Xml.fromstring(text)
        assert [one.tag for one in suite.iter()] == ["testsuites", "testsuite", "testcase", "failure"]
    elif format_ == "github":
        commands = [line for line in text.splitlines() if line.startswith("::")]
        assert len(commands) == 1
        assert commands[0].count("::") == 2 + HOSTILE.count("::") * 3  # in the data a colon is a colon
    elif format_ == "markdown":
        rows = [line for line in text.splitlines() if line.startswith("| error")]
        assert len(rows) == 1
        assert rows[0].replace("\\|", "").count("|") == 6
        assert "<x>" not in text
    else:
        assert "\x1b" not in text
        assert len(text.splitlines()) == 5


def test_github_shows_the_worst_and_says_how_many_more() -> None:
    notes = [replace(LIVE, fingerprint=f"n{number}") for number in range(30)]
    errors = [replace(IN_FILE, line=number, fingerprint=f"e{number}") for number in range(25)]
    lines = reported("github", [KeyFindings(KEYS[1].key, (*notes, *errors))]).splitlines()
    shown = [line.partition(" ")[0] for line in lines if line.startswith("::") and "title=" in line]
    assert shown == ["::error"] * SHOWN + ["::notice"] * (SHOWN - 1)
    assert lines[-2].startswith("::notice::kmsgen shows 19 of 55 findings here")
    assert "line=0," in lines[0]


def test_markdown_fits_into_a_comment() -> None:
    many = [replace(IN_FILE, line=number, fingerprint=f"e{number}", message="x" * 900) for number in range(300)]
    text = reported("markdown", [KeyFindings(KEYS[0].key, tuple(many))])
    rows = text.count("| error |")
    assert LIMIT * 0.9 < len(text) < 65_536
    assert text.endswith(f"\nand {300 - rows} more\n")


def test_colour_is_for_terminals() -> None:
    assert "\x1b[" in reported("text", KEYS, colour=True)
    assert "\x1b[" not in reported("text", KEYS)
