"""Which credentials S3 would be asked with: where they come from, never what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.session import Session

_IN_FILES = ("env", "shared-credentials-file", "config-file")
"""botocore's providers that only look at variables and files."""
_NAMED = {
    "role_arn": "assume-role",
    "sso_session": "sso",
    "sso_start_url": "sso",
    "login_session": "login",
    "credential_process": "custom-process",
}
"""What a profile names for a provider that asks the network or runs a program."""


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """What the usual chain gives.

    Attributes:
        method: botocore's word for the provider (env, shared-credentials-file, assume-role, iam-role, …); None where none has.
        region: the default one, or None.
        endpoint: of S3, where a variable or the profile names one; None for Amazon's own.
        profile: that is asked for, or None.
        obstacle: why the chain can't be followed, or None.
    """

    method: str | None
    region: str | None = None
    endpoint: str | None = None
    profile: str | None = None
    obstacle: str | None = None


def credential_source(ask: bool) -> CredentialSource:
    """Follows the chain.

    Args:
        ask: whether the network may be asked (for an instance's role, say) and a program be run that the profile names. If not,
            what only these could tell is named as the profile names it.
    """
    session = Session()
    try:
        profile: dict[str, Any] = session.get_scoped_config()
        given = session.get_credentials() if ask else None
        method = given.method if given is not None else None if ask else _by_files(session, profile)
        endpoint = ConfiguredEndpointProvider(session.full_config, profile, "s3").provide()
        return CredentialSource(method, session.get_config_variable("region"), endpoint, session.profile)
    except BotoCoreError as error:
        return CredentialSource(None, profile=session.profile, obstacle=str(error))


def _by_files(session: Session, profile: dict[str, Any]) -> str | None:
    resolver: Any = session.get_component("credential_provider")
    for provider in resolver.providers:
        if provider.METHOD in _IN_FILES and provider.load() is not None:
            return str(provider.METHOD)
    return next((method for key, method in _NAMED.items() if key in profile), None)
