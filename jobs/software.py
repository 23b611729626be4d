"""What is installed: Python, the packages and their bounds, OpenCV's importer, the engines, and whether each runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.util import find_spec

import numpy as np
from packaging.requirements import Requirement

from colorizer_core.engines.choice import DEFAULT, EngineChoice, ways
from colorizer_core.errors import ColorizerError
from colorizer_core.requirement import bounded, pip_install, requirements
from jobs.check import Check, fail, ok, warn
from jobs.engine_choice import build_engine, check_here
from jobs.forms import Network
from jobs.model_store import resolve
from jobs.storage.store import Store

_OLDEST = (3, 10)
_MODULES = {"opencv": "cv2", "openvino": "openvino", "onnxruntime": "onnxruntime"}


def python_check() -> Check:
    """Whether this Python is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST:
        return fail("Python", found, "Install Python 3.10 or newer, and Colorizer in it.")
    return ok("Python", found)


def package_checks() -> Iterator[Check]:
    """Of each package that Colorizer needs whether it is there and within its bounds; of the others only the bounds."""
    required = list(requirements())
    if not required:
        yield fail("packages", "Colorizer itself is not installed", "make setup, or install the wheel of `make wheel`.")
        return
    wrong = [check for one in required if (check := _package(one)) is not None]
    yield from wrong or [ok("packages", f"all {sum(map(_is_needed, required))} within their bounds")]
    yield from _several_opencvs()


def opencv_check() -> Check:
    """Whether OpenCV reads a Caffe network: OpenCV 5 does not."""
    try:
        cv2 = import_module("cv2")
    except ImportError as error:
        return fail("OpenCV", f"can't be imported: {error}", f"{pip_install(EngineChoice().package)} --force-reinstall")
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        found = f"{cv2.__version__} has no readNetFromCaffe"
        return fail("OpenCV", found, f"{pip_install(EngineChoice().package)}, in a venv of Colorizer's own.")
    return ok("OpenCV", f"{cv2.__version__}, reads Caffe networks")


def engine_checks(store: Store) -> Iterator[Check]:
    """Of every way of running the network whether it is installed, and whether the embedded model runs on it."""
    try:
        network = Network(resolve("mini", None, store), None, store)
    except ColorizerError as error:
        yield fail("engines", f"there is no network to try them with: {error}", "See to the embedded model first.")
        return
    for choice in ways():
        yield _engine(choice, network)


def ray_check() -> Check:
    """Whether Ray can be imported. None is started."""
    try:
        import_module("jobs.ray_pool")
        return ok("Ray", version("ray"))
    except (ImportError, PackageNotFoundError) as error:
        return fail("Ray", f"can't be imported: {error}", f"{pip_install('ray')}; --ray none needs none.")


def _is_needed(one: Requirement) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": ""})


def _package(one: Requirement) -> Check | None:
    """What is wrong with a package; None where nothing is."""
    try:
        found = version(one.name)
    except PackageNotFoundError:
        return fail(one.name, "is not installed", f"pip install '{bounded(one)}'") if _is_needed(one) else None
    if one.specifier.contains(found, prereleases=True) or (
        one.marker and "extra" not in str(one.marker) and not _is_needed(one)
    ):
        return None
    said = f"{found} is outside of {one.specifier}"
    remedy = f"pip install '{bounded(one)}'"
    return fail(one.name, said, remedy) if _is_needed(one) else warn(one.name, said, remedy)


def _several_opencvs() -> Iterator[Check]:
    """Two of OpenCV's packages write the same files, and which one is imported is chance."""
    names = {str(one.metadata["Name"]).lower() for one in distributions() if one.metadata["Name"]}
    there = sorted(name for name in names if name.startswith("opencv-") and "python" in name)
    if len(there) > 1:
        remedy = f"pip uninstall {' '.join(there)}, then {pip_install(EngineChoice().package)}"
        yield warn("OpenCV", f"{' and '.join(there)} are both installed and overwrite each other", remedy)


def _engine(choice: EngineChoice, network: Network) -> Check:
    name = f"engine {choice.name} {choice.precision} {choice.device}"
    if find_spec(_MODULES[choice.name]) is None:
        return ok(name, f"not installed; {pip_install(choice.package)} if you want it")
    try:
        check_here(choice)
        engine = build_engine(choice, network)
        small = engine.forward(np.zeros((engine.input_size,) * 2, np.float32))
    except ColorizerError as error:
        return _obstacle(name, choice, str(error))
    if not np.isfinite(small).all():
        return fail(name, "gives numbers that are none", "Choose another --engine; tell us.")
    return ok(name, "runs")


def _obstacle(name: str, choice: EngineChoice, why: str) -> Check:
    """Only the default must run; the processor or a missing GPU is nothing to mend."""
    if choice == EngineChoice(DEFAULT):
        return fail(name, why, "Reinstall opencv-python-headless, or choose another --engine.")
    if choice.device != "cpu" or choice.precision != "fp32":
        return ok(name, f"not here: {why}")
    return warn(name, why, f"Reinstall it ({pip_install(choice.package)} --force-reinstall), or leave it alone.")
