"""`manifest.json`: what is read is what was written, whatever its layout, and little of it is held."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kmsgen.cli import manifest
from kmsgen.cli.staging import Staging
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


def test_a_run_holds_little_of_every_file_to_its_end(
    kmsgen: Kmsgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    commit = Staging.commit

    def measured(staging: Staging, pieces: Iterable[str], remove: list[str]) -> None:
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
        commit(staging, pieces, remove)

    monkeypatch.setattr(Staging, "commit", measured)
    (tmp_path / "blueprints").mkdir()
    head = 'version: 1\ndefaults: {account: "111122223333", region: eu-west-1}\nkeys:\n'
    for first, last in ((0, 20), (20, 40), (40, 140)):
        for number in range(first, last):
            text = f"{head}  key-{number}: {{root: delegate, users: [role/app-{number}: {{can: decrypt}}], aliases: key-{number}}}\n"
            (tmp_path / "blueprints" / f"b{number}.yaml").write_text(text)
        tracemalloc.start()
        assert kmsgen("generate", "--out", f"out-{last}").code == 0
        tracemalloc.stop()
    assert (held[2] - held[1]) / 100 < 1500
