"""Verifying: what a log says of its outputs, proven later: they are there, are those bytes, and come out again the same."""
