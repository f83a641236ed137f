"""The pages that are walked and the files that are written of the code: each as it should be now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.docs import pictures, reference
from tests.docs.walk import Here, Run, walked
from tests.support import ROOT

CHECKOUT = {
    "docs/comparing.md",
    "docs/explaining.md",
    "docs/guardrails.md",
    "docs/importing.md",
    "docs/why.md",
    "docs/why-condition-or-grant.md",
    "docs/why-iam-side.md",
    "docs/why-no-statement.md",
}
"""Pages whose reader has the examples of the project at hand; the others begin in an empty folder."""

WALKED = sorted(
    {
        *CHECKOUT,
        "README.md",
        "docs/adopting-terraform.md",
        "docs/break-glass.md",
        "docs/cross-account.md",
        "docs/editors.md",
        "docs/multi-region.md",
        "docs/organization-trail.md",
        "docs/tutorial.md",
        "docs/wide-policy.md",
        "docs/writing-a-role.md",
    }
)


def fresh(name: str, folder: Path) -> str:
    """A page with what its commands print now; `folder` is empty, and is used up."""
    page = (ROOT / name).read_text(encoding="utf-8")
    run = _ready(folder)
    if name in CHECKOUT:
        for path in ("blueprints", "docs", "out"):
            (run.folder / path).symlink_to(ROOT / path)
    return walked(page, run.folder, run)


def _ready(folder: Path) -> Here:
    tools, start = folder / "tools", folder / "start"
    for one in (tools, start):
        one.mkdir()
    return Here(start, tools)


def _explained(run: Here) -> str:
    (run.folder / "orders.yaml").write_text(pictures.BLUEPRINT, encoding="utf-8")
    return pictures.explained(run)


def _json(run: Here) -> str:
    (run.folder / "orders.yaml").write_text(reference.BLUEPRINT, encoding="utf-8")
    (run.folder / "old.yaml").write_text(reference.OLD, encoding="utf-8")
    for name, path in (("blueprints", "blueprints"), ("docs", "docs"), ("examples", "out")):
        (run.folder / name).symlink_to(ROOT / path)
    return reference.json_outputs(run)


def _catalogued(subject: str) -> Callable[[Run], str]:
    return lambda run: run(f"kmsgen catalog {subject} --format markdown").printed


WRITTEN: dict[str, Callable[[Here], str]] = {
    "docs/assets/evaluation.svg": lambda run: pictures.evaluation(),
    "docs/assets/explain.svg": _explained,
    "docs/assets/pipeline.svg": lambda run: pictures.pipeline(),
    "docs/cli.md": lambda run: reference.command_line(),
    "docs/fields.md": reference.fields,
    "docs/guards.md": _catalogued("guards"),
    "docs/json.md": _json,
    "docs/roles.md": _catalogued("roles"),
    "docs/rules.md": _catalogued("rules"),
    "docs/services.md": _catalogued("services"),
}
"""How each file that nobody edits is made."""


def written(name: str, folder: Path) -> str:
    """A file as the code makes it now; `folder` is empty, and is used up."""
    return WRITTEN[name](_ready(folder))
