"""The demo's report: its real photographs, gray, coloured and true."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from examples import demo
from tests import runs


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's folders, in one of the test's own."""
    pytest.importorskip("skimage", reason="the extra demo, whose photographs these are, is not installed")
    for name in ("ARCHIVE", "COLORED", "TRUE", "REPORT"):
        monkeypatch.setattr(demo, name, tmp_path / getattr(demo, name).name)
    return tmp_path


def test_the_demos_report_shows_ten_photographs_seven_of_them_in_their_true_colours_too(
    elsewhere: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    monkeypatch.setattr(demo.webbrowser, "open", opened.append)
    demo.keep_originals(demo.make_archive(demo.ARCHIVE), demo.TRUE)
    runs.run(demo.ARCHIVE, demo.COLORED, "none")
    assert demo.report() == 0
    page = demo.REPORT.read_text(encoding="utf-8")
    assert Counter(re.findall(r'<img class="(\w+)" src="data:image/jpeg;base64,', page)) == {
        "before": 10,
        "after": 10,
        "true": 7,
    }
    assert len(page) < 8_000_000
    assert str(demo.REPORT) in capfd.readouterr().out
    assert not opened, "standard output is no terminal"
