"""deploy/: valid by the schemas of what reads it, runnable by the real command line, and without a root or a secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from colorizer_core import __version__
from tests.manifests import DEPLOY, dockerfile, job_spec, settings_of
from tests.runs import ROOT

SCHEMAS = ROOT.parent / "shared/data/kuberay"
JOBS = ["rayjob.yaml", "raycronjob.yaml"]
DAY = 24 * 3600
STEPS = dockerfile()
FINAL = [step for step in STEPS if step.stage == STEPS[-1].stage]


def pinned(package: str) -> str:
    """Its version in constraints.txt."""
    (version,) = re.findall(rf"^{package}==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    return str(version)


def pods(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod specs of a job's cluster: of the head, and of each group of workers."""
    cluster = spec["rayClusterSpec"]
    yield "head", cluster["headGroupSpec"]["template"]["spec"]
    for group in cluster["workerGroupSpecs"]:
        yield group["groupName"], group["template"]["spec"]


def values(tree: Any, name: str) -> Iterator[Any]:
    """Whatever stands under a key of that name, at any depth."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield value
            yield from values(value, name)
    elif isinstance(tree, list):
        for one in tree:
            yield from values(one, name)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="KubeRay's schemas, ../shared/data/kuberay, are not here")
@pytest.mark.parametrize("name", JOBS)
def test_it_is_valid_by_kuberays_own_schema(name: str):
    manifest = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    schema = json.loads((SCHEMAS / f"{manifest['kind']}.v1.schema.json").read_text())
    jsonschema.validate(manifest, schema)
    with pytest.raises(jsonschema.ValidationError):  # it is one that refuses something
        jsonschema.validate(manifest | {"spec": manifest["spec"] | {"concurrencyPolicy": "Forbid"}}, schema)


@pytest.mark.parametrize("name", JOBS)
def test_the_run_joins_the_cluster_and_ends_by_itself_before_kubernetes_ends_it(name: str):
    spec = job_spec(name)
    run = settings_of(spec["entrypoint"])
    assert run.ray == "auto"
    assert str(run.tolerate) == "1%"
    assert run.deadline is not None
    assert run.wait_nodes + run.deadline + run.row_timeout < spec["activeDeadlineSeconds"] < DAY
    (group,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    assert run.workers == group["maxReplicas"] * int(group["rayStartParams"]["num-cpus"])
    assert run.cpus_per_worker == 1


@pytest.mark.parametrize("name", JOBS)
def test_the_head_is_on_demand_and_workers_come_from_spot_and_from_zero(name: str):
    spec = job_spec(name)
    (_, head), (_, worker) = pods(spec)
    assert head["nodeSelector"] == {"karpenter.sh/capacity-type": "on-demand"}
    assert "tolerations" not in head
    assert "affinity" not in head
    assert any("spot" in one["key"] and one["effect"] == "NoSchedule" for one in worker["tolerations"])
    (preferred,) = worker["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert [one["values"] for one in preferred["preference"]["matchExpressions"]] == [["spot"]]
    (group,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    assert group["replicas"] == group["minReplicas"] == 0 < group["maxReplicas"]
    assert spec["rayClusterSpec"]["enableInTreeAutoscaling"] is True
    assert spec["rayClusterSpec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


@pytest.mark.parametrize("name", JOBS)
def test_the_cluster_goes_after_the_run_and_prometheus_has_time_to_read_its_last_figures(name: str):
    spec = job_spec(name)
    assert spec["shutdownAfterJobFinishes"] is True
    assert 60 <= spec["ttlSecondsAfterFinished"] <= 600
    for _, pod in pods(spec):
        assert {"name": "metrics", "containerPort": 8080} in pod["containers"][0]["ports"]


def test_a_run_that_nobody_starts_again_is_retried_and_a_nightly_one_is_not():
    assert job_spec("rayjob.yaml")["backoffLimit"] == 2
    assert job_spec("raycronjob.yaml")["backoffLimit"] == 0


def test_the_nightly_job_is_the_other_one_but_for_its_retries():
    once, nightly = job_spec("rayjob.yaml"), job_spec("raycronjob.yaml")
    assert once | {"backoffLimit": 0} == nightly
    cron = yaml.safe_load((DEPLOY / "raycronjob.yaml").read_text(encoding="utf-8"))["spec"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", cron["schedule"])  # a day lies between two
    assert cron["timeZone"]


@pytest.mark.parametrize("name", JOBS)
def test_every_pod_is_nobody_and_keeps_within_the_memory_that_it_asked_for(name: str):
    spec = job_spec(name)
    for _, pod in pods(spec):
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 1000
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        asked, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert (asked["memory"], asked["ephemeral-storage"]) == (limits["memory"], limits["ephemeral-storage"])
        assert pod["serviceAccountName"] == "colorizer"


@pytest.mark.parametrize("name", JOBS)
def test_no_secret_stands_in_it_and_ray_asks_for_a_token(name: str):
    spec = job_spec(name)
    stated = [one for found in values(spec, "env") for one in found if "value" in one]
    assert not [one["name"] for one in stated if re.search("KEY|SECRET|TOKEN|PASSWORD", one["name"])]
    assert not re.search("AKIA|aws_secret|password:", (DEPLOY / name).read_text(encoding="utf-8"))
    assert spec["rayClusterSpec"]["authOptions"] == {"mode": "token"}


@pytest.mark.parametrize("name", JOBS)
def test_all_nodes_have_one_image_of_this_version_and_the_ray_that_is_pinned(name: str):
    spec = job_spec(name)
    (image,) = set(values(spec["rayClusterSpec"], "image"))
    assert image == f"registry.example.org/colorizer:{__version__}"
    assert spec["rayClusterSpec"]["rayVersion"] == pinned("ray")
    assert f"-t {image} ." in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_what_the_dockerfile_copies_is_in_the_checkout_and_gets_past_dockerignore():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {source for step in STEPS if step.name == "COPY" for source in step.sources()}
    assert "*" in lines
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def test_the_wheel_finds_in_the_image_all_that_it_is_built_from():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.findall(r'"(\w+)"', re.findall(r"^packages = (.*)$", text, re.MULTILINE)[0])
    included = re.findall(r'^"(\w+)/\S+" = "jobs/', text, re.MULTILINE)
    copied = {source for step in STEPS if step.stage == 0 and step.name == "COPY" for source in step.sources()}
    assert {*packages, *included, "README.md", "LICENSE", "pyproject.toml", "constraints.txt"} == copied


def test_the_image_runs_as_nobody_with_a_health_check_that_it_has():
    names = [step.name for step in FINAL]
    users = [step.words for step in FINAL if step.name == "USER"]
    assert users == [["1000:1000"]]
    after = FINAL[names.index("USER") + 1 :]
    assert {step.name for step in after} <= {"WORKDIR", "ENV", "RUN", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    (check,) = [step for step in FINAL if step.name == "HEALTHCHECK"]
    assert check.words[-2:] == ["CMD", '["colorizer-healthcheck"]']
    (script,) = [step for step in FINAL if step.sources() == ["deploy/healthcheck.sh"]]
    assert script.words[-1] == "/usr/local/bin/colorizer-healthcheck"
    assert any("install" in step.words and "wget" in step.words for step in FINAL)


def test_every_stage_has_the_same_python_and_installs_what_is_pinned():
    bases = {step.words[0] for step in STEPS if step.name == "FROM"}
    (version,) = [step.words[0].partition("=")[2] for step in STEPS if step.words[0].startswith("PYTHON=")]
    assert bases == {"python:${PYTHON}-slim-bookworm"}
    assert tuple(map(int, version.split("."))) >= (3, 10)
    installs = [" ".join(step.words) for step in STEPS if "pip install" in " ".join(step.words)]
    assert len(installs) == 2
    assert all("--constraint" in one for one in installs)


@pytest.mark.parametrize("script", ["healthcheck.sh", "cron/colorize.sh"])
def test_a_script_is_bash_that_stops_at_errors_and_can_be_started(script: str):
    path = DEPLOY / script
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)


def test_crons_line_is_a_run_that_ends_before_the_next():
    lines = (DEPLOY / "cron/crontab").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if re.match(r"\d", line)]
    *when, command = line.split(maxsplit=5)
    assert re.fullmatch(r"\d+ \d+ \* \* \*", " ".join(when))
    script, _, options = command.partition(" >> ")[0].partition(" ")
    assert Path(script).name == "colorize.sh"
    assert not re.search(r"(?<!\\)%", options)  # cron would cut the line there
    run = settings_of(f"colorizer run {options} --ray auto".replace(r"\%", "%"))
    assert run.deadline is not None
    assert run.deadline < DAY


def first_column(page: str, after: str) -> list[str]:
    """Of the first table behind a heading."""
    rows = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(after)[2].partition("\n\n|")[2]
    return [line.split("|")[1].strip() for line in ("|" + rows).partition("\n\n")[0].splitlines()[2:]]


def test_the_document_says_of_each_exit_code_what_a_scheduler_should_do():
    codes = dict.fromkeys(first_column("codes.md", "# Exit codes"))  # some stand twice: of other commands
    assert first_column("deploy.md", "## What to do after each exit code") == [*codes, "137, or none"]
