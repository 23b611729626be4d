"""The documents that are made from the code are as new as the code."""

import re
from pathlib import Path

import pytest

from docs.exit_codes import EXIT_CODES
from docs.generate import PAGES
from jobs import cli_doctor, cli_failures, cli_status
from jobs.cli_job import EXIT_CODES as OF_JOBS
from jobs.cli_report import EXIT_CODES as OF_REPORT
from jobs.cli_verify import VERIFY_EXIT_CODES as OF_VERIFY

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_made_document_is_what_the_code_makes_now(name: str):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("run", OF_JOBS),
        ("palette", OF_JOBS),
        ("verify", OF_VERIFY),
        ("report", OF_REPORT),
        ("doctor", cli_doctor.EPILOG),
        ("failures", cli_failures.EPILOG),
        ("status", cli_status.EPILOG),
    ],
)
def test_the_exit_codes_have_those_of_every_command_s_help(command: str, told: str):
    codes = told.partition("Exit codes: ")[2]
    of_help = {int(number) for number in re.findall(r"(?:^|· )(\d+) ", codes)}
    assert of_help <= {code.number for code in EXIT_CODES if command in code.commands or not code.commands}
    assert len(of_help) >= 3
