"""`kmsgen diff`: exit codes, and what it prints for a terminal, for a pull request and for programs, byte for byte.

The engine is stood in for by one that compares words, so that these tests are about reports; the last ones use the real
one. `KMSGEN_UPDATE=1` writes what is printed now; read the difference before committing it.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from kmsgen.changes import Report, report
from kmsgen.cli import diff_markdown, diff_text
from kmsgen.policy.model import Origin, Policy
from kmsgen.semantics.difference import Comparison, Difference
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from tests.conftest import Kmsgen

CASES = Path(__file__).parent / "diff"
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}


def golden(name: str, printed: str) -> None:
    path = CASES / name
    if os.environ.get("KMSGEN_UPDATE"):
        path.write_text(printed)
    assert printed == path.read_text()


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_printed(kmsgen: Kmsgen, format_: str) -> None:
    ran = kmsgen("diff", "new.yaml", "--current", "old.yaml", "--format", format_, cwd=CASES)
    assert (ran.code, ran.err) == (1, "")
    golden(f"changed.{FORMATS[format_]}", ran.out)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("new.yaml", "--current", "old.yaml"), 1),
        (("new.yaml", "--current", "new.yaml"), 0),
        (("new.yaml#orders", "--current", "old.yaml#orders", "--fail-on", "gains"), 1),
        (("new.yaml", "--current", "old.yaml", "--key", "words-only"), 0),
        (("new.yaml", "--current", "old.yaml", "--key", "settings-only"), 1),
        (("new.yaml", "--current", "old.yaml", "--key", "alias/settings", "--fail-on", "gains"), 0),
        (("new.yaml", "--current", "old.yaml", "--key", "narrower", "--fail-on", "gains"), 0),
        (("new.yaml", "--current", "old.yaml", "--key", "narrower", "--fail-on", "losses"), 1),
        (("new.yaml", "--current", "old.yaml", "--key", "fresh", "--fail-on", "losses"), 0),
        (("new.yaml", "--current", "old.yaml", "--key", "gone", "--fail-on", "losses"), 1),
    ],
)
def test_exit_codes(kmsgen: Kmsgen, arguments: tuple[str, ...], code: int) -> None:
    ran = kmsgen("diff", *arguments, cwd=CASES)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nix.yaml", "--current", "old.yaml"), "there is no file or folder `nix.yaml`"),
        (("nix.yaml", "--current", "nix2.yaml"), "there is no file or folder `nix2.yaml`"),
        (("new.yaml", "--current", "old.yaml", "--key", "fersh"), "did you mean `fresh`?"),
        (("-", "--current", "-"), "only one side can be standard input"),
        (("new.yaml#nix", "--current", "old.yaml"), "`new.yaml` has no key `nix`"),
        (("new.yaml", "--current", "old.yaml", "--account", "12"), "takes twelve digits"),
        (("new.yaml",), "Missing option '--current'"),
    ],
)
def test_mistakes(kmsgen: Kmsgen, arguments: tuple[str, ...], said: str) -> None:
    ran = kmsgen("diff", *arguments, cwd=CASES)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_both_sides_mistakes_are_told_at_once(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text('{"Statement": 1}')
    ran = kmsgen("diff", "a.json", "--current", "b.json")
    assert [line for line in ran.err.splitlines() if line.startswith("error")] == [
        "error: a.json:1:2: not valid JSON: a name in double quotes is expected",
        "error: b.json:1:2: Statement[0]: a statement is a JSON object",
    ]


def test_a_template_is_taken_to_be_where_the_other_sides_keys_are(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(
        """\
