"""Moves bytes: manifests, object storage, Ray and the Parquet log around `colorizer_core`."""
