"""What the processes that tests start find installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from tests import runs


def test_pandas_is_hidden_from_what_tests_start_and_not_from_them():
    assert importlib.util.find_spec("pandas") is not None
    code = "import sys, pyarrow as pa; pa.array(['a']); print('pandas' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=runs.ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
