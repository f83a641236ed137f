"""Which files are blueprints, in which order, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmsgen.errors import BlueprintError
from kmsgen.files import Input, collect
from tests.support import shut


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with blueprints, with what is none, and with links."""
    for name in (
        "a-b/x.yaml", "a/x.yaml", "a.yml", "a/.hidden.yaml", ".hidden/x.yaml", "a/notes.txt", "a/v1.2.yaml",
        "folder.yaml/inner.yaml", "team/blueprints/deep/q.yaml",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b.yaml").symlink_to("a.yml")
    (tmp_path / "broken.yaml").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_has_all_below_it_by_its_parts_and_each_file_once(tree: Path) -> None:
    expected = (
        Input("a/v1.2.yaml", "a/v1.2", "a/v1.2.yaml"),
        Input("a/x.yaml", "a/x", "a/x.yaml"),
        Input("a-b/x.yaml", "a-b/x", "a-b/x.yaml"),
        Input("a.yml", "a", "a.yml"),
        Input("folder.yaml/inner.yaml", "folder.yaml/inner", "folder.yaml/inner.yaml"),
        Input("team/blueprints/deep/q.yaml", "deep/q", "blueprints/deep/q.yaml"),
    )
    assert collect(["."]).files == expected
    assert collect([".", "b.yaml", "linked/x.yaml"]).files == expected


@pytest.mark.parametrize("given", ["team", "team/", "./team", "team/blueprints", "team//blueprints/deep"])
def test_a_blueprint_is_called_by_its_path_below_the_nearest_folder_blueprints(tree: Path, given: str) -> None:
    path = "team/blueprints/deep/q.yaml"
    assert collect([given]).files == (Input(path, "deep/q", "blueprints/deep/q.yaml"),)
    assert collect([str(tree / given)]).files == (Input(str(tree / path), "deep/q", "blueprints/deep/q.yaml"),)


def test_a_folder_that_cannot_be_looked_into_is_told_and_nothing_is_taken_for_missing(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut(monkeypatch, "a-b/")
    with pytest.raises(BlueprintError) as raised:
        collect([".", "nowhere"])
    assert [one.message for one in raised.value.problems] == [
        "the folder `a-b/` cannot be read: Permission denied",
        "there is no file or folder `nowhere`",
    ]
