"""Benches: what the project claims in figures, measured."""
