"""Manifests: one file per format, each from bytes to `ManifestRow`s."""
