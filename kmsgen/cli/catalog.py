"""`kmsgen catalog`: what there is to write in a blueprint, and what each of it means."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kmsgen.catalog.actions import ACTIONS, Action
from kmsgen.errors import KmsgenError, Problem, did_you_mean
from kmsgen.templates import Library, Parameter, Template

FORMAT_VERSION = "1"


def run(subject: str, name: str | None, format_: str, templates: Sequence[Path]) -> int:
    """Print a list, one of its items, or those that a word finds; the exit code."""
    own = Path("templates")
    library = Library([*templates, *([own] if own.is_dir() else [])])
    items = (
        [_action(action) for action in ACTIONS.values()]
        if subject == "actions"
        else [
            describe(template)
            for template in library.all(subject)  # type: ignore[arg-type]
        ]
    )
    chosen = _chosen(items, name, subject)
    if format_ == "json":
        json.dump({"format_version": FORMAT_VERSION, subject: chosen}, sys.stdout, indent=2, ensure_ascii=False)
        print()
    elif name is not None and len(chosen) == 1:
        print(_page(chosen[0]))
    else:
        print(_table(chosen))
    return 0


def _chosen(items: list[dict[str, Any]], name: str | None, subject: str) -> list[dict[str, Any]]:
    if name is None:
        return items
    exact = [one for one in items if one["name"].lower() in (name.lower(), f"kms:{name.lower()}")]
    found = exact or [one for one in items if name.lower() in f"{one['name']} {one['summary']}".lower()]
    if not found:
        hint = did_you_mean(name, [one["name"] for one in items]) or f"`kmsgen catalog {subject}` lists what there is"
        raise KmsgenError(Problem(f"no {subject.removesuffix('s')} is called or says `{name}`", hint=hint))
    return found


def describe(template: Template) -> dict[str, Any]:
    """A template's header as JSON data, without what it leaves open."""
    header = (
        ("notes", template.notes),
        ("source", template.source),
        ("for", list(template.nouns)),
        ("usage", sorted(template.usage)),
        ("spec", sorted(template.spec)),
        ("origin", sorted(template.origin)),
        ("multi_region", template.multi_region or None),
        ("across_accounts", template.across_accounts if template.kind == "roles" else None),
        ("parameters", [_parameter(one) for one in template.parameters.values()]),
        ("denies" if template.denies else "grants", sorted(template.bound)),
    )
    return {"name": template.name, "summary": template.summary, **{key: value for key, value in header if value}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {"name": parameter.name, "type": parameter.type, "summary": parameter.summary}
    described["required"] = parameter.required
    described["many"] = parameter.many
    if parameter.default is not None:
        described["default"] = parameter.default
    return described


def _action(action: Action) -> dict[str, Any]:
    where = "key policy" if action.in_key_policy else "IAM policies only"
    across = ", across accounts too" if action.across_accounts else ""
    return {
        "name": action.name,
        "summary": f"{action.category}; {where}{across}",
        "category": action.category,
        "in_key_policy": action.in_key_policy,
        "across_accounts": action.across_accounts,
        "key_kinds": sorted(action.kinds),
        "condition_keys": list(action.condition_keys),
    }


def _table(items: Iterable[dict[str, Any]]) -> str:
    """Two columns, the second broken to the width of the terminal."""
    rows = [(one["name"], one["summary"]) for one in items]
    first = max((len(name) for name, _ in rows), default=0)
    width = max(40, shutil.get_terminal_size((100, 24)).columns - first - 2) if sys.stdout.isatty() else 10_000
    lines = []
    for name, summary in rows:
        head, *more = textwrap.wrap(summary, width) or [""]
        lines.append(f"{name.ljust(first)}  {head}".rstrip())
        lines += [f"{' ' * first}  {line}" for line in more]
    return "\n".join(lines)


def _page(item: dict[str, Any]) -> str:
    lines = [item["name"], f"  {item['summary']}"]
    for key, value in item.items():
        title = key.replace("_", " ")
        if key in ("name", "summary"):
            continue
        if key == "parameters":
            lines.append("  parameters:")
            for one in value:
                said = (
                    "required" if one["required"] else f"default {one['default']}" if "default" in one else "optional"
                )
                kind = f"{one['type']}, one or several" if one["many"] else one["type"]
                lines.append(f"    {one['name']} ({kind}; {said})")
                lines += textwrap.wrap(one["summary"], 92, initial_indent="      ", subsequent_indent="      ")
        elif isinstance(value, list):
            lines += [f"  {title}:", *(f"    {one}" for one in value)] if value else []
        elif key == "notes":
            lines += textwrap.wrap(value, 96, initial_indent="  ", subsequent_indent="  ")
        else:
            lines.append(f"  {title}: {_said(value)}")
    return "\n".join(lines)


def _said(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
