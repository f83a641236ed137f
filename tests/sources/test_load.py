"""A SOURCE told apart by what it is, and one key of it picked; what is no source says what would be one."""

from __future__ import annotations

import io
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.sources import SOURCES, Options, divided, kind_of, load
from tests.support import ROOT, shut

POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "kms:*"}],
}
BLUEPRINT = """\
version: 1
accounts: {own: "111122223333"}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys:
  orders: {aliases: [orders/data], users: [role/App]}
"""
TEMPLATE = "Resources:\n  Orders: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: []}}}\n"
STATE = {
    "format_version": "1.0",
    "values": {
        "root_module": {
            "resources": [
                {"address": "aws_kms_key.orders", "mode": "managed", "type": "aws_kms_key", "name": "orders",
                 "values": {"policy": json.dumps(POLICY)}}
            ]
        }
    },
}  # fmt: skip
TEXTS = {
    "blueprint.yaml": BLUEPRINT,
    "policy.json": json.dumps(POLICY),
    "asked.json": json.dumps({"Policy": json.dumps(POLICY), "PolicyName": "default"}),
    "stack.yaml": TEMPLATE,
    "stack.template": TEMPLATE,
    "stack.json": json.dumps({"Resources": {"Orders": {"Type": "AWS::KMS::Key"}}}),
    "state.json": json.dumps(STATE),
}
KINDS = {
    "blueprint.yaml": ("orders", "blueprint"), "policy.json": ("policy", "policy"), "asked.json": ("asked", "policy"),
    "stack.yaml": ("Orders", "cloudformation"), "stack.template": ("Orders", "cloudformation"),
    "stack.json": ("Orders", "cloudformation"), "state.json": ("aws_kms_key.orders", "terraform"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_is_told_apart_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    (key,) = load(str(tmp_path / name)).keys
    assert (key.name, key.kind) == KINDS[name]
    assert key.policy is not None


@pytest.mark.parametrize("name", TEXTS)
def test_standard_input_is_told_apart_by_its_content(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TEXTS[name]))
    (key,) = load("-").keys
    assert key.kind == KINDS[name][1]


def test_a_folder_has_the_keys_of_all_its_files(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / ".hidden.json").write_text("{")
    found = load(str(tmp_path)).keys
    assert sorted(key.kind for key in found) == sorted(kind for _, kind in KINDS.values())
    assert len({key.name for key in found}) == len(found)


def test_a_folder_that_cannot_be_looked_into_is_refused_with_all_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    shut(monkeypatch, str(tmp_path / "inner"))
    with pytest.raises(KmsgenError) as raised:
        load(str(tmp_path), Options())
    message = f"the folder `{tmp_path / 'inner'}` cannot be read: Permission denied"
    assert [one.message for one in raised.value.problems] == [message]


def test_mistakes_of_all_files_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Statement": [\n{"Effect": "No"}]}')
    (tmp_path / "b.yaml").write_text("version: 1\nkeys: {a: {}}\n")
    (tmp_path / "c.json").write_text("[]")
    with pytest.raises(KmsgenError) as refused:
        load(str(tmp_path))
    assert [f"{Path(one.at.file).name}:{one.at.line}" for one in refused.value.problems if one.at] == [
        "a.json:2", "a.json:2", "c.json:1", "b.yaml:2",
    ]  # fmt: skip


def test_what_kmsgen_writes_is_read_back_as_the_blueprints_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    planned = {key.name: key for key in load("blueprints").keys}
    by_json = {key.name: key for key in load("out/json").keys}
    assert planned.keys() == by_json.keys()
    for name, key in planned.items():
        other = by_json[name]
        assert (other.policy, other.aliases, other.environment) == (key.policy, key.aliases, key.environment), name
        assert (other.facts.account, other.facts.region, other.facts.arn) == (
            key.facts.account, key.facts.region, key.facts.arn,
        ), name  # fmt: skip
    for folder in ("out/terraform", "out/terraform-json"):
        by_module = {key.name: key for key in load(folder).keys}
        assert by_module.keys() == planned.keys()
        for name, key in by_module.items():
            assert {one: value for one, value in planned[name].settings.items() if one in key.settings} == key.settings
            other = planned[name]
            assert (key.policy, key.aliases, key.environment) == (other.policy, other.aliases, other.environment), name
            if name != "data-lake":  # the policy of a key that is made elsewhere
                assert key.facts == other.facts, name
    for folder in ("out/cloudformation", "out/cloudformation-json"):
        by_stack = {key.name: key for key in load(folder).keys}
        assert by_stack.keys() == planned.keys() - {"data-lake"}
        for name, key in by_stack.items():
            assert {one: value for one, value in planned[name].settings.items() if one in key.settings} == key.settings
            if name != "invoices":  # it imports a role, which is a symbol
                assert key.policy == planned[name].policy, name


@pytest.mark.parametrize("name", ["terraform.tfstate", "orders.tfplan"])
def test_what_terraform_keeps_for_itself_points_to_what_can_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"version": 4, "serial": 1, "lineage": ""}')
    with pytest.raises(KmsgenError, match="is no source: how Terraform keeps plans and states") as refused:
        load(str(tmp_path / name))
    assert "terraform show -json" in str(refused.value.problems[0].hint)


