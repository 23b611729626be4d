"""The report in a browser: what its reader sees, and that it asks nobody for anything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.report.report import Asked, write_report
from tests import runs
from tests.browser import Seen, browser, opened

HOSTILE = '<img src=x onerror=alert(1)>" autofocus onfocus="alert(2).jpg'
FLAGS = {"plate-003.jpg": "dull,bleeding", "plate-004.jpg": "dull"}


@dataclass(frozen=True)
class Made:
    """A report, and the newest row of each output of its log."""

    page: Path
    rows: list[dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Nine photographs, one with a hostile name, four with their true colours; two broken files; a log with review flags."""
    folder = tmp_path_factory.mktemp("report")
    archive = runs.archive(folder / "archive", 8)
    (archive / "box-0" / HOSTILE).write_bytes(runs.picture(99))
    (archive / "box-0" / "</script><script>alert(3)<").mkdir(parents=True)
    (archive / "box-0" / "</script><script>alert(3)<" / "nothing.jpg").write_bytes(b"")
    (archive / "box-1" / "letter.jpg").write_bytes(b"Dear Sir")
    for number in range(4):
        path = folder / "true" / f"box-{number % 2}" / f"plate-{number:03d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((36, 48, 3), (200, 40, 40 * number), np.uint8))
    runs.run(archive, folder / "out", "none", tolerate="90%")
    for part in (folder / "out").glob("colorizer-log/run=*/part-*.parquet"):
        _flag(part)
    write_report(Asked(str(folder / "out"), 300, 0.04, str(folder / "true")), str(folder / "report.html"))
    return Made(folder / "report.html", runs.log_rows(folder / "out"))


def _flag(part: Path) -> None:
    """Gives the log the columns of a review, as one with a review has them."""
    table = pq.ParquetFile(part).read()
    names = [uri.rpartition("/")[2] for uri in table["source_uri"].to_pylist()]
    for name, cells in (
        ("review", pa.array([FLAGS.get(one) for one in names], pa.string())),
        ("colourfulness", pa.array([12.5] * len(names), pa.float32())),
    ):
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, cells)
    pq.write_table(table, part)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


@pytest.fixture
def wide(chromium: Any, made: Made) -> Iterator[tuple[Any, Seen]]:
    with opened(chromium, made.page) as both:
        yield both


def _totals(page: Any) -> dict[str, int]:
    cards = page.locator("[data-total]").all()
    return {card.get_attribute("data-total"): int(card.inner_text().replace(",", "")) for card in cards}


def _names(page: Any) -> list[str]:
    return [str(one.get_attribute("data-name")).rpartition("/")[2] for one in page.locator(".pair:visible").all()]


def test_the_totals_on_the_page_are_the_logs(wide: tuple[Any, Seen], made: Made):
    page, _ = wide
    status = Counter(row["status"] for row in made.rows)
    totals = _totals(page)
    assert totals.pop("rows") == len(made.rows) == sum(totals.values()) == 11
    assert (totals["colorized"], totals["failed"]) == (status["colorized"], status["failed"]) == (9, 2)
    said = {one.get_attribute("data-code"): int(one.inner_text()) for one in page.locator("[data-code]").all()}
    assert said == Counter(row["code"] for row in made.rows if row["code"])
    embedded = json.loads(page.locator("#figures").text_content())
    assert embedded["totals"]["colorized"] == 9


def test_the_page_says_nothing_on_the_console_and_asks_for_nothing(wide: tuple[Any, Seen], made: Made):
    page, seen = wide
    for sight in ("#order", "#folder"):
        page.locator(sight).select_option(index=2 if sight == "#order" else 1)
    page.wait_for_load_state("networkidle")
    assert seen.console == seen.errors == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [made.page.as_uri()]


