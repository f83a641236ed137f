"""A few keys and what was found in them, of every kind that a report must get right; what others wrote is hostile."""

from __future__ import annotations

from dataclasses import replace

from kmsgen.analysis.engine import KeyFindings
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import Rule
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HOSTILE = "a\n::error::b\r%0A,]]>&<script>\"'|`x` \\|@team\x1b[31m\x00\u2028\u202e\udcff🗝"
"""What a Sid, a principal or a file's name may hold that means something to the reader of some format."""


def _rule(code: str, name: str, severity: str) -> Rule:
    return Rule(
        code,
        name,
        severity,  # type: ignore[arg-type]
        f"Something is wrong that `{name}` stands for.",
        "It is bad.\n\nFor two reasons.",
        'Principal: {AWS: "*"}',
        'Principal: {AWS: "arn:aws:iam::111122223333:role/App"}',
        ("https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",),
        ("checkov CKV_AWS_33",),
    )


RULES = (
    _rule("KMS101", "public-access", "error"),
    _rule("KMS421", "duplicate-sid", "warning"),
    _rule("KMS503", "no-alias", "note"),
)

PUBLIC = Finding(
    code="KMS101",
    rule="public-access",
    severity="error",
    message="anybody of any AWS account can do `kms:Decrypt`: nothing says who may call",
    key="orders",
    statement="AllowUse",
    statement_index=1,
    path=("Statement", 1, "Principal"),
    source="policies/orders.json",
    line=7,
    column=14,
    text='      "Sid": "AllowUse", "Effect": "Allow", "Principal": "*",',
    length=11,
    help="name accounts or roles in `Principal`",
    witness=(
        Request("arn:aws:iam::999988887777:root", "kms:Decrypt", {"kms:ViaService": ("a", "b"), "aws:SourceIp": "x"}),
    ),
    fingerprint="0" * 31 + "1",
)
TWICE = replace(
    PUBLIC,
    code="KMS421",
    rule="duplicate-sid",
    severity="warning",
    message="`AllowUse` is the `Sid` of statement 1 already",
    path=("Statement", 2, "Sid"),
    line=12,
    column=None,
    text="",
    length=1,
    witness=(),
    fingerprint="0" * 31 + "2",
)
UNNAMED = replace(
    TWICE,
    code="KMS503",
    rule="no-alias",
    severity="note",
    message="the key has no alias",
    statement=None,
    statement_index=None,
    path=(),
    line=None,
    help=None,
    fingerprint="0" * 31 + "3",
)
FILE = HOSTILE.replace("\x00", "") + ".json"
KEYS = (
    KeyFindings(
        SourceKey("orders", None, "policy", "policies/orders.json"),
        (PUBLIC, replace(TWICE, accepted="known | to *us*", fingerprint="0" * 31 + "4"), TWICE),
    ),
    KeyFindings(SourceKey("quiet", None, "policy", "policies/quiet.json"), ()),
    KeyFindings(
        SourceKey("ledger", None, "aws", ARN, facts=KeyFacts(arn=ARN)),
        (replace(UNNAMED, key="ledger", source=ARN),),
    ),
    KeyFindings(
        SourceKey(HOSTILE, None, "policy", FILE),
        (
            replace(
                PUBLIC,
                message=f"`{HOSTILE}` is odd",
                key=HOSTILE,
                statement=HOSTILE,
                path=("Statement", 0, "Condition", "StringEquals", HOSTILE),
                source=FILE,
                text=f'  "{HOSTILE}"',
                column=4,
                length=3,
                help=f"instead of `{HOSTILE}` write something else",
                witness=(Request(HOSTILE, "kms:Decrypt", {HOSTILE: HOSTILE}),),
                fingerprint="0" * 31 + "5",
            ),
        ),
    ),
)
"""Four keys: one with findings of which one is accepted, one without, a live one, and one of somebody malicious."""
