"""Trains the embedded model, `models/mini/`: PyTorch in a venv of its own; nothing else in the repository imports it."""
