"""Where settings come from, which of them win, and what is said of wrong ones."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from jobs.configuration import configured
from jobs.errors import PreflightError, UsageError, WorldError
from jobs.settings import RunSettings
from jobs.storage.memory import MemoryStore
from jobs.storage.settings import StoreSettings
from jobs.storage.store import Blob
from jobs.storage.stores import open_stores

BASE = {"manifest": "m.csv", "out": "/out"}


@pytest.fixture
def config(tmp_path: Path):
    def write(text: str) -> str:
        path = tmp_path / "job.yaml"
        path.write_text(text)
        return str(path)

    return write


def settled(flags: dict[str, Any], environment: dict[str, str] | None = None) -> RunSettings:
    return configured({**BASE, **flags}, environment or {})[0]


def test_flags_win_over_variables_and_variables_over_the_file(config):
    file = config("workers: 1\nquality: 10\nlimit: 100\n")
    found = settled({"config": file, "workers": 3}, {"COLORIZER_WORKERS": "2", "COLORIZER_QUALITY": "20"})
    assert (found.workers, found.quality, found.limit) == (3, 20, 100)


def test_everything_may_stand_in_the_file_with_dashes_or_underscores(config):
    file = config("manifest: a.csv\nout: s3://b/o\nshard-seconds: 30\nrequest_payer: true\ndeadline: 3h\njson: true\n")
    found, as_json = configured({"config": file}, {})
    assert (found.manifest, found.out, found.shard_seconds) == ("a.csv", "s3://b/o", 30)
    assert (found.request_payer, found.deadline) == (True, 10800)
    assert as_json


def test_the_file_may_lie_in_a_store_and_be_named_by_a_variable():
    open_stores(StoreSettings()).write("mem://jobs/job.yaml", b"limit: 5")
    assert settled({"config": "mem://jobs/job.yaml"}).limit == 5
    assert settled({}, {"COLORIZER_CONFIG": "mem://jobs/job.yaml"}).limit == 5


@pytest.mark.parametrize(
    ("flags", "environment", "text", "said"),
    [
        ({}, {}, "worker: 3", "did you mean workers"),
        ({}, {}, "cpu-per-worker: 3", "did you mean cpus_per_worker"),
        ({}, {"COLORIZER_WORKRES": "3"}, "", "did you mean COLORIZER_WORKERS"),
        ({}, {"COLORIZER_XYZZY": "3"}, "", "there are: "),
        ({"quality": 101}, {}, "", "--quality"),
        ({"shard_seconds": "soon"}, {}, "", "--shard-seconds: 'soon' is no duration"),
        ({}, {"COLORIZER_WORKERS": "many"}, "", "COLORIZER_WORKERS"),
        ({}, {}, "workers: 0", "workers in .*job.yaml"),
        ({"redo": "NOT_A_CODE"}, {}, "", "none of failed, skipped, all"),
        ({"engine": "cuda"}, {}, "", "there is no engine 'cuda'"),
        ({"format": "gif"}, {}, "", "--format"),
        ({"out": "gs://b/o"}, {}, "", "no store gs://"),
        ({"tolerate": "2 of 3"}, {}, "", "no tolerance"),
        ({}, {}, "- a\n- list", "key: value"),
        ({}, {}, "a: [", "can't be read"),
        ({}, {}, "limit: !!python/object/apply:os.system ['true']", "can't be read"),
        ({}, {"COLORIZER_JSON": "perhaps"}, "", "COLORIZER_JSON: .*neither true nor false"),
        ({}, {"COLORIZER_QUALITY": "0"}, "", "COLORIZER_QUALITY"),
        ({}, {"COLORIZER_OUT_": "x"}, "", "did you mean COLORIZER_OUT"),
        ({}, {"COLORIZER_LOG": "gs://b/l"}, "", "COLORIZER_LOG: there is no store gs://"),
        ({}, {}, "log: hdfs://b/l", "log in .*job.yaml: there is no store hdfs://"),
        ({}, {}, "quality: 90.5", "quality in .*job.yaml"),
        ({}, {}, "tolerate: 0.01", "tolerate in .*job.yaml: '0.01' is no tolerance; write 1%"),
        ({}, {}, "redo: [failed]", "redo in .*job.yaml"),
        ({}, {}, "sse: {a: b}", "sse in .*job.yaml"),
        ({}, {}, "read-ahead: 0", "read_ahead in .*job.yaml"),
        ({}, {}, "read-ahead: 1e400", "read_ahead in .*job.yaml"),
        ({}, {}, "1: 2", "unknown key in .*job.yaml: 1;"),
        ({}, {}, "config: other.yaml", "unknown key in .*job.yaml: config"),
        ({}, {}, "just words", "key: value"),
        ({}, {}, "limit: !!python/name:os.sep", "can't be read"),
        ({"batch": 2}, {}, "", "--batch: .*for --device cuda"),
        ({"batch": 9, "cpus_per_worker": 8}, {}, "device: cuda", "--batch: .*--cpus-per-worker is the most"),
        ({"config": "mem://nowhere/job.yaml"}, {}, "", "--config mem://nowhere/job.yaml can't be read"),
    ],
)
def test_what_is_wrong_is_said_with_where_it_stands(config, flags, environment, text: str, said: str):
    with pytest.raises(UsageError, match=said) as refused:
        settled({"config": config(text), **flags}, environment)
    assert refused.value.exit_code == 2


def test_what_is_missing_is_said():
    with pytest.raises(UsageError, match="--out is missing"):
        configured({"manifest": "m.csv"}, {})
    with pytest.raises(UsageError, match="can't be read"):
        settled({"config": "/nowhere.yaml"})


def test_variables_that_kubernetes_sets_for_a_service_are_not_ours():
    address = "tcp://10.0.0.1:8265"
    names = (
        "SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8265_TCP", "PORT_8265_TCP_PROTO", "HEAD_SVC_PORT",
        "HEAD_SVC_SERVICE_HOST",
    )  # fmt: skip
    assert settled({}, {f"COLORIZER_{name}": address for name in names}) == settled({})
    with pytest.raises(UsageError, match="unknown variable: COLORIZER_SERVICE"):
        settled({}, {"COLORIZER_SERVICE": "x"})


def test_a_store_that_does_not_answer_for_the_file_is_found_before_any_work(monkeypatch: pytest.MonkeyPatch):
    class Down(MemoryStore):
        def read(self, *_: object, **__: object) -> Blob:
            raise WorldError("STORE_UNREACHABLE", "no connection")

    monkeypatch.setattr("jobs.configuration.open_stores", lambda _: Down())
    with pytest.raises(PreflightError, match=r"--config s3://b/job\.yaml can't be read: STORE_UNREACHABLE"):
        settled({"config": "s3://b/job.yaml"})


def test_ray_is_the_cluster_of_the_environment_unless_said_otherwise():
    assert settled({}).ray == "local"
    assert settled({}, {"RAY_ADDRESS": "10.0.0.1:6379"}).ray == "10.0.0.1:6379"
    assert settled({}, {"RAY_ADDRESS": "10.0.0.1:6379", "COLORIZER_RAY": "auto"}).ray == "auto"
    assert settled({"ray": "none"}, {"RAY_ADDRESS": "10.0.0.1:6379"}).ray == "none"


def test_of_many_mistakes_each_is_said_on_a_line_of_its_own():
    with pytest.raises(UsageError) as refused:
        settled({"quality": 0, "engine": "cuda"}, {"COLORIZER_WORKERS": "-1"})
    assert sorted(line.partition(":")[0] for line in str(refused.value).splitlines()) == [
        "--engine", "--quality", "COLORIZER_WORKERS",
    ]  # fmt: skip


def test_what_the_file_leaves_empty_is_as_if_it_were_not_there(config):
    assert settled({"config": config("")}) == settled({})
    assert settled({"config": config("workers:\nquality: null\n# limit: 3\n")}) == settled({})


def test_every_option_can_be_a_variable():
    strange = {
        "tolerate": "3", "redo": "all", "engine": "a.b:c", "log": "s3://b/l", "format": "png", "names": "full",
        "manifest_format": "txt", "deadline": "1h", "read_ahead": "1M", "shard_seconds": "5", "request_payer": "true",
        "breaker": "70%", "adopt": "true",
        "shared_files": "true", "foreign_etags": "true", "precision": "bf16", "device": "cuda", "batch": "1",
        "recipe": "published", "gamut": "lightness", "chroma": "guided", "label": "enhanced", "metadata": "none",
        "already_color": "recolor",
    }  # fmt: skip
    for name in RunSettings.model_fields:
        value = strange.get(name, "7")
        told = configured({**BASE, name: None}, {f"COLORIZER_{name.upper()}": value})[0]
        flagged = configured({**BASE, name: value}, {})[0]
        assert told == flagged, name
        assert name in BASE or told != settled({}), name


def test_settings_travel_and_are_told_without_any_secret(monkeypatch: pytest.MonkeyPatch):
    secrets = {"AWS_SECRET_ACCESS_KEY": "sesame", "AWS_SESSION_TOKEN": "sesame", "AWS_ACCESS_KEY_ID": "sesame"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    found = settled({"tolerate": "1%", "redo": "not_found"}, secrets)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 (our own)
    told = json.dumps(found.effective())
    assert "sesame" not in told + repr(found) + repr(found.stores())
    assert set(found.effective()) == set(RunSettings.model_fields)
    assert '"tolerate": "1%"' in told
    assert found.redo == "NOT_FOUND"


def test_the_log_lies_below_the_outputs_and_temporary_files_in_it():
    found = settled({"out": "/o/"})
    assert (found.out_uri(), found.log_uri()) == ("file:///o", "file:///o/colorizer-log")
    assert [one.folder for one in found.stores().scratch] == ["file:///o/colorizer-log/_tmp"] * 2
    assert settled({"out": "s3://b/o"}).stores().scratch == ()
