"""`kmsgen generate`: what it writes, what it takes away, what it never touches, and that it is all or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kmsgen.cli.staging import Staging
from tests.conftest import BLUEPRINT, Kmsgen


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_json_is_written_unless_another_format_is_asked_for(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    ran = kmsgen("generate")
    assert (ran.code, ran.out, ran.err) == (0, "", "out: 1 written, 0 unchanged, 0 removed\n")
    assert files(tmp_path / "out") == {"json/orders/orders.json", "manifest.json"}
    again = kmsgen("generate")
    assert again.err == "out: 0 written, 1 unchanged, 0 removed\n"


def test_every_format_has_its_place(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    formats = ("json", "terraform", "terraform-json", "cloudformation", "cloudformation-json")
    assert kmsgen("generate", *(f"--format={one}" for one in formats), "--out", "elsewhere").code == 0
    assert files(tmp_path / "elsewhere") == {
        "json/orders/orders.json",
        "terraform/orders/main.tf",
        "terraform-json/orders/main.tf.json",
        "cloudformation/orders.yaml",
        "cloudformation-json/orders.json",
        "manifest.json",
    }


def test_unchanged_files_are_left_alone(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    kmsgen("generate", "-f", "json", "-f", "terraform")
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()}
    kmsgen("generate", "-f", "json", "-f", "terraform")
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_blueprint_has_one_name_from_wherever_it_is_generated(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    team = tmp_path / "blueprints" / "team"
    team.mkdir()
    (team / "keys.yaml").write_text(BLUEPRINT)
    kmsgen("generate")
    expected = files(tmp_path / "out")
    assert expected == {"json/orders/orders.json", "json/team/keys/orders.json", "manifest.json"}
    text = (tmp_path / "out" / "manifest.json").read_text()
    for arguments, cwd in (
        (("blueprints/team/keys.yaml", "blueprints/orders.yaml"), tmp_path),
        (("blueprints/team",), tmp_path),
        ((".", "--out", "../out"), tmp_path / "blueprints"),
        (("keys.yaml", "--out", "../../out"), team),
        ((str(team),), tmp_path),
    ):
        assert kmsgen("generate", *arguments, cwd=cwd).err.endswith(" 0 removed\n")
        assert files(tmp_path / "out") == expected
        assert (tmp_path / "out" / "manifest.json").read_text() == text


def test_what_is_no_longer_made_is_taken_away_and_nothing_else(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    other = blueprint.with_name("other.yaml")
    other.write_text(BLUEPRINT.replace("orders:", "payments:"))
    kmsgen("generate", "-f", "json", "-f", "terraform")
    out = tmp_path / "out"
    (out / "json" / "mine.txt").write_text("mine")
    other.unlink()
    # Another format is none of this run's business.
    assert kmsgen("generate", "-f", "json").err == "out: 0 written, 1 unchanged, 1 removed\n"
    assert files(out) == {
        "json/mine.txt", "json/orders/orders.json", "terraform/orders/main.tf", "terraform/other/main.tf", "manifest.json",
    }  # fmt: skip
    assert not (out / "json" / "other").exists()
    # Nor is a blueprint that it was not given.
    assert kmsgen("generate", "-f", "terraform", "blueprints/orders.yaml").err.endswith("0 removed\n")
    assert kmsgen("generate", "-f", "terraform").err.endswith("1 removed\n")
    blueprint.write_text(BLUEPRINT.replace("  orders:", "  invoices:"))
    kmsgen("generate")
    assert files(out) == {"json/mine.txt", "json/orders/invoices.json", "terraform/orders/main.tf", "manifest.json"}


def test_a_file_that_kmsgen_did_not_write_is_never_written_over(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "json" / "orders" / "orders.json"
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    ran = kmsgen("generate", "-f", "json", "-f", "terraform")
    assert ran.code == 2
    assert "`out/json/orders/orders.json` is there already, and kmsgen did not write it" in ran.err
    assert files(tmp_path / "out") == {"json/orders/orders.json"}
    assert target.read_text() == "mine"


def test_a_file_that_is_there_as_it_would_be_written_is_taken_over(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    kmsgen("generate")
    (tmp_path / "out" / "manifest.json").unlink()
    assert kmsgen("generate").err == "out: 0 written, 1 unchanged, 0 removed\n"


def test_an_orphan_that_was_edited_is_left_alone_and_said_so(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    kmsgen("generate")
    orphan = tmp_path / "out" / "json" / "orders" / "orders.json"
    orphan.write_text("edited")
    blueprint.write_text(BLUEPRINT.replace("  orders:", "  invoices:"))
    ran = kmsgen("generate")
    assert "`json/orders/orders.json` is no longer made, but was changed since kmsgen wrote it" in ran.err
    assert orphan.read_text() == "edited"


@pytest.mark.parametrize("content", ["{}", "[]", "not json", '{"generated_by": "kmsgen", "artefacts": [{}]}'])
def test_a_manifest_of_somebody_else_is_left_alone(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path, content: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(content)
    ran = kmsgen("generate")
    assert ran.code == 2
    assert "`out/manifest.json` is no manifest of kmsgen" in ran.err
    assert files(tmp_path / "out") == {"manifest.json"}


def test_a_manifest_never_makes_kmsgen_delete_outside_its_folder(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    kmsgen("generate")
    victim = tmp_path / "victim.txt"
    victim.write_text("x")
    path = tmp_path / "out" / "manifest.json"
    document = json.loads(path.read_text())
    for evil in ("../victim.txt", str(victim)):
        document["artefacts"].append({**document["artefacts"][0], "path": evil, "blueprint": "gone"})
    path.write_text(json.dumps(document))
    assert kmsgen("generate").code == 0
    assert victim.exists()


def test_check_writes_nothing_and_shows_drift_and_orphans(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    missing = kmsgen("generate", "--check")
    assert (missing.code, missing.out) == (1, "json/orders/orders.json: missing\n")
    assert not (tmp_path / "out").exists()
    kmsgen("generate")
    fine = kmsgen("generate", "--check")
    assert (fine.code, fine.out, fine.err) == (0, "", "out is what the blueprints make: 1 artefact\n")
    before = {path: path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    blueprint.write_text(BLUEPRINT.replace("role/App", "role/Web"))
    drift = kmsgen("generate", "--check")
    assert drift.code == 1
    assert drift.out.startswith("--- a/json/orders/orders.json\n+++ b/json/orders/orders.json\n")
    assert '-        "AWS": "arn:aws:iam::111122223333:role/App"\n' in drift.out
    assert '+        "AWS": "arn:aws:iam::111122223333:role/Web"\n' in drift.out
    blueprint.write_text(BLUEPRINT.replace("  orders:", "  invoices:"))
    orphan = kmsgen("generate", "--check")
    assert orphan.code == 1
    assert (
        orphan.out == "json/orders/invoices.json: missing\njson/orders/orders.json: no longer made from any blueprint\n"
    )
    assert {path: path.read_text() for path in before} == before


def test_check_sees_a_manifest_that_says_something_else(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    kmsgen("generate")
    blueprint.write_text("# moved down by a line\n" + BLUEPRINT)
    ran = kmsgen("generate", "--check")
    assert ran.code == 1
    assert "+++ b/manifest.json" in ran.out


def test_stdout_prints_one_artefact(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    kmsgen("generate")
    ran = kmsgen("generate", "--stdout", "blueprints/orders.yaml")
    assert (ran.code, ran.out) == (0, (tmp_path / "out" / "json" / "orders" / "orders.json").read_text())
    two = kmsgen("generate", "--stdout", "-f", "json", "-f", "terraform")
    assert two.code == 2
    assert (
        "`--stdout` prints one artefact, and here are 2: `json/orders/orders.json`, `terraform/orders/main.tf`"
        in two.err
    )
    assert two.out == ""
    assert kmsgen("generate", "--stdout", "--check").code == 2


ENVIRONMENTS = BLUEPRINT.replace("keys:", "environments: {dev: {}, prod: {}}\nkeys:").replace(
    "aliases: [orders]", "aliases: ['orders-${environment}']"
)


def test_environments_can_be_chosen(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    blueprint.write_text(ENVIRONMENTS)
    assert kmsgen("generate", "-e", "dev").code == 0
    assert files(tmp_path / "out") == {"json/dev/orders/orders.json", "manifest.json"}
    kmsgen("generate")
    assert kmsgen("generate", "-e", "dev").err == "out: 0 written, 1 unchanged, 0 removed\n"
    assert "json/prod/orders/orders.json" in files(tmp_path / "out")
    ran = kmsgen("generate", "-e", "prd")
    assert ran.code == 2
    assert "no blueprint has an environment `prd`" in ran.err
    assert "did you mean `prod`?" in ran.err


def test_one_mistake_keeps_everything_from_being_written(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    blueprint.with_name("z.yaml").write_text("version: 1\nkeys: {x: {}}\n")
    assert kmsgen("generate").code == 2
    assert not (tmp_path / "out").exists() or files(tmp_path / "out") == set()


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let the machine stop after so many files were moved to their place."""
    real, moved = os.replace, [0]

    def replace(source: str, target: str) -> None:
        if "files" in Path(source).parts:
            if moved[0] == after:
                raise KeyboardInterrupt
            moved[0] += 1
        real(source, target)

    monkeypatch.setattr("kmsgen.cli.staging.os.replace", replace)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_interrupted_while_moving_is_completed_by_the_next(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    kmsgen("generate", "-f", "json", "-f", "terraform")
    blueprint.write_text(BLUEPRINT.replace("role/App", "role/Web"))
    expected = tmp_path / "expected"
    kmsgen("generate", "-f", "json", "-f", "terraform", "-o", str(expected))
    with monkeypatch.context() as patched:
        interrupted(patched, after)
        assert kmsgen("generate", "-f", "json", "-f", "terraform").code == 130
    assert Staging.interrupted(tmp_path / "out")
    assert kmsgen("generate", "--check", "-f", "json", "-f", "terraform").code == 1
    ran = kmsgen("generate", "-f", "json", "-f", "terraform")
    assert ran.err == "an earlier run was interrupted; it is completed\nout: 0 written, 2 unchanged, 0 removed\n"
    assert not Staging.interrupted(tmp_path / "out")
    assert {path: (tmp_path / "out" / path).read_text() for path in files(tmp_path / "out")} == {
        path: (expected / path).read_text() for path in files(expected)
    }


def test_a_run_interrupted_while_making_is_undone_by_the_next(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kmsgen("generate")
    before = {path: (tmp_path / "out" / path).read_text() for path in files(tmp_path / "out")}
    blueprint.write_text(BLUEPRINT.replace("role/App", "role/Web"))
    with monkeypatch.context() as patched:
        patched.setattr(Staging, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        patched.setattr(Staging, "discard", lambda self: None)
        assert kmsgen("generate").code == 130
    assert Staging.interrupted(tmp_path / "out")
    assert {path: (tmp_path / "out" / path).read_text() for path in before} == before
    ran = kmsgen("generate")
    assert ran.err.startswith("an earlier run was interrupted; it is undone: nothing of it had been written\n")
    assert not Staging.interrupted(tmp_path / "out")


def test_changing_the_number_of_shards_is_said_to_move_keys_between_stacks(kmsgen: Kmsgen, blueprint: Path) -> None:
    keys = "".join(f"  key-{number}: {{}}\n" for number in range(6))
    head = BLUEPRINT.partition("keys:")[0]
    blueprint.write_text(f"{head}keys:\n{keys}")
    kmsgen("generate", "-f", "cloudformation")
    blueprint.write_text(f"{head}cloudformation: {{shards: 2}}\nkeys:\n{keys}")
    ran = kmsgen("generate", "-f", "cloudformation")
    assert ran.code == 0
    assert (
        "key `key-0` in eu-west-1 moves between stacks: from `cloudformation/orders.yaml` to `cloudformation/orders.shard"
        in ran.err
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.yaml",), "there is no file or folder `nowhere.yaml`"),
        (("--templates", "nowhere"), "there is no folder `nowhere`"),
        (("--format", "yaml"), "'yaml' is not one of"),
        (("--colour",), "No such option"),
    ],
)
def test_a_mistake_on_the_command_line(
    kmsgen: Kmsgen, blueprint: Path, arguments: tuple[str, ...], message: str
) -> None:
    ran = kmsgen("generate", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_without_blueprints_it_says_how_to_begin(kmsgen: Kmsgen) -> None:
    ran = kmsgen("generate")
    assert ran.code == 2
    assert "there is no file or folder `blueprints`" in ran.err
    assert "kmsgen init" in ran.err


def test_two_files_that_would_make_the_same_artefacts_are_refused(kmsgen: Kmsgen, blueprint: Path) -> None:
    blueprint.with_suffix(".yml").write_text(BLUEPRINT)
    ran = kmsgen("generate")
    assert ran.code == 2
    assert "would make the same artefacts, called `orders`" in ran.err


def test_a_user_s_templates_folder_is_used_and_another_one_before_it(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    role = "summary: Mine.\nfor: [users]\ngrants: [kms:{0}]\nstatements:\n  - {{Sid: Mine{0}, Effect: Allow, Principal: '{{{{ principals }}}}', Action: kms:{0}}}\n"
    for folder, action in (("templates", "Decrypt"), ("more", "Encrypt")):
        (tmp_path / folder / "roles").mkdir(parents=True)
        (tmp_path / folder / "roles" / "mine.yaml").write_text(role.format(action))
    blueprint.write_text(BLUEPRINT.replace("[role/App]", "[{principal: role/App, can: mine}]"))
    assert "MineDecrypt" in kmsgen("generate", "--stdout").out
    assert "MineEncrypt" in kmsgen("generate", "--stdout", "--templates", "more").out


def test_a_folder_that_cannot_be_written_is_an_error_and_no_traceback(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    ran = kmsgen("generate")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert "out" in ran.err


def test_a_run_that_cannot_go_on_moving_is_completed_by_the_next(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    assert kmsgen("generate", "-f", "json", "-f", "terraform").code == 0
    blueprint.write_text(BLUEPRINT.replace("role/App", "role/Web"))
    target = tmp_path / "out" / "terraform" / "orders" / "main.tf"
    target.unlink()
    (target / "in the way").mkdir(parents=True)
    with_manifest = (tmp_path / "out" / "manifest.json").read_text()
    ran = kmsgen("generate", "-f", "json", "-f", "terraform")
    assert ran.code == 2
    assert "`out/terraform/orders/main.tf` cannot be written" in ran.err
    assert ran.err.endswith("1 problem; the next run completes what was begun\n")
    assert (tmp_path / "out" / "manifest.json").read_text() == with_manifest
    (target / "in the way").rmdir()
    target.rmdir()
    ran = kmsgen("generate", "-f", "json", "-f", "terraform")
    assert ran.err == "an earlier run was interrupted; it is completed\nout: 0 written, 2 unchanged, 0 removed\n"


@pytest.mark.parametrize("plan", ["", "[]", '{"write": []}', '{"write": ["../x"], "remove": []}', '{"write": [], "remove": ["/x"]}'])  # fmt: skip
def test_a_journal_that_is_not_ours_moves_and_removes_nothing(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path, plan: str
) -> None:
    kmsgen("generate")
    (tmp_path / "out" / ".kmsgen-staging").mkdir()
    (tmp_path / "out" / ".kmsgen-staging" / "journal.json").write_text(plan)
    ran = kmsgen("generate")
    assert ran.code == 2
    assert "`out/.kmsgen-staging/journal.json` is no journal of kmsgen" in ran.err


@pytest.mark.parametrize("out", ["/proc/nowhere", "/dev/null/below", "blueprints/orders.yaml"])
def test_wherever_nothing_can_be_written_it_says_so(kmsgen: Kmsgen, blueprint: Path, out: str) -> None:
    ran = kmsgen("generate", "--out", out)
    assert ran.code == 2
    assert "a bug of ours" not in ran.err
    assert "nothing was written" in ran.err


def test_output_that_cannot_be_printed_is_no_bug_of_ours(blueprint: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "kmsgen", "generate", "--stdout"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE
        )
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error: the machine refuses: No space left on device")


def test_a_folder_without_blueprints_takes_nothing_away(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    kmsgen("generate")
    (tmp_path / "empty").mkdir()
    ran = kmsgen("generate", "empty")
    assert ran.code == 2
    assert "there is no blueprint in `empty`" in ran.err
    assert "json/orders/orders.json" in files(tmp_path / "out")


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"\xe9.yaml", b"\x1b.yaml"])
def test_a_file_s_name_cannot_become_part_of_what_is_generated(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path, name: bytes
) -> None:
    os.rename(blueprint, os.path.join(os.fsencode(blueprint.parent), name))
    ran = kmsgen("generate", "-f", "terraform")
    assert ran.code == 2
    assert "a blueprint cannot be called '" in ran.err


def test_nothing_to_print_is_said(kmsgen: Kmsgen, blueprint: Path) -> None:
    blueprint.write_text("version: 1\n")
    assert "`--stdout` prints one artefact, and none is made of this" in kmsgen("generate", "--stdout").err


def test_an_environment_without_a_name_is_no_environment(kmsgen: Kmsgen, blueprint: Path) -> None:
    for environments in ((), ("dev",)):
        head = f"environments: {{{', '.join(f'{one}: {{}}' for one in environments)}}}\n" if environments else ""
        blueprint.write_text(head + BLUEPRINT)
        for arguments in (("-e", ""), ("-e", "", "--check")):
            ran = kmsgen("generate", *arguments)
            assert ran.code == 2
            assert "no blueprint has an environment ``" in ran.err


def test_runs_into_one_folder_wait_for_each_other(blueprint: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="runs are kept apart only where there is `fcntl`")
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    command = [sys.executable, "-m", "kmsgen", "generate", str(blueprint), "--out", str(tmp_path / "out")]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert run.stderr is not None
    assert run.stderr.readline().startswith("another run writes into")
    assert (run.poll(), (tmp_path / "out").exists()) == (None, False)
    os.close(held)
    assert "written" in run.communicate(timeout=60)[1]
    assert run.returncode == 0
    assert (tmp_path / "out" / "manifest.json").is_file()
