"""The pictures of the pages, as SVG: readable by programs that read aloud, on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from tests.docs.walk import Run

_STYLE = """\
  <style>
    text { font: 15px system-ui, sans-serif; fill: #1c1e26; text-anchor: middle; dominant-baseline: middle; }
    .small { font-size: 13px; fill: #4a4f5e; }
    .card { fill: #ffffff; }
    .box { fill: #eef1fb; stroke: #4351b5; stroke-width: 1.5; }
    .end { fill: #e8f5ec; stroke: #2e7d4f; stroke-width: 1.5; }
    .no { fill: #fdecec; stroke: #b3393b; stroke-width: 1.5; }
    .line { fill: none; stroke: #5b6170; stroke-width: 1.5; marker-end: url(#tip); }
    #tip path { fill: #5b6170; }
    .mono { font: 13px ui-monospace, monospace; text-anchor: start; white-space: pre; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e8f0; }
      .small { fill: #b4b9c8; }
      .card { fill: #1e2129; }
      .box { fill: #2a2f45; stroke: #8c9eff; }
      .end { fill: #1f3a2b; stroke: #6fcf97; }
      .no { fill: #43262a; stroke: #ef8a8c; }
      .line { stroke: #a3a9ba; }
      #tip path { fill: #a3a9ba; }
    }
  </style>
  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
"""


def _svg(width: int, height: int, title: str, description: str, parts: Iterable[str]) -> str:
    body = "".join(f"  {part}\n" for part in parts)
    return f"""\
<!-- Written by `make docs` from tests/docs/pictures.py. -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">
  <title id="title">{escape(title)}</title>
  <desc id="desc">{escape(description)}</desc>
{_STYLE}  <rect class="card" width="{width}" height="{height}" rx="10"/>
{body}</svg>
"""


def _box(x: int, y: int, width: int, lines: str, kind: str = "box", height: int = 54) -> str:
    first, *more = lines.split("\n")
    middle = y + height / 2
    texts = f'<text x="{x + width / 2:g}" y="{middle - (10 if more else 0):g}">{escape(first)}</text>'
    texts += "".join(
        f'<text class="small" x="{x + width / 2:g}" y="{middle + 11:g}">{escape(line)}</text>' for line in more
    )
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>{texts}'


def _line(path: str, label: str = "", at: tuple[int, int] = (0, 0)) -> str:
    text = f'<text class="small" x="{at[0]}" y="{at[1]}">{escape(label)}</text>' if label else ""
    return f'<path class="line" d="{path}"/>{text}'


def pipeline() -> str:
    """From text to a policy, and from there to everything else."""
    parts = [
        _box(20, 40, 190, "blueprint\norders.yaml"),
        _box(20, 150, 190, "templates\nroles, services, guards"),
        _box(270, 95, 170, "compiler\nproves what it made"),
        _box(500, 95, 140, "policy\nwho, what, when"),
        _box(270, 240, 170, "sources\nread what is there"),
        _box(20, 240, 190, "what exists\nJSON, AWS, git, plans"),
        _box(690, 20, 290, "generate\nJSON, Terraform, CloudFormation", "end"),
        _box(690, 95, 290, "check, can, explain\nwhat is wrong, who can do what", "end"),
        _box(690, 170, 290, "diff\nwho gains and who loses what", "end"),
        _box(690, 245, 290, "why, import\na denial explained; a blueprint of it", "end"),
        _line("M210 67 H240 V112 H268"),
        _line("M210 177 H240 V132 H268"),
        _line("M440 122 H498"),
        _line("M210 267 H268"),
        _line("M440 267 H570 V151"),
        *(_line(f"M640 122 H664 V{y} H688") for y in (47, 122, 197, 272)),
    ]
    return _svg(
        1000,
        320,
        "From text to answers",
        "A blueprint and templates go to the compiler, which makes a policy and proves it. Sources read policies that "
        "exist. From a policy come the generated files, and the answers of check, can, explain, diff, why and import.",
        parts,
    )


def evaluation() -> str:
    """The order in which AWS decides a request for a key."""
    parts = [
        _box(15, 40, 130, "request\nwho, what, when"),
        _box(195, 40, 170, "a Deny matches?"),
        _box(415, 40, 230, "an Allow names the caller?"),
        _box(695, 40, 245, "an Allow names its account?"),
        _box(195, 170, 170, "explicitly denied", "no"),
        _box(415, 170, 230, "direct\nallowed by the policy", "end"),
        _box(695, 170, 245, "delegated\nIAM policies decide", "end"),
        _box(695, 275, 245, "implicitly denied", "no"),
        _box(415, 275, 230, "from another account:\nits IAM policy must allow it too"),
        _line("M145 67 H193"),
        _line("M280 94 V168", "yes", (300, 130)),
        _line("M365 67 H413", "no", (389, 54)),
        _line("M530 94 V168", "yes", (550, 130)),
        _line("M645 67 H693", "no", (669, 54)),
        _line("M817 94 V168", "yes", (837, 130)),
        _line("M940 67 H970 V302 H942", "no", (955, 54)),
        _line("M530 224 V273"),
    ]
    return _svg(
        1000,
        350,
        "How AWS decides a request for a key",
        "If a Deny matches, the request is explicitly denied. Else, if an Allow names the caller, the policy allows it "
        "directly; a caller of another account needs an IAM policy of its own account too. Else, if an Allow names the "
        "caller's account, the account's IAM policies decide. Else the request is implicitly denied.",
        parts,
    )


BLUEPRINT = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  orders:
    account: prod
    region: eu-west-1
    admins: [role/KeyAdmins]
    users:
      - {principal: role/OrdersApi, when: {via: dynamodb}}
      - {principal: role/Support, can: decrypt, when: {via: dynamodb, mfa: true}}
"""


def explained(run: Run) -> str:
    """What `kmsgen explain` prints of the blueprint above, which is `orders.yaml`."""
    done = run("kmsgen explain orders.yaml")
    assert done.code == 0, done.printed
    table = [line for line in done.printed.splitlines() if not line.lstrip().startswith(("note:", "must exist:"))]
    lines = ["$ kmsgen explain orders.yaml", *table]
    texts = (
        f'<text class="mono" xml:space="preserve" x="20" y="{28 + 20 * row}">{escape(line)}</text>'
        for row, line in enumerate(lines)
        if line.strip()
    )
    width = 40 + max(len(line) for line in lines) * 8
    return _svg(
        width,
        36 + 20 * len(lines),
        "What kmsgen explain prints",
        "A table of who can do what with the key orders, and when. " + " ".join(" ".join(table).split()),
        texts,
    )
