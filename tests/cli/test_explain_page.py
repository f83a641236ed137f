"""The HTML page of `explain`, used in a real browser: searched, filtered, opened, by mouse and by keyboard alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kmsgen.analysis.explain import explain
from kmsgen.analysis.finding import Finding
from kmsgen.cli.explain_page import page as html_of
from kmsgen.policy.read import read_policy
from kmsgen.sources import SourceKey, load

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
HOSTILE = "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, list[str]]]:
    """The page of the examples, and what it asked of a network or complained of."""
    keys = load("blueprints").keys
    finding = Finding("KMS999", "example-rule", "warning", "`OrdersApi` is an example", "orders", statement_index=0)
    yield from _open(browser, tmp_path, [explain(key, [finding] if key.name == "orders" else []) for key in keys])


def _open(browser: Browser, folder: Path, listed: list, **options: object) -> Iterator[tuple[Page, list[str]]]:  # type: ignore[type-arg]
    file = folder / "page.html"
    file.write_text(html_of(listed), encoding="utf-8")
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page, faults = context.new_page(), list[str]()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url == file.as_uri() or request.url.startswith("data:") else faults.append(request.url)
        ),
    )
    page.goto(file.as_uri())
    yield page, faults
    assert faults == [], "the page is silent and asks nothing of a network"
    context.close()


def visible(page: Page) -> list[str]:
    """The principals that the table shows."""
    return page.locator("#matrix th.who").all_inner_texts()


def test_every_principal_of_every_key_is_in_the_table(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    keys = load("blueprints").keys
    while page.locator("#more").is_visible():
        page.locator("#more").click()
    expected = sum(len({(one.who, one.kind) for one in explain(key).grants}) for key in keys)
    assert len(visible(page)) == expected
    assert page.locator("#matrix tr.key strong").all_inner_texts() == [key.name for key in keys]


def test_searching_leaves_what_has_all_words(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.fill("#search", "orders OrdersApi")
    expect(page.locator("#matrix th.who")).to_have_count(1)
    assert visible(page) == ["role/orders/OrdersApi of 111122223333"]
    assert page.locator("#count").inner_text() == f"1 principal in 1 key of {len(load('blueprints').keys)}"
    page.click("text=Clear")
    expect(page.locator("#matrix th.who")).not_to_have_count(1)


def test_filtering_by_capability_and_by_how(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.select_option("#capability", "delete")
    expected = {
        one.who for key in load("blueprints").keys for one in explain(key).grants if "delete" in one.capabilities
    }
    assert set(visible(page)) == expected
    page.select_option("#how", "direct")
    always = {
        one.who
        for key in load("blueprints").keys
        for one in explain(key).grants
        if "delete" in one.capabilities and not one.when and not one.needs_identity_policy
    }
    assert set(visible(page)) == always


def test_filtering_by_findings(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.select_option("#severity", "warning")
    assert page.locator("#matrix tr.key strong").all_inner_texts() == ["orders"]
    page.select_option("#severity", "error")
    assert visible(page) == []


def test_a_cell_opens_conditions_statement_line_and_findings(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.fill("#search", "Support")
    expect(page.locator("#matrix th.who")).to_have_count(1)
    page.locator("td button[data-name=decrypt]").click()
    said = page.locator("#details").inner_text()
    assert page.locator("#details-title").inner_text() == "role/Support of 111122223333: decrypt"
    for part in (
        "kms:Decrypt",
        "with MFA",
        "through dynamodb.eu-west-1.amazonaws.com",
        "blueprints/application-data.yaml:19",
    ):
        assert part in said
    page.keyboard.press("Escape")
    page.fill("#search", "application-data root user")
    expect(page.locator("#matrix th.who").first).to_have_text("root user of 111122223333")
    page.locator("td button[data-name=read]").first.click()
    assert "warning KMS999 example-rule: `OrdersApi` is an example" in page.locator("#details").inner_text()


def test_by_principal_counts_keys(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.select_option("#view", "who")
    page.fill("#search", "role/KeyAdmins of 111122223333")
    expect(page.locator("#matrix th.who")).to_have_count(1)
    keys = [
        key
        for key in load("blueprints").keys
        if any(one.who == "role/KeyAdmins of 111122223333" for one in explain(key).grants)
    ]
    assert page.locator("td button[data-name=policy] span").first.inner_text() == str(len(keys))


def test_the_keyboard_alone_reaches_and_opens_a_cell(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.keyboard.press("Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.matches('td button')"):
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('td button')")
    first = page.evaluate("document.activeElement.innerText")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    second = page.evaluate("document.activeElement.innerText")
    assert second != first
    page.keyboard.press("Enter")
    assert page.locator("#details").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#details").is_visible()
    assert page.evaluate("document.activeElement.innerText") == second


def test_cells_say_in_words_what_their_signs_mean(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.fill("#search", "orders OrdersApi")
    expect(page.locator("#matrix th.who")).to_have_count(1)
    cell = page.get_by_role("button", name="role/orders/OrdersApi of 111122223333: decrypt, always")
    assert cell.count() == 1


def test_a_policy_cannot_put_anything_into_the_page_but_text(browser: Browser, tmp_path: Path) -> None:
    statement = {"Sid": HOSTILE, "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"StringEquals": {"kms:EncryptionContext:x": HOSTILE}}}  # fmt: skip
    key = SourceKey(HOSTILE, read_policy({"Statement": [statement]}), "policy", HOSTILE)
    for page, _ in _open(browser, tmp_path, [explain(key)]):
        page.locator("td button").first.click()
        assert page.title() == "Who can do what with these keys"
        assert page.locator("img").count() == 0
        assert HOSTILE in page.locator("#details").inner_text()


def test_a_key_that_cannot_be_judged_is_in_sight(browser: Browser, tmp_path: Path) -> None:
    key = SourceKey("late", None, "terraform", "plan.json", reason="unknown until apply")
    for page, _ in _open(browser, tmp_path, [explain(key)]):
        page.click("text=not decided")
        assert "unknown until apply" in page.locator("#details").inner_text()


def test_a_thousand_keys_are_drawn_as_they_come_into_view(browser: Browser, tmp_path: Path) -> None:
    (key,) = load("blueprints/application-data.yaml#orders").keys
    one = explain(key)
    many = [replace(one, key=replace(key, name=f"key-{number}")) for number in range(1000)]
    for page, _ in _open(browser, tmp_path, many):
        assert 0 < page.locator("#matrix tbody").count() < 200
        assert page.locator("#count").inner_text() == "5 principals in 1,000 keys of 1,000"
        page.fill("#search", "key-999")
        expect(page.locator("#matrix tr.key")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_nothing_is_wider_than_the_window(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    listed = [explain(key) for key in load("blueprints").keys]
    for page, _ in _open(browser, tmp_path, listed, viewport={"width": width, "height": 800}, color_scheme=scheme):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("td button").first.click()
        assert page.locator("#details").bounding_box()["width"] <= width  # type: ignore[index]


def test_printing_draws_every_row_and_no_controls(browser: Browser, tmp_path: Path) -> None:
    (key,) = load("blueprints/application-data.yaml#orders").keys
    many = [replace(explain(key), key=replace(key, name=f"key-{number}")) for number in range(300)]
    for page, _ in _open(browser, tmp_path, many):
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#matrix tr.key").count() == 300
        assert not page.locator("#controls").is_visible()
