"""Photographs: from the bytes of a file to pixels, and back."""
