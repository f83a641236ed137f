"""The site is built strictly, by the real program, of every page, and takes nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built where no network can be reached."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = "http://127.0.0.1:9"
    environment = {
        **os.environ,
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "NO_COLOR": "1",
        "NO_MKDOCS_2_WARNING": "1",
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_on_the_site_and_in_its_navigation(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    navigation = re.findall(r'<a href="([^"#]+\.html)" class="md-nav__link', (site / "rules.html").read_text())
    assert {Path(one) for one in navigation} | {Path("rules.html")} == pages, "name the page under `nav` in mkdocs.yml"
    assert all((site / page).is_file() for page in pages)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(
        r'(?:src|srcset)="(?:https?:)?//|<link[^>]+rel="(?:stylesheet|preload|preconnect|icon)"[^>]+href="(?:https?:)?//'
    )
    styled = re.compile(r"(?:url\(|@import )[\"']?(?:https?:)?//")
    for path in site.rglob("*.html"):
        assert not fetched.search(path.read_text(encoding="utf-8")), path.name
    for path in site.rglob("*.css"):
        assert not styled.search(path.read_text(encoding="utf-8")), path.name


def test_the_search_knows_the_pages(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert all(f'"{page}.html"' in index for page in ("tutorial", "cli", "rules", "json"))
