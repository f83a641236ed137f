"""How `check` reports: one file for each format, a row for each in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from kmsgen.cli.reports import github, gitlab, json, junit, markdown, sarif, text
from kmsgen.cli.reports.report import Counts, Report, Run

REPORTS: dict[str, Callable[[TextIO, Run], Report]] = {
    "text": text.Text,
    "json": json.Json,
    "sarif": sarif.Sarif,
    "github": github.GitHub,
    "gitlab": gitlab.GitLab,
    "junit": junit.JUnit,
    "markdown": markdown.Markdown,
}
"""Every format and what writes it."""

__all__ = ["REPORTS", "Counts", "Report", "Run"]
