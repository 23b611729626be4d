"""In the way of pandas, which the wheel does not ask for: pyarrow loads it where it is, a second of each process that starts."""

raise ImportError("no pandas: as where the wheel alone is installed")
