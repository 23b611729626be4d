"""Manifests: one file per format, each from bytes to `ManifestRow`s; or a listing in a manifest's place."""
