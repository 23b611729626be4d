"""`colorizer doctor`: each finding on a machine where it is so, and what to do in order."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from colorizer_core import requirement
from jobs import catalog as catalog_module
from jobs import software
from jobs.catalog import catalog
from jobs.check import Check, fail, ok, warn
from jobs.cli import main
from jobs.computer import GroupLimits, cores_check, group_limits, memory_check
from jobs.doctor import Diagnosis, diagnose
from jobs.model_check import model_checks
from jobs.model_shelf import describe
from jobs.model_store import cached_path
from jobs.place_probe import probe_checks
from jobs.storage.memory import MemoryStore
from jobs.storage.s3_credentials import CredentialSource, credential_source
from jobs.storage.settings import StoreSettings
from jobs.storage.stores import open_stores
from jobs.surroundings import address_check, credential_checks
from tests import models
from tests.rgw import Rgw, admin

SECRET = "s3cr3t/with+slash"  # noqa: S105 - nobody's


def by_name(checks: object) -> dict[str, Check]:
    return {one.name: one for one in checks}  # type: ignore[attr-defined]


def probed(place: object) -> dict[str, str]:
    return {one.name.rpartition(": ")[2]: one.verdict for one in probe_checks(str(place), open_stores(StoreSettings()))}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("RAY_ADDRESS", "COLORIZER_RAY"):
        monkeypatch.delenv(name, raising=False)


def test_where_all_is_well_it_says_so_and_asks_nobody_on_the_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"asked {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    monkeypatch.setattr("jobs.doctor.computer_checks", lambda: iter(()))  # of this machine, whatever it is
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    out = capsys.readouterr().out
    assert ended.value.code in (None, 0), out
    for begun in ("ok    Python: ", "ok    packages: all ", "ok    OpenCV: 4.", "ok    model mini: embedded, whole"):
        assert begun in out
    assert "ok    engine opencv fp32 cpu: runs" in out
    assert "ok    credentials: none in variables and files" in out
    assert out.endswith("Nothing to mend.\n")
    assert max(map(len, out.splitlines())) <= 80


def test_what_fails_is_to_be_done_before_what_is_doubtful_each_in_the_order_of_the_checks():
    found = Diagnosis((ok("a", "fine"), warn("b", "odd", "B"), fail("c", "broken", "C"), warn("d", "odd", "D")))
    assert (found.exit_code, found.as_dict()["to_do"]) == (5, ["C", "B", "D"])
    text = "\n".join(found.lines())
    assert text.index("1.    c: C") < text.index("2.    b: B") < text.index("3.    d: D")
    assert Diagnosis((ok("a", "fine"), warn("b", "odd", "B"))).exit_code == 0


@pytest.mark.parametrize(
    ("files", "own", "expected"),
    [
        ({}, "", GroupLimits()),
        ({"cpu.max": "max 100000", "memory.max": "max"}, "", GroupLimits()),
        ({"cpu.max": "150000 100000", "memory.max": "1073741824"}, "", GroupLimits(1.5, 2**30)),
        ({"a/b/cpu.max": "400000 100000", "a/cpu.max": "50000 100000"}, "/a/b", GroupLimits(0.5)),
        ({"a/memory.max": "2048", "memory.max": "1024"}, "/a", GroupLimits(None, 1024)),
        (
            {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000", "memory/memory.limit_in_bytes": "4096"},
            "", GroupLimits(2.0, 4096),
        ),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000",
          "memory/memory.limit_in_bytes": "9223372036854771712"}, "", GroupLimits()),
    ],
)  # fmt: skip
def test_the_tightest_limit_of_a_control_group_counts(
    tmp_path: Path, files: dict[str, str], own: str, expected: GroupLimits
):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert group_limits(tmp_path, own) == expected


def test_cores_and_memory_that_a_run_may_not_have_are_told():
    assert cores_check(8, 8, GroupLimits()).verdict == "ok"
    limited = cores_check(8, 8, GroupLimits(cores=2.5))
    assert (limited.verdict, "--workers 2" in str(limited.remedy)) == ("warn", True)
    assert "affinity" in cores_check(8, 4, GroupLimits()).found
    assert memory_check(64 * 2**30, GroupLimits()).verdict == "ok"
    assert memory_check(64 * 2**30, GroupLimits(memory=2**30)).verdict == "warn"


@pytest.mark.parametrize(
    ("required", "verdicts"),
    [
        (["numpy>=2"], ["ok"]),
        (["numpy>=99"], ["fail"]),
        (["numpy<1"], ["fail"]),
        (["no-such-package-anywhere>=1"], ["fail"]),
        (["no-such-package-anywhere>=1; extra == 'train'"], ["ok"]),
        (["pytest>=99; extra == 'test'"], ["warn"]),
        (["tomli>=99; python_version < '3'"], ["ok"]),
    ],
)
def test_packages_are_held_against_their_bounds(
    monkeypatch: pytest.MonkeyPatch, required: list[str], verdicts: list[str]
):
    monkeypatch.setattr(requirement, "requires", lambda _: required)
    found = [one for one in software.package_checks() if one.name != "OpenCV"]
    assert [one.verdict for one in found] == verdicts
    assert all("pip install" in str(one.remedy) for one in found if one.verdict != "ok")


def test_an_opencv_without_the_importer_fails(monkeypatch: pytest.MonkeyPatch):
    import cv2

    monkeypatch.delattr(cv2.dnn, "readNetFromCaffe")
    found = software.opencv_check()
    assert (found.verdict, "has no readNetFromCaffe" in found.found) == ("fail", True)
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert software.opencv_check().verdict == "fail"


def test_an_embedded_model_that_is_damaged_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    shutil.copytree(models.MINI.parent, tmp_path / "models")
    monkeypatch.setattr(catalog_module, "_INSTALLED", tmp_path / "models")
    store = open_stores(StoreSettings())
    assert by_name(model_checks(str(tmp_path), store))["model mini"].verdict == "ok"
    weights = next((tmp_path / "models" / "mini").glob("*.caffemodel"))
    weights.write_bytes(weights.read_bytes()[:-100_000])
    assert by_name(model_checks(str(tmp_path), store))["model mini"].verdict == "fail"


def test_cached_models_are_checked_by_their_checksums(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    store, entry = open_stores(StoreSettings()), catalog()["zhang2016"]
    files = [
        replace(file, size=4, sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        for file in entry.files
    ]
    small = replace(entry, files=tuple(files))
    monkeypatch.setattr("jobs.model_check.catalog", lambda: {"zhang2016": small})

    def found() -> Check:
        return by_name(model_checks(str(tmp_path), store))["model zhang2016"]

    assert (found().verdict, "not in" in found().found) == ("ok", True)
    for number, file in enumerate(files):
        cached_path(str(tmp_path), file).parent.mkdir(exist_ok=True)
        cached_path(str(tmp_path), file).write_bytes(b"test")
        assert found().verdict == ("ok" if number == 2 else "warn")
    cached_path(str(tmp_path), files[0]).write_bytes(b"<htm")
    assert (found().verdict, "models fetch zhang2016" in str(found().remedy)) == ("fail", True)


def test_a_cache_that_can_not_be_looked_into_is_said_by_doctor_and_holds_nothing_for_the_list():
    cache = f"/{'x' * 300}"  # as where a folder is another user's, the system says no more than that it can't
    found = by_name(model_checks(cache, open_stores(StoreSettings())))["model zhang2016"]
    assert (found.verdict, "can't be read" in found.found) == ("fail", True)
    (known,) = [one for one in describe(cache).models if one.name == "zhang2016"]
    assert len(known.missing) == 3


def test_a_ray_address_is_reached_or_not():
    assert address_check("").verdict == address_check("auto").verdict == "ok"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert address_check(f"127.0.0.1:{port}").verdict == address_check(f"ray://127.0.0.1:{port}").verdict == "ok"
    assert address_check(f"127.0.0.1:{port}").verdict == "fail"
    assert address_check("nonsense").verdict == address_check("host:99999999").verdict == "fail"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A profile of each kind, and the file."""
    config = tmp_path / "config"
    config.write_text(
        f"[profile keys]\naws_access_key_id = AKIAX\naws_secret_access_key = {SECRET}\nregion = eu-west-1\n"
        f"endpoint_url = https://user:{SECRET.replace('/', '')}@s3.example.org\n"
        "[profile program]\ncredential_process = touch /tmp/must-not-be-run\n"
        "[profile role]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Ec2InstanceMetadata\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    return config


@pytest.mark.parametrize(
    ("environment", "method"),
    [
        ({}, None),
        ({"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": SECRET}, "env"),
        ({"AWS_PROFILE": "keys"}, "config-file"),
        ({"AWS_PROFILE": "program"}, "custom-process"),
        ({"AWS_PROFILE": "role"}, "assume-role"),
    ],
)
def test_the_source_of_credentials_is_told_and_never_the_secret(
    aws: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], method: str | None
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = credential_source(ask=False)
    assert (found.method, found.obstacle) == (method, None)
    said = json.dumps([one.as_dict() for one in credential_checks(found, is_needed=False)])
    assert SECRET not in said
    assert SECRET.replace("/", "") not in said
    assert "AKIAX" not in said


def test_a_profile_that_is_not_there_and_missing_credentials_fail(aws: Path, monkeypatch: pytest.MonkeyPatch):
    assert by_name(credential_checks(CredentialSource(None), is_needed=True))["credentials"].verdict == "fail"
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert by_name(credential_checks(credential_source(ask=False), is_needed=False))["credentials"].verdict == "fail"


def test_a_folder_is_listed_read_and_written_to_and_left_as_it_was(tmp_path: Path):
    (tmp_path / "in" / "box").mkdir(parents=True)
    (tmp_path / "in" / "box" / "a.jpg").write_bytes(b"photograph")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "in").rglob("*") if path.is_file()}
    assert probed(tmp_path / "in") == {"list": "ok", "read": "ok", "write": "ok", "create": "ok"}
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "in").rglob("*") if path.is_file()} == before


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path):
    assert probed(tmp_path / "new" / "out") == {"list": "warn"}
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written_is_doubtful(tmp_path: Path):
    tmp_path.chmod(0o500)
    assert probed(tmp_path) == {"list": "ok", "write": "warn"}


