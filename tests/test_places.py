"""Where outputs, log and input lie towards each other."""

from __future__ import annotations

import pytest

from jobs.errors import PreflightError
from jobs.places import check_places


@pytest.mark.parametrize(("out", "log"), [("file:///caf\udce9", "s3://l"), ("s3://o", "file:///caf\udce9/log")])
def test_a_place_that_the_log_could_not_name_is_refused(out: str, log: str):
    with pytest.raises(PreflightError, match=r"caf\\udce9") as refused:
        check_places(out, log, None)
    str(refused.value).encode()
