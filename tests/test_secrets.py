"""Secrets are planted, jobs are run that succeed and that fail, and every byte that they leave or say is searched."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from colorizer_core.errors import ColorizerError
from jobs import cli
from tests import runs
from tests.rgw import Rgw, admin

KEY, TOKEN = "pLanted/Secret+Key/0123456789abcdefABCDEF", "pLantedSessionToken//0123456789abcdef=="
PASSWORD, SIGNATURE = "pLantedPassword", "pLantedSignature0123456789abcdef"
MIRROR = f"http://archivist:{PASSWORD}@127.0.0.1:9/models?sv=1&sig={SIGNATURE}"
PRESIGNED = f"https://bucket.s3.amazonaws.com/a.jpg?X-Amz-Credential=AK&X-Amz-Signature={SIGNATURE}"
PLANTED = tuple({spelled for one in (KEY, TOKEN, PASSWORD, SIGNATURE) for spelled in (one, quote(one, safe=""))})


@dataclass(frozen=True, slots=True)
class Said:
    """What one command left: its exit code, what it printed, and its error's traceback with every cause."""

    code: int
    text: str
    traces: tuple[str, ...] = field(default=())


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a run in which every secret has its usual place."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyaccesskey")
    monkeypatch.setenv("COLORIZER_MIRROR", MIRROR)
    monkeypatch.setenv("COLORIZER_MAX_PIXELS", str(runs.MAX_PIXELS))


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Runs the command line in this process, as `main` does, and keeps the errors that it told."""

    def run(*arguments: object) -> Said:
        traces: list[str] = []
        app = cli.app

        def kept(*words: object, **options: object) -> None:
            try:
                app(*words, **options)
            except ColorizerError as error:
                traces.append("".join(traceback.format_exception(error)))
                raise

        monkeypatch.setattr(cli, "app", kept)
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        monkeypatch.setattr(cli, "app", app)
        out, err = capfd.readouterr()
        return Said(int(ended.value.code or 0), out + err, tuple(traces))

    return run


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder as text, Parquet decoded; and its name."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), as_text(path.name, path.read_bytes())


def as_text(name: str, data: bytes) -> str:
    raw = data.decode("latin-1")
    if data[:4] == b"PAR1":
        return raw + _table(data)
    with suppress(ValueError):  # Ray leaves an empty one now and then
        return raw + (json.dumps(json.loads(data)) if "json" in name else "")
    return raw


def _table(data: bytes) -> str:
    table = pq.read_table(pa.BufferReader(data))
    return json.dumps(table.to_pylist(), default=str) + str(table.schema.metadata)


def check_silent(said: Said, *folders: Path) -> None:
    """Nothing planted is anywhere in what was printed, raised or written."""
    found = [("printed", said.text), *(("traceback", trace) for trace in said.traces)]
    for folder in folders:
        found += [*texts(folder)]
    leaks = [(where, secret) for where, text in found for secret in PLANTED if secret in text]
    assert leaks == []


def test_the_search_finds_what_is_there(tmp_path: Path):
    (tmp_path / "log").mkdir()
    table = pa.table({"extra": [f'{{"url": "{PRESIGNED}"}}']})
    pq.write_table(table, tmp_path / "log" / "part.parquet", compression="zstd")
    for said in (Said(0, f"x {quote(KEY, safe='')}"), Said(0, "", (f"y {PASSWORD}",))):
        with pytest.raises(AssertionError):
            check_silent(said)
    with pytest.raises(AssertionError, match=r"part\.parquet"):
        check_silent(Said(0, ""), tmp_path)


def test_a_run_on_disk_keeps_its_mirror_and_not_the_mirrors_secrets(tmp_path: Path, planted: None, say):
    source, out = runs.archive(tmp_path / "in", 3), tmp_path / "out"
    said = say("run", source, "--out", out, "--ray", "none", "--engine", runs.QUICK, "--json")
    assert said.code == 0
    check_silent(said, out)
    (run,) = out.glob("colorizer-log/run=*/_run.json")
    assert json.loads(run.read_text())["settings"]["mirror"] == "http://…@127.0.0.1:9/models?…"


def test_a_row_that_fails_does_not_tell_more(tmp_path: Path, planted: None, say):
    source, out = runs.archive(tmp_path / "in", 1), tmp_path / "out"
    (source / "bad.jpg").write_bytes(b"no image")
    said = say("run", source, "--out", out, "--ray", "none", "--engine", runs.QUICK)
    assert said.code == 3
    check_silent(said, out)


def manifest(folder: Path, *lines: str) -> Path:
    path = folder / "manifest.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


BAD_OPTIONS: dict[str, tuple[list[str], dict[str, str], int]] = {
    "a mirror that is gone": (["--model", "zhang2016"], {}, 5),
    "a mirror with a space": (["--model", "zhang2016", "--mirror", f"{MIRROR} x"], {}, 5),
    "a mirror with a bad port": (["--model", "zhang2016", "--mirror", MIRROR.replace(":9/", ":port/")], {}, 5),
    "a mirror of no scheme": (["--mirror", f"gs://u:{PASSWORD}@h/m"], {}, 2),
    "a mirror in S3 with a key": (["--mirror", f"s3://AK:{KEY}@bucket/m"], {}, 2),
    "a model at an address": (["--model", MIRROR], {}, 2),
    "an output with a key": (["--out", f"s3://AK:{KEY}@bucket/out"], {}, 2),
    "a log in a variable": ([], {"COLORIZER_LOG": f"s3://AK:{KEY}@bucket/log"}, 2),
    "a number in a variable": ([], {"COLORIZER_WORKERS": MIRROR}, 2),
    "a truth in a variable": ([], {"COLORIZER_JSON": MIRROR}, 2),
    "an unknown variable": ([], {"COLORIZER_MIRRORS": MIRROR}, 2),
    "a settings file at an address": (["--config", MIRROR], {}, 2),
    "an engine": (["--engine", MIRROR], {}, 2),
    "a code": (["--redo", PRESIGNED], {}, 2),
    "a presigned photograph as the manifest": (["--manifest-format", "txt"], {"COLORIZER_OUT": "x"}, 5),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_what_is_wrong_with_an_option_is_told_without_its_secret(
    tmp_path: Path, planted: None, say, monkeypatch: pytest.MonkeyPatch, case: str
):
    options, variables, code = BAD_OPTIONS[case]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    source, out = manifest(tmp_path, f"{tmp_path}/a.jpg", "s3://b/a.jpg?X-Amz-Signature=" + SIGNATURE), tmp_path / "out"
    (tmp_path / "a.jpg").write_bytes(runs.picture(1))
    base = ["run", source, "--out", out, "--ray", "none", "--engine", runs.QUICK, "--model-cache", tmp_path / "cache"]
    said = say(*base, *options)
    assert said.code == code, said.text
    check_silent(said, *([out] if out.exists() else []))


def test_a_settings_file_that_can_not_be_read_is_not_quoted(tmp_path: Path, planted: None, say):
    config = tmp_path / "job.yaml"
    for text in (f"mirror: {MIRROR}: [", f"mirror: [{MIRROR}", f"workers: {MIRROR}", f"{MIRROR}: 1"):
        config.write_text(text)
        said = say("run", "m.csv", "--out", tmp_path / "out", "--config", config)
        assert said.code == 2
        check_silent(said)


def test_a_presigned_photograph_is_refused_and_its_signature_is_not_told(tmp_path: Path, planted: None, say):
    for line in (PRESIGNED, PRESIGNED.replace("https://bucket.s3.amazonaws.com/", "s3://bucket/")):
        out = tmp_path / "out"
        said = say("run", manifest(tmp_path, line), "--out", out, "--ray", "none", "--engine", runs.QUICK)
        assert said.code == 5
        check_silent(said, out)


BAD_FIELDS = {
    "uri, relative": PRESIGNED.partition("://")[2] + "\x01",
    "uri, of no object": f"s3://bucket?X-Amz-Signature={SIGNATURE}",
    "uri, of no scheme": PRESIGNED.replace("https", "gs"),
    "uri, of no path": f"file://host?X-Amz-Signature={SIGNATURE}",
    "size": PRESIGNED,
    "mtime": PRESIGNED,
    "etag": PRESIGNED + "\x01",
}


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_a_bad_field_of_a_manifest_is_told_without_its_secret(tmp_path: Path, planted: None, say, field: str):
    column = field.partition(",")[0]
    listed = {"uri": "s3://bucket/a.jpg", "size": "", "mtime": "", "etag": "", column: BAD_FIELDS[field]}
    path = tmp_path / "manifest.csv"
    path.write_text(",".join(listed) + "\n" + ",".join(listed.values()) + "\n")
    said = say("run", path, "--out", tmp_path / "out", "--ray", "none", "--engine", runs.QUICK)
    assert said.code == 5
    assert "line 2" in said.text
    assert said.traces
    check_silent(said, tmp_path / "out")


def test_of_signed_urls_in_other_columns_the_log_keeps_what_does_not_work(tmp_path: Path, planted: None, say):
    (tmp_path / "a.jpg").write_bytes(runs.picture(1))
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    others = {"title": "Harbour", "preview": PRESIGNED, "partner": MIRROR, "note": f"see {PRESIGNED}&x=1, and {MIRROR}"}
    lines = [json.dumps({"uri": str(tmp_path / name)} | others) for name in ("a.jpg", "bad.jpg")]
    out, path = tmp_path / "out", tmp_path / "manifest.jsonl"
    path.write_text("\n".join(lines))
    said = say("run", path, "--out", out, "--ray", "none", "--engine", runs.QUICK)
    assert said.code == 3
    check_silent(said, out)
    preview = "https://bucket.s3.amazonaws.com/a.jpg?X-Amz-Credential=…&X-Amz-Signature=…"
    partner = "http://…@127.0.0.1:9/models?sv=1&sig=…"
    kept = {"title": "Harbour", "preview": preview, "partner": partner, "note": f"see {preview}&x=1, and {partner}"}
    assert [json.loads(row["extra"]) for row in runs.log_rows(out)] == [kept, kept]


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, planted: None) -> Rgw:
    """An S3 server by the usual variables, its secret among the planted where it may be any."""
    found: Rgw = request.getfixturevalue(request.param)
    secret = KEY if request.param == "moto" else found.secret_key
    for name, value in (found.env() | {"AWS_SECRET_ACCESS_KEY": secret}).items():
        monkeypatch.setenv(name, value)
    return found


def download_all(server: Rgw, bucket: str, folder: Path) -> Path:
    """A bucket's objects as files."""
    client = admin(server)
    for found in client.list_objects_v2(Bucket=bucket).get("Contents", []):
        path = folder / "bucket" / found["Key"].replace("/", "_")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    return folder / "bucket"


