"""Trains the embedded model, `models/mini/`: PyTorch in a venv of its own; only tests import it."""
