"""Templates of users: they add and replace, are held to their header, and are told about where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmsgen.errors import Problem, TemplateError
from kmsgen.policy.write import statement_document
from kmsgen.templates import Library, load
from tests.support import HEAD, OWN, access, compiled, only_policy, role

ROLE = """\
summary: Decrypts.
for: [users]
usage: [ENCRYPT_DECRYPT]
across_accounts: yes
grants: [kms:Decrypt]
statements:
  - Sid: Mine
    Effect: Allow
    Principal: "{{ principals }}"
    Action: kms:Decrypt
    Resource: "*"
    Condition: "{{ when }}"
"""


def library(tmp_path: Path, **templates: str) -> Library:
    """A user's folder with templates by `kind__name`."""
    for path, text in templates.items():
        kind, _, name = path.partition("__")
        folder = tmp_path / kind
        folder.mkdir(exist_ok=True)
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
    return Library([tmp_path])


def problems(tmp_path: Path, text: str, fields: str = "users: [{principal: role/App, can: mine}]") -> list[Problem]:
    body = "".join(f"    {line}\n" for line in fields.splitlines())
    blueprint = f"{HEAD}keys:\n  key:\n    admins: [role/Admin]\n{body}"
    return list(compiled(blueprint, library=library(tmp_path, roles__mine=text))[1])


def test_a_user_s_template_adds_a_role(tmp_path: Path) -> None:
    policy = only_policy(
        "users: [{principal: role/App, can: mine, when: {via: s3}}]", library(tmp_path, roles__mine=ROLE)
    )
    assert access(policy, role("App"), "kms:Decrypt", {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}) == "direct"
    assert access(policy, role("App"), "kms:Decrypt") == "none"
    assert access(policy, role("App"), "kms:DescribeKey") == "none"


def test_a_user_s_template_replaces_a_shipped_one(tmp_path: Path) -> None:
    policy = only_policy("users: [{principal: role/App, can: decrypt}]", library(tmp_path, roles__decrypt=ROLE))
    assert [one.sid for one in policy.statements if one.principals and "kms:Decrypt" in one.actions] == ["Mine"]


def test_a_template_that_forgets_the_conditions_of_the_entry_cannot(tmp_path: Path) -> None:
    text = ROLE.replace('    Condition: "{{ when }}"\n', "")
    policy = only_policy(
        "users: [{principal: role/App, can: mine, when: {via: s3}}]", library(tmp_path, roles__mine=text)
    )
    assert access(policy, role("App"), "kms:Decrypt") == "none"


