"""Services: whom an entry is for and how they are named, families, names in full, and what no statement may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kmsgen.compiler.leaves import LeafError, compile_leaf
from kmsgen.policy.model import SERVICE, Statement
from kmsgen.templates import Library
from tests.support import HEAD, OTHER, OWN, access, compiled, messages, only_policy, role

SQS = {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}
EBS = {"kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:EncryptionContext:aws:ebs:id": "vol-1"}
SSO = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef"


def made(fields: str, library: Library | None = None) -> dict[str, Statement]:
    return {str(one.sid): one for one in only_policy(fields, library).statements}


@pytest.mark.parametrize(
    ("fields", "allowed", "denied"),
    [
        ("services: [sqs: {for: role/App}]", {f"arn:aws:iam::{OWN}:role/App": "direct"}, [role("Other"), role("App", OTHER)]),
        ("services: [sqs: {for: [sso/Ops, other/role/App]}]", {f"arn:aws:iam::{OWN}:{SSO}": "delegated", role("App", OTHER): "direct"}, [role("App"), role("Ops")]),
        ("services: [sqs: {for: account}]", {role("Anybody"): "direct", f"arn:aws:iam::{OWN}:user/ann": "direct"}, [role("Anybody", OTHER)]),
        ("users: [{principal: role/App, can: describe}]\nservices: [sqs]", {role("App"): "direct"}, [role("Other")]),
        ("users: [{principal: role/App, can: describe, pin: false}]\nservices: [sqs]", {role("App"): "delegated"}, [role("Other")]),
        ("users: [{principal: role/App, can: describe, pin: match}]\nservices: [sqs]", {role("App"): "direct"}, [role("Other"), role("App", OTHER)]),
        ("services: [sqs: {for: session/App/one}]", {f"arn:aws:sts::{OWN}:assumed-role/App/one": "direct"}, [f"arn:aws:sts::{OWN}:assumed-role/App/two"]),
    ],
)  # fmt: skip
def test_an_entry_is_for_those_it_names_or_the_key_s_users_as_they_are_named_there(
    fields: str, allowed: Mapping[str, str], denied: list[str]
) -> None:
    policy = only_policy(fields)
    for caller, expected in allowed.items():
        assert access(policy, caller, "kms:Decrypt", SQS) == expected, caller
        assert access(policy, caller, "kms:Decrypt") == "none", f"{caller} calls directly"
    for caller in denied:
        assert access(policy, caller, "kms:Decrypt", SQS) == "none", caller


def test_a_user_s_own_conditions_hold_through_the_service_too() -> None:
    policy = only_policy("users: [{principal: role/App, can: decrypt, when: {mfa: true}}]\nservices: [sqs]")
    assert access(policy, role("App"), "kms:GenerateDataKey", SQS) == "none"
    with_mfa = {**SQS, "aws:MultiFactorAuthPresent": "true"}
    assert access(policy, role("App"), "kms:GenerateDataKey", with_mfa) == "direct"


def test_a_user_whose_conditions_never_hold_through_the_service_is_told_to_be_left_out() -> None:
    text = f"{HEAD}keys: {{key: {{admins: [role/A], users: [{{principal: role/App, when: {{via: s3}}}}], services: [sqs]}}}}\n"
    assert messages(text) == ["5:92: `kms:ViaService` would be tested twice with `StringEquals`, which one statement cannot say"]  # fmt: skip


def test_across_accounts_only_what_kms_honours_there_is_allowed(one: One) -> None:
    text = TEMPLATE.replace("Service: sns", 'AWS: "arn:aws:iam::444455556666:role/X"').replace(
        "aws:SourceArn", "aws:PrincipalArn"
    )
    text = text.replace("kms:Decrypt", "kms:Decrypt, kms:GetKeyPolicy")
    mine = made("users: [{principal: other/role/Y, can: describe}]\nservices: [mine]", one(text))
    assert mine["Mine"].actions == {"kms:Decrypt"}


def test_a_service_and_a_principal_of_iam_never_share_a_statement(one: One) -> None:
    policy = only_policy("users: [{principal: role/App, can: describe}]\nservices: [mine]", one(DESCRIBES))
    for statement in policy.statements:
        assert len({principal.kind == SERVICE for principal in statement.principals}) == 1


def test_a_guard_against_everyone_else_spares_whom_services_name() -> None:
    services = "[ebs: {for: [role/App, sso/Ops]}, asg, sqs: {consumers: role/Worker}]"
    policy = only_policy(f"guards: [no-everyone-else]\nservices: {services}")
    assert access(policy, role("App"), "kms:Decrypt", EBS) == "direct"
    assert access(policy, f"arn:aws:iam::{OWN}:{SSO}", "kms:Decrypt", EBS) == "delegated"
    assert access(policy, role("Worker"), "kms:Decrypt", SQS) == "direct"
    linked = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    assert access(policy, role(linked), "kms:Decrypt") == "direct"
    wide = only_policy("guards: [no-everyone-else]\nservices: [sqs: {for: account}]")
    assert access(wide, role("Anybody"), "kms:Decrypt", SQS) == "direct"


def test_names_of_services_are_written_in_full(one: One, told: Told) -> None:
    (logs,) = made("services: [logs: {log_group: a}]")["CloudWatchLogs"].principals
    assert logs.value == "logs.eu-west-1.amazonaws.com"
    (everywhere,) = made("services: [s3-inventory: {bucket: orders}]")["S3Inventory"].principals
    assert everywhere.value == "s3.amazonaws.com"


TEMPLATE = """\
summary: Lets a service write.
grants: [kms:Decrypt]
statements:
  - Sid: Mine
    Effect: Allow
    Principal: {Service: sns}
    Action: [kms:Decrypt]
    Condition: {ArnLike: {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:x"}}
"""
DESCRIBES = """\
summary: Describes.
grants: [kms:DescribeKey]
unfenced: AWS documents no condition.
statements: [{Effect: Allow, Principal: {Service: sns}, Action: kms:DescribeKey}]
"""


One = Callable[..., Library]
Told = Callable[..., list[str]]


@pytest.fixture
def one(tmp_path: Path) -> One:
    """Makes a library of one service, `mine`, and perhaps its family."""

    def write(text: str, family: str | None = None) -> Library:
        (tmp_path / "services" / "families").mkdir(parents=True, exist_ok=True)
        (tmp_path / "services" / "mine.yaml").write_text(text)
        if family is not None:
            (tmp_path / "services" / "families" / "shared.yaml").write_text(family)
        return Library([tmp_path])

    return write


@pytest.fixture
def told(one: One) -> Told:
    """What is said of a key that uses `mine`."""

    def compile_(text: str, fields: str = "services: [mine]", family: str | None = None) -> list[str]:
        body = "".join(f"    {line}\n" for line in fields.splitlines())
        found = compiled(f"{HEAD}keys:\n  key:\n    admins: [role/Admin]\n{body}", library=one(text, family))[1]
        assert all(problem.related for problem in found), "the line that uses the template is told as well"
        return [problem.message for problem in found]

    return compile_


SOURCE = 'Condition: {ArnLike: {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:x"}}'
CALLER = 'Principal: "{{ principals }}"'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({SOURCE: ""}, "the service may do `kms:Decrypt` for any resource of any account"),
        ({SOURCE: 'Condition: {"ArnLikeIfExists": {"aws:SourceArn": "x"}}'}, "the service may do `kms:Decrypt` for any resource of any account"),
        ({SOURCE: 'Condition: {ArnNotLike: {"aws:SourceArn": "x"}}'}, "the service may do `kms:Decrypt` for any resource of any account"),
        ({SOURCE: 'Condition: {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": a}}'}, "the service may do `kms:Decrypt` for any resource of any account"),
        ({"Mine": "Mine\n    if: true", "Service: sns": "AWS: '*'", SOURCE: ""}, "the template lets everybody in every account in"),
        ({"Service: sns": "AWS: '*'", SOURCE: "Condition: {StringEquals: {'kms:ViaService': s3}}"}, "the template lets everybody in every account in"),
        ({"Service: sns": "AWS: '{{ root }}'"}, "`aws:SourceArn` never holds: only a service that calls by itself sends it"),
        ({"aws:SourceArn": "aws:PrincipalArn", "kms:Decrypt]\nst": "kms:Decrypt]\nunfenced: None.\nst"}, "`aws:PrincipalArn` never holds: a service that calls by itself does not send it"),
        ({"{Service: sns}": "{Service: sns, AWS: '{{ root }}'}"}, "a service and a principal of IAM never send the same conditions"),
        ({"{Service: sns}": "'{{ principals }}'", SOURCE: "", "kms:Decrypt": "kms:CreateGrant", "summary": "pattern: grant\nsummary"}, "the template allows grants of anything to anybody"),
        ({"{Service: sns}": "{AWS: '{{ principals }}'}"}, "callers stand alone in `Principal`"),
        ({"kms:Decrypt]\nst": "kms:*]\nst"}, "`kms:*` is a wildcard"),
        ({"kms:Decrypt]\nst": "kms:Decrypt]\nunfenced: {kms:Encrypt: None.}\nst", SOURCE: ""}, "the service may do `kms:Decrypt` for any resource of any account"),
        ({SOURCE: "Condition: {StringEquals: {'kms:ViaService': nosuch}}", "Service: sns": "AWS: '{{ root }}'"}, "unknown service `nosuch` in `kms:ViaService`"),
    ],
)  # fmt: skip
def test_no_statement_of_a_service_is_an_open_door_or_a_dead_one(
    told: Told, changes: dict[str, str], message: str
) -> None:
    text = TEMPLATE
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    assert told(text, "users: [role/App]\nservices: [mine]") == [message]


@pytest.mark.parametrize(
    "changes",
    [
        {SOURCE: "", "grants": "unfenced: AWS documents none.\ngrants"},
        {SOURCE: "", "grants": "unfenced: {kms:Decrypt: AWS documents none.}\ngrants"},
        {"aws:SourceArn": "kms:EncryptionContext:a"},
        {"Service: sns": "AWS: '{{ root }}'", "grants": "exception: AWS documents it so.\ngrants"},
    ],
)
def test_what_a_header_gives_a_reason_for_is_let_through(told: Told, changes: dict[str, str]) -> None:
    text = TEMPLATE
    for old, new in changes.items():
        text = text.replace(old, new)
    assert told(text) == []


def test_the_whole_account_is_let_in_only_where_a_service_forwards_its_calls(told: Told) -> None:
    text = TEMPLATE.replace("{Service: sns}", "'{{ principals }}'").replace(SOURCE, "")
    assert told(text, "services: [mine: {for: account}]") == [
        "`mine` cannot be for the whole account: nothing says that the service forwards a call"
    ]


FAMILY = """\
summary: A family.
arguments:
  from: {summary: Who calls.}
  resource: {summary: For what., default: null}
grants: [kms:Decrypt]
parameters: {topic: {type: arn, arn: "sns:{region}:{account}:{}", many: true, summary: A topic.}}
statements:
  - Effect: Allow
    Sid: "{{ sid }}"
    Principal: {Service: "{{ from }}"}
    Action: kms:Decrypt
    Condition: {StringEquals: {"aws:SourceAccount": "{{ account }}"}, ArnLike: {"aws:SourceArn": "{{ resource }}"}}
"""
ENTRY = "summary: Mine.\nfamily: shared\nwith: {from: sns, resource: '{{ topic }}'}\n"


def test_a_family_fills_what_an_entry_leaves_out(one: One) -> None:
    mine = made("services: [mine: {topic: [a, 'arn:aws:sns:us-east-1:444455556666:b']}]", one(ENTRY, FAMILY))["Mine"]
    assert {test.key: test.values for test in mine.conditions} == {
        "aws:SourceAccount": (OWN,),
        "aws:SourceArn": ("arn:aws:sns:eu-west-1:111122223333:a", "arn:aws:sns:us-east-1:444455556666:b"),
    }
    without = made("services: [mine]", one(ENTRY, FAMILY))["Mine"]
    assert {test.key for test in without.conditions} == {"aws:SourceAccount"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (ENTRY.replace("shared", "nosuch"), "there is no family `nosuch`"),
        (ENTRY.replace("from: sns, ", ""), "the family `shared` needs the argument `from`"),
        (ENTRY.replace("from:", "form: x, from:"), "the family `shared` has no argument `form`"),
        (ENTRY + "parameters: {topic: {type: arn, arn: 'arn:aws:sns:x', summary: A.}}\n", "`arn` of parameter `topic` is no ARN without its partition"),
        (ENTRY + "pattern: grants\n", "unknown word `grants` in `pattern`"),
    ],
)  # fmt: skip
def test_what_is_wrong_between_an_entry_and_its_family_is_told(told: Told, entry: str, message: str) -> None:
    assert message in told(entry, family=FAMILY)


def test_an_entry_cannot_do_more_than_its_own_header_and_its_family_s(told: Told) -> None:
    more = ENTRY + "statements: [{Effect: Allow, Principal: {Service: sns}, Action: kms:Encrypt}]\n"
    assert told(more, family=FAMILY) == ["the template grants `kms:Encrypt`, which its header does not list"]


@pytest.mark.parametrize(
    ("text", "variables", "value"),
    [
        ("{{ a }}", {"a": [1]}, [1]),
        ("x-{{ a }}", {"a": "b"}, "x-b"),
        ("{{ a }}:{{ b }}", {"a": ["1", "2"], "b": ["x", "y"]}, ["1:x", "1:y", "2:x", "2:y"]),
        ("{{ a }}/*", {"a": []}, []),
        ("{{ a | objects }}", {"a": ["arn:aws:s3:::b"]}, ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        ("{{ a | account_of }}", {"a": ["arn:aws:sns:r:1:x", "arn:aws:sns:r:1:y"]}, ["1"]),
        ("{{ a | account_of }}", {"a": None}, None),
        ("{{ (a | objects) | first }}", {"a": "arn:aws:s3:::b"}, "arn:aws:s3:::b"),
    ],
)
def test_a_list_in_a_text_makes_one_text_for_each_of_its_items(
    text: str, variables: dict[str, object], value: object
) -> None:
    assert compile_leaf(text)(variables) == value


def test_lists_in_a_text_cannot_multiply_without_bound() -> None:
    with pytest.raises(LeafError, match="more than 10,000 texts"):
        compile_leaf("{{ a }}" * 20)({"a": ["x"] * 100})


@pytest.mark.parametrize(("text", "a"), [("x{{ a }}", None), ("x{{ a }}", {}), ("{{ a | account_of }}", "⟨topic⟩")])
def test_what_is_no_text_cannot_be_part_of_one(text: str, a: object) -> None:
    with pytest.raises(LeafError):
        compile_leaf(text)({"a": a})


@pytest.mark.parametrize(
    ("default", "entry", "made_"),
    [("false", "mine", False), ("true", "mine", True), ("true", "{mine: {more: false}}", False), ("false", "{mine: {more: true}}", True)],
)  # fmt: skip
def test_a_default_of_true_or_false_is_what_it_says(one: One, default: str, entry: str, made_: bool) -> None:
    text = TEMPLATE.replace(
        "statements:",
        f'parameters: {{more: {{type: boolean, default: "{default}", summary: More.}}}}\nstatements:',
    )
    text += """\
  - Sid: More
    if: "{{ more }}"
    Effect: Allow
    Principal: {Service: sqs}
    Action: [kms:Decrypt]
    Condition: {ArnLike: {"aws:SourceArn": "arn:aws:sqs:eu-west-1:111122223333:x"}}
"""
    assert ("More" in made(f"services: [{entry}]", one(text))) is made_


def test_a_resource_of_another_account_than_the_one_that_is_tested_is_told() -> None:
    entry = "sns-from-codecommit: {repository: 'arn:aws:codecommit:eu-west-1:444455556666:orders'}"
    (told,) = messages(f"{HEAD}keys: {{key: {{admins: [role/A], services: [{entry}]}}}}\n")
    assert "`arn:aws:codecommit:eu-west-1:444455556666:orders` is of another account than aws:SourceAccount" in told