def test_a_script_that_got_into_the_page_would_not_run(wide: tuple[Any, Seen]):
    page, seen = wide
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); }"
    )
    page.evaluate("() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">'); }")
    page.evaluate("() => fetch('https://example.com/').catch(() => 0)")
    assert page.evaluate("() => window.ran") is None
    assert any("Content Security Policy" in said for said in seen.console)
    assert not [url for url in seen.requests if "example.com" in url]


def test_hostile_names_are_text(wide: tuple[Any, Seen]):
    page, _ = wide
    assert page.locator("strong", has_text="onerror=alert(1)").count() == 1
    assert page.locator("[onerror], [onfocus], [autofocus], img[src='x']").count() == 0
    assert page.locator("script").count() == 2


def test_every_photograph_is_there_gray_and_coloured_and_in_its_true_colours_where_they_are_known(
    wide: tuple[Any, Seen],
):
    page, _ = wide
    images = page.locator("img").all()
    assert all(str(one.get_attribute("src")).startswith("data:image/jpeg;base64,") for one in images)
    assert all(one.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0 for one in images)
    kinds = Counter(one.get_attribute("class") for one in images)
    assert kinds == {"before": 9, "after": 9, "true": 4}


def test_the_slider_moves_by_keyboard_and_by_mouse(wide: tuple[Any, Seen]):
    page, _ = wide
    stack = page.locator(".stack").first
    slider, after = stack.locator("input"), stack.locator(".after")
    assert "in colour" in slider.get_attribute("aria-label")
    before = after.evaluate("one => getComputedStyle(one).clipPath")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "51"
    moved = after.evaluate("one => getComputedStyle(one).clipPath")
    assert before != moved
    box = stack.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert int(slider.input_value()) > 80
    page.locator("#all").fill("0")
    assert {one.input_value() for one in page.locator(".stack input").all()} == {"0"}


def test_filters_leave_what_they_name(wide: tuple[Any, Seen]):
    page, _ = wide
    assert page.locator("#shown").inner_text() == "9 of 9 shown"
    page.locator("#flag").select_option("*")
    assert set(_names(page)) == set(FLAGS)
    page.locator("#flag").select_option("bleeding")
    assert _names(page) == ["plate-003.jpg"]
    page.locator("#flag").select_option("")
    page.locator("#folder").select_option(index=2)
    assert set(_names(page)) == {f"plate-{number:03d}.jpg" for number in (1, 3, 5, 7)}
    page.locator("#text").fill("PLATE-005")
    assert _names(page) == ["plate-005.jpg"]
    assert page.locator("#shown").inner_text() == "1 of 9 shown"


def test_the_worst_by_review_come_first_when_asked_for(wide: tuple[Any, Seen]):
    page, _ = wide
    page.locator("#order").select_option("flags")
    assert _names(page)[:2] == ["plate-003.jpg", "plate-004.jpg"]
    page.locator("#order").select_option("folder")
    folders = [int(one.get_attribute("data-folder")) for one in page.locator(".pair").all()]
    assert folders == sorted(folders)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways_and_plots_follow_light_and_dark(chromium: Any, made: Made, scheme: str):
    with opened(chromium, made.page, width=390, color_scheme=scheme) as (page, _):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        tables = page.locator(".wide:has(.stacking)")
        assert tables.count() == 2
        assert all(table.evaluate("one => one.scrollWidth <= one.clientWidth") for table in tables.all())
        channels = (
            "one => getComputedStyle(one).fill.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)"
        )
        letters = page.locator(".plot svg text").first.evaluate(channels)
        paper = page.locator("body").evaluate(channels.replace("fill", "backgroundColor"))
        assert (letters < paper) == (scheme == "light")
        assert abs(letters - paper) > 400


def test_in_print_both_pictures_are_whole_side_by_side_and_nothing_is_to_be_operated(wide: tuple[Any, Seen]):
    page, _ = wide
    page.emulate_media(media="print", color_scheme="dark")
    stack = page.locator(".stack").first
    before, after = stack.locator(".before").bounding_box(), stack.locator(".after").bounding_box()
    assert before["x"] + before["width"] <= after["x"]
    assert stack.locator(".after").evaluate("one => getComputedStyle(one).clipPath") == "none"
    assert page.locator(".filters").is_hidden()
    assert page.locator("body").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"


def test_every_control_can_be_reached_by_the_tab_key_and_has_a_name(wide: tuple[Any, Seen]):
    page, _ = wide
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.tagName") == "A"
    unnamed = "() => [...document.querySelectorAll('input, select')].filter((one) => !one.labels.length && !one.ariaLabel).length"
    assert page.evaluate(unnamed) == 0