@pytest.mark.parametrize(
    ("change", "message", "line"),
    [
        (("Action: kms:Decrypt", "Action: [kms:Decrypt, kms:Encrypt]"), "the template grants `kms:Encrypt`, which its header does not list", 10),
        (("Action: kms:Decrypt", "Action: kms:*"), "the template grants `kms:*`, which its header does not list", 10),
        (("Action: kms:Decrypt", "NotAction: kms:Encrypt"), "the template grants with `NotAction`, which is more than its header lists", 7),
        (("Effect: Allow", "Effect: Deny"), "the header says what the template grants, and this statement does the opposite", 7),
        (('Principal: "{{ principals }}"', 'Principal: "*"'), "the template names other principals than those it is used for", 1),
        (('Principal: "{{ principals }}"', "Principal: {AWS: '{{ root }}'}"), "the template names other principals than those it is used for", 1),
        (('Principal: "{{ principals }}"', "NotPrincipal: '{{ principals }}'"), "a template that grants names whom and what; it excludes nobody", 10),
        (('Resource: "*"', "Resource: arn:aws:kms:::key/x"), "`Resource` is `*`, which means this key", 10),
        (("{{ when }}", "{{ wen }}"), "unknown name `wen`", 12),
        (("{{ when }}", "{{ when.x.y }}"), "'dict object' has no attribute 'x'", 12),
        (("{{ when }}", "{{ when"), "not a Jinja expression: unexpected end of template, expected 'end of print statement'.", 12),
        (("{{ when }}", "{% if x %}y{% endif %}"), "a template has expressions `{{ … }}` as values, and no Jinja statements or comments", 12),
        (("{{ when }}", "{{ 'a' * 1000000000 }}"), "the expression fails: `*` is not available in templates", 12),
        (("{{ when }}", "{{ when.__class__ }}"), "the expression fails: access to attribute '__class__' of 'dict' object is unsafe.", 12),
        (("{{ when }}", "{{ range(9) }}"), "unknown name `range`", 12),
        (("Action: kms:Decrypt", "Action: kms:Decrypt\n    Aktion: x"), "unknown policy element `Aktion`", 11),
        (("Action: kms:Decrypt", "Action: '{{ [] }}'"), "the statement has no actions", 10),
        (('Condition: "{{ when }}"', "Condition: {StringEquals: {'kms:ReplicaRegion': eu-west-1}}"), "the template puts `kms:Decrypt` under a condition that its requests do not carry", 1),
    ],
)  # fmt: skip
def test_a_template_that_does_more_than_its_header_or_cannot_be_filled_is_an_error_at_both_places(
    tmp_path: Path, change: tuple[str, str], message: str, line: int
) -> None:
    assert change[0] in ROLE
    found = problems(tmp_path, ROLE.replace(*change))
    assert [one.message for one in found] == [message]
    (problem,) = found
    assert problem.at is not None
    assert (Path(problem.at.file).name, problem.at.line) == ("mine.yaml", line)
    assert [(label, at.file, at.line) for label, at in problem.related] == [("used here", "test.yaml", 8)]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["a template is a mapping"]),
        ("sumary: x\nstatements: []\n", ["unknown field `sumary` in a template", "the template has no `summary`", "the template has no `grants`"]),
        ("summary: x.\ngrants: [kms:Decrypt*, kms:ListKeys]\nstatements: []\n", ["`kms:Decrypt*` is a wildcard", "a key policy cannot grant `kms:ListKeys`: KMS decides it from IAM policies alone"]),
        ("summary: x.\ngrants: []\nstatements: []\nusage: [ENCRYPT]\n", ["unknown word `ENCRYPT` in `usage`"]),
        ("summary: x.\ngrants: []\nstatements: []\nparameters: {a: {type: strin, sumary: x}}\n", ["unknown field `sumary` of a parameter", "unknown type `strin` of parameter `a`"]),
        ("summary: x.\nsummary: y.\n", ["`summary` stands twice in one mapping"]),
    ],
)  # fmt: skip
def test_a_malformed_header_is_refused(text: str, messages: list[str]) -> None:
    with pytest.raises(TemplateError) as refused:
        load("roles", "x", text, "x.yaml")
    assert [problem.message for problem in refused.value.problems] == messages


def test_a_malformed_template_is_told_with_the_line_that_uses_it(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "summary: x.\ngrants: []\nstatements: []\ncolour: red\n")
    assert problem.message == "unknown field `colour` in a template"
    assert [(label, at.file, at.line) for label, at in problem.related] == [("used here", "test.yaml", 8)]


SERVICE = """\
summary: Lets a service write.
grants: [kms:GenerateDataKey, kms:DescribeKey]
parameters:
  bucket: {type: string, summary: The bucket., required: true}
  accounts: {type: account, summary: Whose buckets., many: true}
  tag: {type: string, summary: A tag that must be there.}
statements:
  - Sid: Write
    Effect: Allow
    Principal: {Service: logs.amazonaws.com}
    Action: [kms:GenerateDataKey, kms:DescribeKey]
    Condition:
      ArnLike: {"aws:SourceArn": "arn:{{ partition }}:s3:::{{ bucket }}"}
      StringEquals: {"aws:SourceAccount": "{{ accounts }}", "aws:ResourceAccount": "{{ tag }}"}
  - Sid: Each
    for_each: "{{ accounts }}"
    if: "{{ accounts }}"
    Effect: Allow
    Principal: {Service: logs.amazonaws.com}
    Action: kms:DescribeKey
    Condition: {StringEquals: {"aws:SourceAccount": "{{ item }}"}}
"""


