"""Where Ray has several nodes, each has a disk of its own: files are refused unless they are said to be shared, as a run begins
and as its cluster grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.configuration import configured
from jobs.errors import PreflightError, WorldError
from jobs.places import LocalFiles
from jobs.preflight import model_places, places_of, sources_of
from tests import runs
from tests.ray_cluster import running_cluster, several_nodes

S3 = [("--out", "s3://o"), ("--log", "s3://o/colorizer-log")]


@pytest.mark.parametrize(
    ("nodes", "shared", "places", "refused"),
    [
        (1, False, [("--out", "file:///o")], None),
        (2, True, [("--out", "file:///o")], None),
        (2, False, S3, None),
        (2, False, [], None),
        (2, False, [("--out", "file:///o"), *S3], "--out is on disk"),
        (3, False, [*S3, ("a source", "file:///a\n.jpg")], r"a source is on disk \(file:///a\\x0a.jpg\) and Ray has 3"),
        (2, False, [*S3, ("--model", "file:///m")], "--shared-files"),
    ],
)
def test_only_files_on_several_nodes_that_are_not_said_to_be_shared_are_refused(
    nodes: int, shared: bool, places: list[tuple[str, str]], refused: str | None
):
    files = LocalFiles(shared, iter(places))
    for _ in range(2):  # the places are looked at once
        said = files.refusal(nodes)
        assert said is None if refused is None else said is not None and re.search(refused, said)
    assert said is None or "--shared-files" in said


def test_places_are_looked_at_only_once_there_are_several_nodes():
    places = iter([("a source", "file:///a")])
    files = LocalFiles(False, places)
    assert files.refusal(1) is None
    assert files.refusal(2)
    assert list(places) == []


@pytest.mark.parametrize(
    ("flags", "on_disk"),
    [
        ({"manifest": "/m.csv"}, []),  # the driver reads it
        ({"manifest": "s3://b/in/", "out": "/o"}, ["--out", "--log"]),
        ({"log": "/l"}, ["--log"]),
        ({"manifest": "/in/"}, ["the input"]),
        ({"model": "/m"}, ["--model"]),
        ({"model": "s3://b/m"}, []),
        ({"model": "zhang2016"}, []),
        ({"model": "zhang2016", "mirror": "/m"}, ["--mirror"]),
        ({"model": "zhang2016", "mirror": "https://host/m"}, []),
        ({"model": "mini", "mirror": "/m"}, []),  # it is in the wheel, and no mirror is asked
    ],
)
def test_what_workers_read_and_write_is_looked_at(flags: dict[str, str], on_disk: list[str]):
    settings, _ = configured({"manifest": "s3://b/m.csv", "out": "s3://o", **flags}, {})
    places = (*places_of(settings), *model_places(settings))
    assert [what for what, uri in places if uri.startswith("file://")] == on_disk


def test_of_a_manifests_sources_those_on_disk_are_found():
    batches = [
        pa.record_batch({"source_uri": uris}) for uris in (["s3://b/1"], ["s3://b/2", "file:///3", "file:///4"], ["mem://5"])
    ]  # fmt: skip
    assert list(sources_of(batches)) == [("a source", "file:///3"), ("a source", "file:///4")]


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[str]:
    with running_cluster(others=1) as found:
        yield found


def test_on_two_nodes_a_run_on_disk_stops_before_any_work_and_goes_on_where_files_are_shared(
    tmp_path: Path, two_nodes: str
):
    source, out = runs.archive(tmp_path / "in", 4), tmp_path / "out"
    with pytest.raises(PreflightError, match=r"Ray has 2 nodes: .* --shared-files"):
        runs.run(source, out, two_nodes)
    assert runs.outputs(out) == {}
    summary = runs.run(source, out, two_nodes, shared_files=True)
    assert (summary.colorized, summary.exit_code) == (4, 0)


def test_a_run_on_disk_stops_as_its_cluster_grows_before_a_worker_on_the_new_node_is_given_a_row(tmp_path: Path):
    source, out = runs.archive(tmp_path / "in", 300), tmp_path / "out"
    with several_nodes(head_cores=1) as cluster:
        options = ("--engine", runs.SLOW, "--workers", "2", "--shard-seconds", "1")
        process = runs.command(source, out, "--ray", cluster.address, *options, RAY_AUTH_MODE="disabled")
        runs.wait_for(lambda: any(out.glob("colorizer-log/run=*/part-*")))
        cluster.add_node(num_cpus=1)
        code, summary = runs.finished(process)
    assert code == WorldError.exit_code
    assert "Ray has 2 nodes" in summary["stopped"]
    assert "--shared-files" in summary["stopped"]
    rows = runs.log_rows(out)
    assert len({row["worker"] for row in rows}) == 1
    assert 0 < len(rows) == len(runs.outputs(out)) == summary["colorized"] < 300
