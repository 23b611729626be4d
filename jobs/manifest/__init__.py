"""Manifests: one file per format, each from bytes to `ManifestRow`s; or a listing in a manifest's place."""

from jobs.manifest.listing import is_prefix, list_prefix, prefix_uri
from jobs.manifest.open import read_manifest

__all__ = ["is_prefix", "list_prefix", "prefix_uri", "read_manifest"]
