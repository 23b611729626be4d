"""The metrics' table, its document and the dashboard say the same. `test_ray_jobs.py` finds every name on a real Ray."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from jobs.metrics import METRICS, RUN
from jobs.outcome import STAGES, Outcome, Output, Times
from jobs.rows import NOTHING_STATED, Row
from jobs.tally import tally_of
from tests.prometheus import asked_for
from tests.runs import ROOT

DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TITLES = [panel["title"] for panel in PANELS]
EXPORTED = {name for metric in METRICS for name in metric.exported}
OF_A_SOURCE = ("uri", "source", "output", "path", "file", "message", "row", "worker")


def test_every_metric_is_drawn_and_nothing_is_asked_for_but_those_and_rays_own():
    asked = asked_for(DASHBOARD)
    assert asked >= EXPORTED
    assert {name for name in asked - EXPORTED if not name.startswith("ray_node_")} == set()


def test_the_document_names_each_with_its_unit_and_labels():
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1]: line.split("|") for line in page.splitlines() if line.startswith("| `ray_")}
    assert {name for names in rows for name in re.findall(r"`(\w+)`", names)} == EXPORTED
    for metric in METRICS:
        (row,) = [cells for names, cells in rows.items() if f"`{metric.exported[0]}`" in names]
        assert [cell.strip() for cell in row[2:4]] == [metric.kind, metric.unit]
        assert re.findall(r"`(\w+)`", row[4]) == list(metric.labels)


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_panel_says_what_it_shows_in_what_unit_and_from_where(panel: dict[str, Any]):
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
    assert {target["datasource"]["uid"] for target in [panel, *panel["targets"]]} == {"${datasource}"}
    for target in panel["targets"]:
        assert re.search(r"ray_node_|\{run=\"\$run\"", target["expr"]), "of one run, or of nodes"


def test_it_has_a_uid_variables_for_the_data_source_and_the_run_and_panels_that_do_not_overlap():
    assert DASHBOARD["uid"]
    assert DASHBOARD["schemaVersion"] >= 41
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "run"]
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_rays_exporter_takes_it_and_no_label_grows_with_the_archive(metric: Any):
    assert metric.meaning.isascii()  # Ray refuses others
    assert re.fullmatch(r"colorizer_[a-z_]+", metric.name)
    assert not {RUN, *OF_A_SOURCE} & set(metric.labels)
    assert list(metric.bounds) == sorted(metric.bounds)
    assert bool(metric.bounds) == (metric.kind == "histogram")


def test_a_tally_adds_up_the_pixels_of_what_was_written():
    row = Row(0, "mem://in/a.jpg", NOTHING_STATED, "mem://out/a.jpg", None)
    output = Output(9, "0", "jpeg", 40, 30, 3, 8)
    done = Outcome(row, "colorized", None, None, NOTHING_STATED, "0", output, 0.0, 0.0, Times())
    failed = Outcome(row, "failed", "NOT_FOUND", "", NOTHING_STATED, None, None, 0.0, 0.0, Times())
    both = tally_of([done, failed])
    both.add(tally_of([done]))
    assert both.pixels == 2 * 40 * 30
    assert tuple(both.stage_seconds) == STAGES