def test_a_folder_of_several_formats_asks_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(KmsgenError, match="holds the same keys in several formats"):
        load("out")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nothing.json", "", "nothing.json:1:1: not valid JSON: there is nothing here, and JSON is expected"),
        ("list.json", "[]", "list.json:1:1: this JSON is nothing that keys can be read from"),
        ("data.json", '{"data": {}}', "data.json:1:1: this JSON is nothing that keys can be read from"),
        ("other.json", '{"name": "x"}', "other.json:1:1: this JSON is nothing that keys can be read from"),
        ("policy.json", '{"Version": "2012-10-17"}', "policy.json:1:1: the policy has no `Statement`"),
        ("asked.json", '{\n"Policy": 1}', "asked.json:2:1: `Policy` is the text of a policy"),
        (
            "asked.json",
            '{\n"Policy": "{"}',
            "asked.json:2:1: in the policy's text: not valid JSON: a name in double quotes",
        ),
        ("empty.yaml", "", "empty.yaml:1:1: the file is empty"),
        ("bad.yaml", "version: 1\nkey: {}\n", "bad.yaml:2:1: unknown field `key` in a blueprint"),
        ("stack.json", '{"Resources": 1}', "stack.json:1:1: the template has no `Resources`"),
    ],
)
def test_what_is_no_source_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    with pytest.raises(KmsgenError) as refused:
        load(name)
    assert str(refused.value).startswith(said)


def test_what_is_not_there_and_what_is_empty(tmp_path: Path) -> None:
    with pytest.raises(KmsgenError, match="there is no file or folder"):
        load(str(tmp_path / "nix"))
    with pytest.raises(KmsgenError, match="there is nothing to read keys from"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("place", "kind"),
    [("-", "stdin"), ("git:main", "git"), ("git:main:a/b", "git"), ("aws", "aws"), ("aws:prod", "aws"),
     ("aws:prod@eu-west-1", "aws"), ("aws@us-gov-west-1", "aws"), ("./aws", "file"), ("aws.yaml", "file"), (".", "folder")],
)  # fmt: skip
def test_what_a_place_is(place: str, kind: str) -> None:
    assert kind_of(place) == kind
    assert kind in SOURCES


def test_a_key_is_picked_after_the_last_mark_unless_a_file_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a#b.yaml").write_text(BLUEPRINT)
    assert divided("a#b.yaml") == ("a#b.yaml", None)
    assert divided("a#b.yaml#orders") == ("a#b.yaml", "orders")
    assert load("a#b.yaml#orders").keys == load("a#b.yaml").keys


def test_a_key_answers_to_names_and_aliases_and_must_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for word in (
        "prod/documents.eu-west-1",
        "alias/tenants/acme",
        "tenants/acme",
        "tenants/tenant-acme",
        "tenant-acme",
    ):
        assert len(load(f"blueprints#{word}").keys) == 1
    with pytest.raises(KmsgenError) as refused:
        load("blueprints#documents")
    assert str(refused.value) == (
        "`documents` may mean several keys of `blueprints`: `dev/documents`, `stage/documents`,"
        " `prod/documents.eu-west-1`, `prod/documents.us-east-1` (name one of them)"
    )
    with pytest.raises(KmsgenError, match="did you mean `org-trail`"):
        load("blueprints#orgtrail")


def test_flags_say_what_a_policy_does_not(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(TEXTS["policy.json"])
    (key,) = load(str(tmp_path / "policy.json"), Options("111122223333", "eu-west-1")).keys
    assert (key.facts.account, key.facts.region) == ("111122223333", "eu-west-1")


def test_a_manifest_that_changes_is_read_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "out" / "json" / "tenants", tmp_path / "json" / "tenants")
    path = tmp_path / "json" / "tenants" / "tenant-acme.json"
    assert load(str(path)).keys[0].aliases == ()
    shutil.copy(ROOT / "out" / "manifest.json", tmp_path)
    assert load(str(path)).keys[0].aliases == ("alias/tenants/acme",)
    (tmp_path / "manifest.json").write_text("{}")
    assert load(str(path)).keys[0].nameless


def test_a_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        (key,) = load(str(pipe)).keys
        writer.join()
        assert key.kind == KINDS[name][1]
        pipe.unlink()


def test_standard_input_that_is_not_utf8_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"version: 1\nx: \xff\n")))
    with pytest.raises(KmsgenError, match="-:2:4: the file is not UTF-8"):
        load("-")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("polcy.json", "there is no file or folder `polcy.json` (did you mean `policy.json`?)"),
        ("below/policy.jsn", "there is no file or folder `below/policy.jsn` (did you mean `policy.json`?)"),
        ("nix/policy.json", "there is no file or folder `nix/policy.json` (a SOURCE is a file, a folder,"),
        ("link.json", "`link.json` is a link that leads nowhere"),
        ("below", "`below/link.json` is a link that leads nowhere (mend it, or take it away)"),
        ("", "a SOURCE is empty (a SOURCE is a file"),
        ("policy.json#x", "`policy.json` has no key `x` (there is `policy`)"),
    ],
)
def test_a_slip_in_a_source_is_told_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    (tmp_path / "below").mkdir()
    for folder in (tmp_path, tmp_path / "below"):
        (folder / "policy.json").write_text('{"Statement": []}')
        (folder / "link.json").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KmsgenError) as refused:
        load(source)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_on_standard_input_is_said_to_be_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(KmsgenError, match="there is nothing on standard input"):
        load("-")
