"""What a run finds around it: the Ray cluster that it would join, and the credentials that S3 would be asked with."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from jobs.check import Check, fail, ok, warn
from jobs.shown import shown
from jobs.storage.s3_credentials import CredentialSource

_SECONDS = 3.0
_OWN = ("", "local", "none", "auto")


def address_check(address: str) -> Check:
    """Whether something listens where RAY_ADDRESS points. Only that one connection is made, and nothing said in it."""
    if address in _OWN:
        return ok("RAY_ADDRESS", f"{address or 'not set'}; a run starts a local Ray unless --ray says otherwise")
    host, port = _host_and_port(address)
    remedy = "Start or reach the cluster (ray start, ray attach), or unset RAY_ADDRESS; --ray none needs none."
    if host is None or port is None:
        return fail("RAY_ADDRESS", f"{shown(address)} is no address", "Write HOST:PORT, or unset it.")
    try:
        with socket.create_connection((host, port), _SECONDS):
            return ok("RAY_ADDRESS", f"{shown(address)} answers")
    except OSError as error:
        return fail("RAY_ADDRESS", f"{shown(address)} does not answer: {error.strerror or error}", remedy)


def credential_checks(source: CredentialSource, is_needed: bool) -> Iterator[Check]:
    """Where credentials come from, the region and the endpoint.

    Args:
        source: what was found.
        is_needed: whether a place in S3 was asked about, which needs them.
    """
    remedy = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on AWS give the machine a role."
    if source.obstacle is not None:
        yield fail("credentials", shown(source.obstacle), "Check AWS_PROFILE and ~/.aws/config.")
        return
    if source.method is None and is_needed:
        yield fail("credentials", "boto3 finds none", remedy)
    elif source.method is None:
        found = "none in variables and files; a role of this machine is asked for only with a PLACE in S3"
        yield ok("credentials", found)
    else:
        profile = f", profile {shown(source.profile)}" if source.profile else ""
        yield ok("credentials", f"by {source.method}{profile}")
    if source.endpoint is not None:
        yield ok("S3 endpoint", shown(source.endpoint))
    if source.region is None and source.method is not None and source.endpoint is None:
        yield warn("region", "none is set", "Set AWS_DEFAULT_REGION to the bucket's.")
    elif source.region is not None:
        yield ok("region", shown(source.region))


def _host_and_port(address: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address if "://" in address else f"ray://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None, None
    return host, port
