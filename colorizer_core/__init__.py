"""Bytes of a black-and-white photograph in, bytes of a coloured one out. No I/O, no clock, no Ray."""

__version__ = "0.1.0"
