"""Blueprints as of a revision: read from git's store, includes and own templates as they were then, nothing checked out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Origin
from kmsgen.sources import Loaded, Options, load

ORGANIZATION = 'accounts: {own: "111122223333"}\ndefaults: {account: own, region: eu-west-1, admins: [role/Admin]}\n'
BLUEPRINT = "version: 1\ninclude: [../organization.yaml]\nkeys:\n  orders: {users: [role/%s]}\n"


def git(folder: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env=environment)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(folder: Path, tag: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--message", tag)
    git(folder, "tag", tag)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose blueprints are in the folder `infra`; the tag `one` and the work tree differ."""
    git(tmp_path, "init", "--quiet")
    infra = tmp_path / "infra"
    write(infra, organization_yaml=ORGANIZATION, blueprints__orders_yaml=BLUEPRINT % "Old")
    commit(tmp_path, "one")
    write(infra, organization_yaml=ORGANIZATION.replace("1111", "4444"), blueprints__orders_yaml=BLUEPRINT % "New")
    monkeypatch.chdir(infra)
    return tmp_path


def users(loaded: Loaded) -> dict[str, str]:
    found = {}
    for key in loaded.keys:
        assert key.policy is not None
        (statement,) = [one for one in key.policy.statements if one.sid == "EncryptDecrypt"]
        (principal,) = statement.principals
        found[key.name] = principal.value
    return found


OLD = {"orders": "arn:aws:iam::111122223333:role/Old"}


@pytest.mark.parametrize(
    "source",
    ["git:one", "git:one:blueprints", "git:one:blueprints/orders.yaml", "git:one:infra/blueprints", "git:one:.#orders",
     "git:HEAD:./blueprints/../blueprints", "git:one^{commit}"],
)  # fmt: skip
def test_a_revision_is_read_with_the_includes_of_its_time(repository: Path, source: str) -> None:
    if source == "git:one:.#orders":
        (repository / "infra" / "organization.yaml").rename(repository / "organization.yaml")
        write(repository / "infra", blueprints__orders_yaml=BLUEPRINT.replace("../", "../../") % "Old")
        write(repository, organization_yaml=ORGANIZATION)
        git(repository, "tag", "--delete", "one")
        commit(repository, "one")
    assert users(load(source)) == OLD


def test_a_place_says_the_revision(repository: Path) -> None:
    (key,) = load("git:one").keys
    assert key.where == "one:infra/blueprints/orders.yaml:4"
    assert key.policy is not None
    origins = {one.sid: one.origin for one in key.policy.statements}
    assert origins["EncryptDecrypt"] == (Origin("one:infra/blueprints/orders.yaml", 4, 20),)
    assert origins["Admin"][0].file == "one:infra/organization.yaml"
    assert str(key.at) == "one:infra/blueprints/orders.yaml:4:3"


def test_the_path_is_the_planned_one_unless_it_is_named(repository: Path) -> None:
    write(repository / "infra", blueprints__other_yaml=BLUEPRINT.replace("orders", "other") % "Other")
    commit(repository, "two")
    assert set(users(load("git:two"))) == {"orders", "other"}
    assert set(users(load("git:two", Options(git_path="blueprints/other.yaml")))) == {"other"}


def test_a_path_that_was_not_there_then_has_no_keys(repository: Path) -> None:
    write(repository / "infra", more__later_yaml=BLUEPRINT % "Later")
    loaded = load("git:one:more")
    assert loaded == Loaded((), ("git:one: there is nothing at `more` in that revision",))


def test_templates_of_ones_own_are_those_of_the_revision(repository: Path) -> None:
    role = (
        "summary: Reads.\nfor: [users]\ngrants: [%s]\nstatements:\n  - {Action: [%s], Principal: '{{ principals }}'}\n"
    )
    infra = repository / "infra"
    write(infra, templates__roles__peek_yaml=role.replace("%s", "kms:Decrypt"))
    write(
        infra,
        organization_yaml=ORGANIZATION,
        blueprints__orders_yaml=BLUEPRINT.replace("role/%s", "{principal: role/A, can: peek}"),
    )
    commit(repository, "two")
    write(infra, templates__roles__peek_yaml=role.replace("%s", "kms:Encrypt"))

    def granted(source: str) -> set[str]:
        (key,) = load(source).keys
        assert key.policy is not None
        return {action for one in key.policy.statements if one.sid == "Peek" for action in one.actions}

    assert granted("git:two") == {"kms:Decrypt"}
    assert granted("blueprints") == {"kms:Encrypt"}


def test_a_policy_in_a_revision_is_read_too(repository: Path) -> None:
    write(repository / "infra", key_json='{"Statement": [{"Effect": "Deny", "Principal": "*"}]}')
    commit(repository, "two")
    (key,) = load("git:two:key.json").keys
    assert key.policy is not None
    assert (key.name, key.where, str(key.policy.statements[0].origin[0])) == (
        "key",
        "two:infra/key.json",
        "two:infra/key.json:1",
    )
    assert key.place is not None
    assert str(key.place(("Statement", 0, "Principal"))) == "two:infra/key.json:1:35"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("git:nowhere", "git knows no revision `nowhere`"),
        ("git:--help", "git knows no revision `--help`"),
        ("git:one:organization.yaml", "one:infra/organization.yaml:1:1: the file does not say its version"),
        ("git:one:..", "one:infra/organization.yaml:1:1: the file does not say its version"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(repository: Path, source: str, said: str) -> None:
    with pytest.raises(KmsgenError) as refused:
        load(source)
    assert str(refused.value).startswith(said)


def test_a_mistake_of_then_is_told_with_its_place_then(repository: Path) -> None:
    write(
        repository / "infra",
        blueprints__orders_yaml=BLUEPRINT.replace("users", "usres"),
        blueprints__b_yaml="version: 1\ninclude: [nix.yaml]\n",
    )
    commit(repository, "bad")
    with pytest.raises(KmsgenError) as refused:
        load("git:bad")
    assert [f"{one.at}: {one.message}" for one in refused.value.problems] == [
        "bad:infra/blueprints/b.yaml:2:11: there is no file `infra/blueprints/nix.yaml` in `bad`",
        "bad:infra/blueprints/orders.yaml:4:12: unknown field `usres` in key `orders`",
    ]


def test_without_git_the_error_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(KmsgenError, match="needs the program git"):
        load("git:one")


def test_outside_a_repository_the_error_is_gits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(KmsgenError, match="git refuses `git:one`: fatal: not a git repository"):
        load("git:one")


def test_a_symbolic_link_is_not_read_as_what_it_is_not(repository: Path) -> None:
    (repository / "infra" / "blueprints" / "link.yaml").symlink_to("orders.yaml")
    commit(repository, "two")
    with pytest.raises(KmsgenError, match="is a symbolic link, which is not followed"):
        load("git:two")
