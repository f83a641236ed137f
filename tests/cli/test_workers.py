"""`--jobs`: whatever the number of processes, the same is written and the same is said; and no worker outlives its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kmsgen.cli import generate, workers
from tests.conftest import Kmsgen, Ran
from tests.support import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are made by fork, which is not here")

HEAD = 'version: 1\ndefaults: {account: "111122223333", region: eu-west-1}\nkeys:\n'
KEY = "  key-{0}:\n    admins: [role/admin-{0}]\n    users: [role/app-{0}: {{can: {1}}}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Seven blueprints, for which workers are started however little there is to do."""
    monkeypatch.setattr(generate, "_WORTHWHILE", 0)
    (tmp_path / "blueprints").mkdir()
    for number in range(7):
        write(tmp_path, number, "decrypt")
    return tmp_path


def write(folder: Path, number: int, role: str) -> None:
    keys = "".join(KEY.format(f"{number}-{one}", role) for one in range(5))
    (folder / "blueprints" / f"b{number}.yaml").write_text(HEAD + keys)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def generated(kmsgen: Kmsgen, jobs: int, *arguments: str) -> Ran:
    return kmsgen("generate", "--jobs", str(jobs), *arguments)


def test_the_files_are_the_same_with_however_many_jobs(kmsgen: Kmsgen, folder: Path) -> None:
    formats = ("-f", "json", "-f", "terraform")
    alone = generated(kmsgen, 1, *formats)
    expected = contents(folder / "out")
    assert alone.err == "out: 42 written, 0 unchanged, 0 removed\n"
    for jobs in (2, 3, 50):
        ran = generated(kmsgen, jobs, *formats, "--out", f"out-{jobs}")
        assert (ran.code, ran.err) == (0, alone.err.replace("out:", f"out-{jobs}:"))
        assert contents(folder / f"out-{jobs}") == expected
    assert generated(kmsgen, 2, *formats, "--check").code == 0


def test_mistakes_are_told_in_the_same_order_and_words(kmsgen: Kmsgen, folder: Path) -> None:
    for number, role in ((1, "sing"), (2, "sign"), (5, "sign")):
        write(folder, number, role)
    (folder / "blueprints" / "b3.yaml").write_text("keys: [")
    alone = generated(kmsgen, 1)
    assert alone.code == 2
    assert alone.err.count("error:") == 16
    for jobs in (2, 3):
        assert generated(kmsgen, jobs) == alone
    assert not (folder / "out").exists()


def test_many_keys_in_one_file_are_each_their_own(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "blueprints").mkdir()
    text = HEAD + "".join(KEY.format(number, "decrypt") for number in range(300))
    (tmp_path / "blueprints" / "all.yaml").write_text(text)
    assert kmsgen("generate").err == "out: 300 written, 0 unchanged, 0 removed\n"
    for number in (0, 1, 150, 299):
        policy = (tmp_path / "out" / "json" / "all" / f"key-{number}.json").read_text()
        assert f':role/app-{number}"' in policy
        assert policy.count("role/") == 2


def test_results_come_in_the_order_of_things() -> None:
    assert list(workers.in_order(list(range(20)), lambda one: one * one, 3)) == [one * one for one in range(20)]


def test_the_first_thing_is_done_before_there_are_workers_so_that_they_have_what_it_loads() -> None:
    loaded: list[int] = []

    def work(_: int) -> tuple[bool, int]:
        first = not loaded
        loaded.append(1) if first else None
        return first, os.getpid()

    done = list(workers.in_order(list(range(7)), work, 2))
    assert [first for first, _ in done] == [True, *[False] * 6]
    assert done[0][1] == os.getpid()
    assert len({process for _, process in done}) == 3


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 4), ("150000 100000", 1), ("50000 100000", 1), ("350000 100000", 3), ("900000 100000", 4), ("", 4)],
)
def test_a_container_has_the_cores_that_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(workers, "_QUOTA", str(tmp_path / "cpu.max"))
    assert workers.cores() == 4
    (tmp_path / "cpu.max").write_text(quota)
    assert workers.cores() == expected


def test_what_a_killed_worker_leaves_undone_is_done_by_the_parent() -> None:
    parent = os.getpid()

    def work(one: int) -> int:
        if one == 4 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return -one

    assert list(workers.in_order(list(range(9)), work, 2)) == [-one for one in range(9)]


def test_what_a_worker_cannot_do_raises_in_the_parent_as_it_does_alone() -> None:
    def work(one: int) -> int:
        return 1 // (one - 3)

    for jobs in (1, 2):
        made = workers.in_order(list(range(6)), work, jobs)
        assert [next(made) for _ in range(3)] == [-1, -1, -1]
        with pytest.raises(ZeroDivisionError):
            next(made)


def test_an_interrupted_run_writes_nothing_and_leaves_no_process(folder: Path) -> None:
    program = (
        "import os, time\n"
        "from kmsgen.cli import generate\n"
        "from kmsgen.__main__ import main\n"
        "generate._WORTHWHILE = 0\n"
        "made_of = generate._made_of\n"
        "def slow(settings, library, one):\n"
        "    os.write(2, b'%d\\n' % os.getpid())\n"
        "    time.sleep(60 if one.name in ('b1', 'b2') else 0)\n"
        "    return made_of(settings, library, one)\n"
        "generate._made_of = slow\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "generate", "--jobs", "2"]
    with subprocess.Popen(
        command,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stderr is not None
        spoken = {int(running.stderr.readline()) for _ in range(3)}  # the parent's first, then one of each worker
        assert len(spoken) == 3
        os.killpg(running.pid, signal.SIGINT)  # as Ctrl-C does: to all of them
        assert running.wait(timeout=20) == 130
    assert not (folder / "out").exists()
    until = time.monotonic() + 20
    while any(Path(f"/proc/{one}").exists() for one in spoken) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{one}").exists() for one in spoken)
