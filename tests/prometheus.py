"""What a dashboard asks of Prometheus, and what a Ray node tells it."""

from __future__ import annotations

import re
import urllib.request
from typing import Any

_NAME = re.compile(r"\bray_\w+")
_SAMPLE = re.compile(r"^(ray_\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def asked_for(dashboard: dict[str, Any]) -> set[str]:
    """Every metric in the queries of its panels and variables."""
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    queries += [one["definition"] for one in dashboard["templating"]["list"] if "definition" in one]
    return {name for query in queries for name in _NAME.findall(query)}


class Scrape:
    """What a node's metrics port tells at one moment."""

    def __init__(self, address: str) -> None:
        with urllib.request.urlopen(address, timeout=30) as answer:
            text: str = answer.read().decode()
        found = [match.groups() for line in text.splitlines() if (match := _SAMPLE.match(line))]
        self._samples = [(name, dict(_LABEL.findall(labels or "")), float(value)) for name, labels, value in found]
        self.names = {name for name, _, _ in self._samples}

    def values(self, name: str, by: str, **labels: str) -> dict[str, float]:
        """The values of a metric by one of its labels, of the series that have these others."""
        found = [(tags, value) for one, tags, value in self._samples if one == name and labels.items() <= tags.items()]
        return {tags[by]: value for tags, value in found}

    def labels(self, prefix: str) -> set[str]:
        """The names of all labels of the metrics that begin so."""
        return {label for name, tags, _ in self._samples if name.startswith(prefix) for label in tags}