BUCKETS = [  # moto takes any secret
    *[(server, case, code) for server in ("moto", "rgw") for case, code in (("all well", 0), ("no bucket", 5))],
    *[("rgw", "a wrong secret", 5), ("moto", "no server", 5)],
]


@pytest.mark.parametrize(("server", "case", "code"), BUCKETS, indirect=["server"])
def test_of_a_bucket_only_names_are_told(
    server: Rgw, bucket_name: str, tmp_path: Path, say, monkeypatch: pytest.MonkeyPatch, case: str, code: int
):
    client = admin(server)
    client.create_bucket(Bucket=bucket_name)
    for number in range(2):
        client.put_object(Bucket=bucket_name, Key=f"in/{number}.jpg", Body=runs.picture(number))
    out = f"s3://{bucket_name}/out"
    if case == "a wrong secret":
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    elif case == "no bucket":
        out = f"s3://no-{bucket_name}/out"
    elif case == "no server":
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    said = say("run", f"s3://{bucket_name}/in/", "--out", out, "--ray", "none", "--engine", runs.QUICK)
    assert said.code == code, said.text
    check_silent(said, download_all(server, bucket_name, tmp_path))


def test_rays_processes_and_their_logs_tell_no_more(tmp_path: Path, planted: None):
    source, out = runs.archive(tmp_path / "in", 2), tmp_path / "out"
    with tempfile.TemporaryDirectory(prefix="ray") as ours:  # short: Ray's sockets lie in it
        environment = {**os.environ, "RAY_TMPDIR": ours}
        command = runs.command(source, out, "--ray", "local", "--workers", "1", "--engine", runs.QUICK, **environment)
        stdout, stderr = command.communicate(timeout=120)
        assert command.returncode == 0, stderr
        assert [*Path(ours).rglob("raylet.out")]
        check_silent(Said(0, stdout + stderr), out, Path(ours))
