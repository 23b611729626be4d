"""cluster.yaml: valid for the Ray that is installed, and what the README says of it."""

import json
from pathlib import Path

import jsonschema
import ray.autoscaler
import yaml

ROOT = Path(__file__).resolve().parents[1]
CLUSTER = yaml.safe_load((ROOT / "cluster.yaml").read_text())


def test_it_is_valid_by_the_schema_that_ray_ships():
    schema = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())
    jsonschema.validate(CLUSTER, schema)


def test_the_head_is_on_demand_and_workers_are_spot_from_zero():
    head, worker = (CLUSTER["available_node_types"][name] for name in ("head", "worker"))
    assert CLUSTER["head_node_type"] == "head"
    assert "InstanceMarketOptions" not in head["node_config"]
    assert worker["node_config"]["InstanceMarketOptions"]["MarketType"] == "spot"
    assert worker["min_workers"] == 0
    assert head["resources"] == {"CPU": 0}


def test_head_and_workers_start_from_one_image_whose_python_is_new_enough():
    """Without one Ray takes Ubuntu 18.04, whose Python is 3.6."""
    (image,) = {kind["node_config"]["ImageId"] for kind in CLUSTER["available_node_types"].values()}
    assert image.startswith("resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/")
    venv = next(command for command in CLUSTER["setup_commands"] if "-m venv" in command)
    assert any(
        "install python3-venv" in command
        for command in CLUSTER["setup_commands"][: CLUSTER["setup_commands"].index(venv)]
    )


def test_prometheus_knows_the_port_and_workers_have_the_memory():
    for commands in ("head_start_ray_commands", "worker_start_ray_commands"):
        (start,) = [command for command in CLUSTER[commands] if "ray start" in command]
        assert "--metrics-export-port=8080" in start
        assert "--object-store-memory=268435456" in start


def test_only_dist_is_mounted_and_the_wheel_is_installed_with_its_constraints():
    assert list(CLUSTER["file_mounts"].values()) == ["./dist"]
    install = next(command for command in CLUSTER["setup_commands"] if "pip install" in command)
    assert "--constraint" in install
    assert ".whl" in install


def test_it_holds_no_credentials_and_sets_limits():
    text = (ROOT / "cluster.yaml").read_text().lower()
    assert not [word for word in ("aws_access_key", "aws_secret", "session_token", "password") if word in text]
    for commands in ("head_start_ray_commands", "worker_start_ray_commands"):
        assert any("ulimit -n 65536" in command for command in CLUSTER[commands])