def test_a_store_that_overwrites_where_it_was_told_not_to_is_doubtful():
    class Careless(MemoryStore):
        def create(self, uri: str, data: bytes, content_type: str = "") -> None:
            self.write(uri, data, content_type)

    store = Careless()
    store.write("mem://x/a.jpg", b"photograph")
    assert [one.verdict for one in probe_checks("mem://x", store)] == ["ok", "ok", "ok", "warn"]


def test_a_bucket_is_probed_and_a_missing_one_and_a_wrong_secret_are_told(
    rgw: Rgw, bucket_name: str, monkeypatch: pytest.MonkeyPatch
):
    for name, value in rgw.env().items():
        monkeypatch.setenv(name, value)
    s3 = admin(rgw)
    s3.create_bucket(Bucket=bucket_name)
    s3.put_object(Bucket=bucket_name, Key="in/a.jpg", Body=b"photograph")
    assert probed(f"s3://{bucket_name}/in") == {"list": "ok", "read": "ok", "write": "ok", "create": "ok"}
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket_name)["Contents"]] == ["in/a.jpg"]
    assert probed("s3://there-is-no-such-bucket/x") == {"list": "fail"}
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    found = diagnose([f"s3://{bucket_name}/in"], None)
    assert (found.exit_code, SECRET in json.dumps(found.as_dict())) == (5, False)
    assert any("CREDENTIALS_REFUSED" in one.found for one in found.checks)


def test_json_has_every_finding_and_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    with pytest.raises(SystemExit):
        main(["doctor", str(tmp_path / "nowhere"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert {"exit_code", "to_do", "checks"} == set(found)
    assert {"name", "verdict", "found", "remedy"} == set(found["checks"][0])
    assert len(found["to_do"]) == sum(one["verdict"] != "ok" for one in found["checks"])


def test_a_place_of_no_store_is_a_mistake_of_the_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "gs://archive/x"])
    assert (ended.value.code, "there is no store gs://" in capsys.readouterr().err) == (2, True)