Resources:
  Orders:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/App"}
            Action: kms:Decrypt
            Resource: "*"
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/orders, TargetKeyId: !Ref Orders}
"""
    )
    (tmp_path / "orders.json").write_text(
        '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws-cn:iam::111122223333:role/App"},'
        ' "Action": "kms:Decrypt", "Resource": "*"}}'
    )
    place = ("--account", "111122223333", "--region", "cn-north-1")
    assert kmsgen("diff", "stack.yaml", "--current", "orders.json", *place, "--fail-on", "gains").code == 0
    assert kmsgen("diff", "stack.yaml", "--current", "orders.json", "--fail-on", "gains").code == 1


def test_standard_input_is_a_side(kmsgen: Kmsgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO((CASES / "old.yaml").read_text()))
    assert kmsgen("diff", "old.yaml", "--current", "-", cwd=CASES).code == 0


def difference(**more: object) -> Difference:
    given: dict[str, object] = {
        "who": "role/A of 111122223333", "principals": ("arn:aws:iam::111122223333:role/A",), "what": ("kms:Decrypt",),
        "when": (), "statement": "Use", "statement_index": 0, "cause": "allow-added", "origin": (), "before": "none",
        "after": "direct", "witness": Request("arn:aws:iam::111122223333:role/A", "kms:Decrypt"), **more,
    }  # fmt: skip
    return Difference(**given)  # type: ignore[arg-type]


def crafted() -> Report:
    """Everything that a comparison may say."""
    role_b = {"who": "role/B of 111122223333"}
    via = {"when": (("kms:ViaService", "is s3.eu-west-1.amazonaws.com"), ("aws:PrincipalOrgID", "is not o-1"))}
    context: dict[str, str | tuple[str, ...]] = {
        "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        "aws:PrincipalOrgPaths": ("a", "b"),
    }
    comparison = Comparison(
        gains=(
            difference(origin=(Origin("orders.yaml", 7), Origin("orders.yaml", 9)), **via,
                       witness=Request("arn:aws:iam::111122223333:role/A", "kms:Decrypt", context)),
            difference(what=("kms:Encrypt",), before="delegated"),
            difference(**role_b, **via),
            difference(statement=None, statement_index=4, cause="deny-removed", who="everybody | `all` <b>", what=("kms:PutKeyPolicy",)),
        ),
        losses=(
            difference(cause="allow-removed", before="direct", after="delegated"),
            difference(cause="deny-added", before="delegated", after="none", statement="Lock\x1b[31m"),
        ),
        future_gains=(difference(who="root of 111122223333", statement="Admin"),),
        assumptions=("an unknown key is compared as text",),
    )  # fmt: skip

    def compare(old: Policy, new: Policy, facts: KeyFacts = KeyFacts()) -> Comparison:  # noqa: B008 - frozen
        return comparison if new.version else Comparison((), ())

    planned = [
        SourceKey(
            "orders", Policy(()), "policy", "new.json", settings={"spec": "A", "aliases": ["alias/x"], "enabled": True}
        ),
        SourceKey(
            "lost",
            None,
            "terraform",
            "plan.json: aws_kms_key.lost",
            reason="unknown until apply, refers to aws_iam_role.x.arn",
        ),
        *(SourceKey(f"same-{number}", Policy((), None), "policy", "x") for number in range(15)),
    ]
    current = [
        SourceKey("orders", Policy(()), "aws", "arn:x", settings={"spec": "B", "aliases": [], "enabled": False}, notes=("has grants",)),
        SourceKey("lost", Policy(()), "aws", "arn:y"),
        *(SourceKey(f"same-{number}", Policy((), None), "policy", "x") for number in range(15)),
    ]  # fmt: skip
    return report(planned, current, compare, ["2 keys that AWS manages are left out"])


def test_everything_that_may_be_said_on_a_terminal() -> None:
    golden("crafted.txt", diff_text.text(crafted()))


def test_everything_that_may_be_said_in_a_pull_request() -> None:
    printed = diff_markdown.markdown(crafted())
    golden("crafted.md", printed)
    assert printed.startswith("<!-- kmsgen:diff -->\n")


def test_colour_adds_nothing_but_colour() -> None:
    import re

    painted = diff_text.text(crafted(), colour=True)
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == diff_text.text(crafted())


def test_nothing_that_a_policy_says_steers_the_terminal() -> None:
    assert "\x1b" not in diff_text.text(crafted())
    assert "\x1b" not in diff_markdown.markdown(crafted())


@pytest.mark.parametrize("format_", FORMATS)
def test_the_real_engine_finds_the_same_verdicts(kmsgen: Kmsgen, format_: str) -> None:
    ran = kmsgen("diff", "new.yaml", "--current", "old.yaml", "--format", format_, cwd=CASES)
    assert ran.code == 1
    if format_ == "json":
        verdicts = {one["key"]: one["verdict"] for one in json.loads(ran.out)["keys"]}
        stood_in = {one["key"]: one["verdict"] for one in json.loads((CASES / "changed.json").read_text())["keys"]}
        assert verdicts == stood_in


def test_the_real_engine_finds_no_difference_in_what_kmsgen_wrote(kmsgen: Kmsgen) -> None:
    from tests.support import ROOT

    ran = kmsgen("diff", "blueprints", "--current", "out/json", cwd=ROOT)
    assert (ran.code, ran.err) == (0, "")
