"""Why a worker ended, or can't be loaded, by what Ray says of it."""

from __future__ import annotations

import time
from typing import cast

from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError, RayTaskError

from colorizer_core.errors import ColorizerError, EngineError, ModelError
from jobs.codes import WorldCode
from jobs.errors import StorageError, WorldError
from jobs.pool import Cause
from jobs.ray_pool.actor import Actor
from jobs.ray_pool.cluster import is_alive

_NODE_PATIENCE = 20.0
"""Seconds for Ray to find out that a node is gone: its health checks take up to 15."""


def node_patience() -> float:
    """Until when it is waited for the news that a node is gone: one time for all actors that ended together."""
    return time.monotonic() + _NODE_PATIENCE


def end_of(actor: Actor, error: RayError, until: float) -> Cause:
    """What ended an actor with shards in hand; `until` as `node_patience` says."""
    if actor.hangs is not None:
        return cast("Cause", actor.hangs)
    if _is_node_gone(actor.node, error, until):
        return "node"
    return "memory" if _is_out_of_memory(error) else "process"


def tells_of_node(error: RayError) -> bool:
    """Whether Ray says by itself that an actor ended with its node."""
    return bool(getattr(error, "preempted", False)) or "node has died" in str(error).lower()


def _is_node_gone(node: str, error: RayError, until: float) -> bool:
    """Whether an actor ended with its node. Where Ray only lost sight of the actor it may take a while to tell."""
    if tells_of_node(error):
        return True
    while True:
        if not is_alive(node):
            return True
        if not isinstance(error, ActorUnavailableError) or time.monotonic() >= until:
            return False
        time.sleep(0.5)


def _is_out_of_memory(error: RayError) -> bool:
    """Whether Ray ended the actor because its node ran out of memory; its error for that is no `RayActorError`."""
    return isinstance(error, OutOfMemoryError) or "out_of_memory" in str(error).lower()


def why_none_loads(error: RayError) -> WorldError:
    """Why workers can't be loaded, by what the last one said."""
    cause = error.cause if isinstance(error, RayTaskError) else error
    reason = cause_of(error)
    code: WorldCode = "NO_WORKER"
    if isinstance(cause, WorldError):
        code, reason = cause.code, cause.reason
    elif isinstance(cause, ModelError | StorageError):
        code = "MODEL_LOST"
    elif isinstance(cause, EngineError):
        code = "ENGINE_FAILED"
    return WorldError(code, f"no worker is left and none can be started: {reason}")


def cause_of(error: RayError) -> str:
    """In one line where the error is ours, or tells of too little memory."""
    if isinstance(error, RayTaskError) and isinstance(error.cause, ColorizerError | MemoryError):
        return str(error.cause)
    return str(error)
