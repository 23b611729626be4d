"""The report where archives are: the log, the photographs and the page itself on a real S3 server."""

from __future__ import annotations

import re

from jobs.report.report import Asked, write_report
from tests.rgw import Rgw, admin
from tests.verifying import NAMES, Archive


def test_a_report_is_made_of_s3_and_written_to_s3_as_a_page(archive_in_s3: Archive, rgw: Rgw):
    summary = archive_in_s3.coloured()
    page = f"{archive_in_s3.root}/reports/Größe 1.html"
    said = write_report(Asked(archive_in_s3.out, 10, 0.04), page)
    written = archive_in_s3.store.read(page).data.decode("utf-8")
    assert said.startswith(f"{page}: {summary.rows} rows, {len(NAMES)} pictures")
    assert len(re.findall(r'<img[^>]+src="data:image/', written)) >= 2 * len(NAMES)  # before and after
    assert all(part in written for part in ("Größe", "🙂.jpg", "box 1"))
    assert '"q".jpg' not in written  # a name is escaped
    bucket, key = page.removeprefix("s3://").split("/", 1)
    assert admin(rgw).head_object(Bucket=bucket, Key=key)["ContentType"] == "text/html; charset=utf-8"
