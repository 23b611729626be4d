"""Engines by name. A name with a colon is the user's own: `package.module:function`, called with (model, threads)."""

from __future__ import annotations

from importlib import import_module

from colorizer_core.engines import Engine
from colorizer_core.model import Model
from jobs.errors import UsageError

ENGINES = ("opencv",)


def build_engine(name: str, model: Model, threads: int) -> Engine:
    """The engine of that name with the model loaded, computing on `threads` threads.

    Raises:
        UsageError: there is none of that name.
        EngineError: the runtime refuses the model.
    """
    if name == "opencv":
        from colorizer_core.engines.opencv import OpenCVEngine  # a runtime is imported where it is used

        return OpenCVEngine(model, threads)
    module, colon, function = name.partition(":")
    if not colon:
        raise UsageError(
            f"there is no engine {name!r}; there is {', '.join(ENGINES)}, or your own package.module:function"
        )
    try:
        factory = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the engine {name!r} can't be imported on this worker: {error}") from error
    engine: Engine = factory(model, threads)
    return engine