def test_a_service_of_one_s_own(tmp_path: Path) -> None:
    mine = library(tmp_path, services__mine=SERVICE)
    policy = only_policy("services: [mine: {bucket: logs, accounts: [own, other]}]", mine)
    documents = {one.sid: statement_document(one) for one in policy.statements}
    assert documents["Write"]["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs"},
        "StringEquals": {"aws:SourceAccount": [OWN, "444455556666"]},
    }
    each = [one["Condition"]["StringEquals"] for sid, one in documents.items() if str(sid).startswith("Each")]
    assert each == [{"aws:SourceAccount": OWN}, {"aws:SourceAccount": "444455556666"}]
    without = only_policy("services: [{service: mine, bucket: logs, when: {organization: true}}]", mine)
    (statement,) = [one for one in without.statements if one.sid == "WriteInOrganization"]
    assert statement_document(statement)["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs"},
        "StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"},
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("mine", "`mine` needs `bucket`: The bucket"),
        ("mine: {bucket: [a, b]}", "`bucket` is one value, not a list"),
        ("mine: {bucket: 7}", "`bucket`: expected a string"),
        ("mine: {bucket: a, acounts: other}", "`mine` has no parameter `acounts`"),
        ("mine: {bucket: a, accounts: nobody}", "`accounts`: unknown account `nobody`"),
        ("mine: {bucket: a, accounts: []}", "`accounts` is an empty list"),
        ("mine: {bucket: a, when: {via: s3}}", "`via` cannot stand on a service principal: `kms:ViaService` is for callers that a service forwards"),
        ("mine: {bucket: a, when: {source_ip: 203.0.113.0/24}}", "`source_ip` cannot stand on a service principal: it never sends `aws:SourceIp`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_service_s_parameters_is_told_at_its_line(
    tmp_path: Path, entry: str, message: str
) -> None:
    mine = library(tmp_path, services__mine=SERVICE)
    text = f"{HEAD}keys:\n  key:\n    admins: [role/Admin]\n    services:\n      - {entry}\n"
    (problem,) = compiled(text, library=mine)[1]
    assert problem.message == message
    assert problem.at is not None
    assert (problem.at.file, problem.at.line) == ("test.yaml", 9)


def test_a_service_that_lets_everybody_in_is_refused(tmp_path: Path) -> None:
    text = "summary: Open.\ngrants: [kms:Decrypt]\nstatements:\n  - {Sid: X, Effect: Allow, Principal: '*', Action: kms:Decrypt}\n"
    mine = library(tmp_path, services__mine=text)
    (problem,) = compiled(f"{HEAD}keys:\n  key: {{admins: [role/A], services: [mine]}}\n", library=mine)[1]
    assert problem.message == "the template lets everybody in every account in"


def test_every_shipped_template_can_be_read() -> None:
    shipped = Library()
    for kind in ("roles", "guards", "root"):
        assert list(shipped.all(kind))


def test_a_role_lists_its_actions_one_by_one(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ROLE.replace("kms:Decrypt", "kms:*"))
    assert problem.message == "a template cannot grant `kms:*`"
    assert [place for place, _ in problem.related] == ["used here"]


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.ljust(1000000000)",
        "'{:1000000000}'.format(1)",
        "(1).to_bytes(1000000000, 'big')",
        "'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaa')" * 12,
        "''.join(['a'])",
    ],
)
def test_no_expression_can_fill_the_memory(tmp_path: Path, expression: str) -> None:
    condition = f"Condition: {{StringEquals: {{'aws:PrincipalTag/a': \"{{{{ {expression} }}}}\"}}}}"
    (problem,) = problems(tmp_path, ROLE.replace('Condition: "{{ when }}"', condition))
    assert "is not available in templates" in problem.message or "`replace` makes more than" in problem.message
