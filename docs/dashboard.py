"""deploy/grafana.json: the dashboard of a run, for Grafana 12 and newer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from docs.panels import GREEN, ROWS, Panel
from jobs.metrics import RUN

_SCHEMA = 41
_WIDTH = 24
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard() -> str:
    """The dashboard as JSON, with a line's end."""
    whole = {
        "uid": "colorizer-run",
        "title": "Colorizer: a run",
        "description": "One run of colorizer on Ray: how far it is, where its time goes, what fails, its workers.",
        "tags": ["colorizer", "ray"],
        "schemaVersion": _SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_datasource(), _runs()]},
        "annotations": {"list": []},
        "links": [],
        "panels": list(_panels()),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1}


def _runs() -> dict[str, Any]:
    """The runs of the time that is shown, newest first: run ids sort by time."""
    query = f"label_values(ray_colorizer_rows_to_do, {RUN})"
    return {
        "name": "run",
        "label": "Run",
        "type": "query",
        "datasource": _DATASOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "runs"},
        "refresh": 2,
        "sort": 2,
        "multi": False,
        "includeAll": False,
    }


def _panels() -> Iterator[dict[str, Any]]:
    y, number = 0, 0
    for title, panels in ROWS:
        number += 1
        yield {
            "id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
        }  # fmt: skip
        y, x, high = y + 1, 0, 0
        for panel in panels:
            if x + panel.width > _WIDTH:
                y, x, high = y + high, 0, 0
            number, height = number + 1, 4 if panel.width == 4 else 8
            yield _panel(panel, number, {"x": x, "y": y, "w": panel.width, "h": height})
            x, high = x + panel.width, max(high, height)
        y += high


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    steps = [{"value": None, "color": GREEN}, *({"value": value, "color": colour} for value, colour in panel.steps)]
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.unit == "percentunit":
        defaults["max"] = 1
    if panel.words:
        options = {value: {"text": word, "index": index} for index, (value, word) in enumerate(panel.words)}
        defaults["mappings"] = [{"type": "value", "options": options}]
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "fillOpacity": 20 if panel.stacked else 0,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"},
        }
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _DATASOURCE,
                "expr": expression,
                "legendFormat": legend,
                "instant": panel.kind != "timeseries",
                "range": panel.kind == "timeseries",
            }
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }


def _options(panel: Panel) -> dict[str, Any]:
    last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    return {
        "timeseries": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "stat": {"reduceOptions": last, "colorMode": "value", "graphMode": "none", "textMode": "value"},
        "gauge": {"reduceOptions": last, "showThresholdLabels": False, "showThresholdMarkers": False},
        "bargauge": {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"},
    }[panel.kind]
