"""`manifest.json`: what is read is what was written, whatever its layout, and little of it is held."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kmsgen.cli import manifest
from kmsgen.errors import OutputError
from tests.conftest import Kmsgen

KEY = {"key": "orders", "account": "111122223333", "region": "eu-west-1", "aliases": ["alias/a", "alias/b"]}
ARTEFACTS: list[dict[str, Any]] = [
    {
        "path": "cloudformation/é.yaml",
        "format": "cloudformation",
        "blueprint": "é\t\"\\n",
        "environment": "dev",
        "shards": 2,
        "sha256": "0" * 64,
        "keys": [{**KEY, "origin": "blueprints/é.yaml:7"}, {"key": "x", "note": {"deep": [1, True, None, {}, []]}}],
    },
    {"path": "json/a.json", "format": "json", "blueprint": "a", "sha256": "1" * 64, "keys": []},
]  # fmt: skip


def laid_out(artefacts: list[dict[str, Any]]) -> str:
    """A manifest as it is to be."""
    document = {"format_version": "1", "generated_by": "kmsgen", "artefacts": artefacts}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("artefacts", [[], ARTEFACTS[:1], ARTEFACTS])
@pytest.mark.parametrize("indent", [2, None, 4])
def test_what_is_read_is_written_as_json_with_an_indent_of_two(
    tmp_path: Path, artefacts: list[dict[str, Any]], indent: int | None
) -> None:
    document = {"format_version": "1", "generated_by": "kmsgen", "artefacts": artefacts[::-1]}
    path = tmp_path / manifest.NAME
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=False), encoding="utf-8")
    entries = manifest.read(tmp_path)
    assert "".join(manifest.pieces(entries)) == laid_out(artefacts)
    path.write_text(laid_out(artefacts), encoding="utf-8")
    assert manifest.read(tmp_path) == entries
    assert manifest.is_there(tmp_path, manifest.pieces(entries))


def test_an_entry_tells_its_digest_and_keys() -> None:
    entry = manifest._entry(ARTEFACTS[0])
    assert (entry.sha256, entry.keys, entry.sharded) == ("0" * 64, ARTEFACTS[0]["keys"], True)


@pytest.mark.parametrize("change", ["x", "", laid_out(ARTEFACTS) + " ", laid_out(ARTEFACTS)[:-1], laid_out([])])
def test_another_manifest_is_seen_to_be_another(tmp_path: Path, change: str) -> None:
    (tmp_path / manifest.NAME).write_text(change, encoding="utf-8")
    assert not manifest.is_there(tmp_path, [laid_out(ARTEFACTS)])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (laid_out(ARTEFACTS)[:-4], "Expecting ',' delimiter"),
        (laid_out(ARTEFACTS).replace('"json"', "7"), "it has no 'format'"),
        (laid_out(ARTEFACTS).replace('"dev"', "[]"), "it has no 'environment'"),
        (laid_out(ARTEFACTS).replace("kmsgen", "another"), "it was not made by kmsgen"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / manifest.NAME).write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=why):
        manifest.read(tmp_path)


def test_an_entry_is_held_as_a_few_texts_that_take_a_fraction_of_its_data(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    kmsgen("generate")
    ((path, entry),) = manifest.read(tmp_path / "out").items()
    assert {type(value) for value in entry} == {str, bool, type(None)}
    assert path is entry.path
    assert sum(map(sys.getsizeof, (entry, entry.path, entry.rest))) < 700


def test_an_entry_that_is_made_again_is_held_once() -> None:
    before, again = (manifest._entry(ARTEFACTS[1]) for _ in range(2))
    entries: dict[str, manifest.Entry] = {}
    listed = {before.path: before}
    manifest.note(entries, listed, again)
    assert entries[again.path] is listed[again.path] is again
