#!/usr/bin/env bash
# One run on a Ray cluster that is there already, for cron: submits the job, waits for its end, and ends with the run's own exit code.
#
#   colorize.sh s3://archive/photos/ --out s3://archive/color --workers 64 --tolerate 1% --deadline 5h
#
# Everything is handed to `colorizer run` on the cluster; --ray auto is added. RAY_API_SERVER_ADDRESS says where the cluster's
# dashboard is (http://head:8265), and RAY_AUTH_TOKEN is its token, if it has one. `ray`, `python` and `colorizer` are those of the
# PATH: put a venv with the cluster's version of Ray first.
#
# `ray job submit` ends with 1 for every failure and with 0 for a job that was stopped, so its code says little. The job's own
# record has the code of `colorizer run`, also of 5 and 6, which leave nothing in the log (`colorizer status` tells the others later).
#
# Two at once need no lock here: a run that finds the lease of another does nothing and ends with 6.
#
# What the job says goes to standard output. One line goes to standard error, and so by cron's mail to a person, where one has to look:
# not after 0, nor after 6 (the last run is still at it) or 75 (stopped early; the next one goes on). It stands in the output too: cron
# needs a mail server to mail anything (Ubuntu's images have none).
#
# COLORIZE_ASK_SECONDS is how often the cluster is asked whether the job is over (30); ten times in a row it may not answer.
set -euo pipefail

: "${RAY_API_SERVER_ADDRESS:?where is the cluster? for example http://head:8265}"
job=colorizer-$(date -u +%Y%m%dT%H%M%SZ)-$$
# A drain lasts as long as the slowest row in hand; without this `ray job stop` kills after 3 seconds.
environment=${RAY_RUNTIME_ENV_JSON:-'{"env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": "90"}}'}

ray job submit --submission-id "$job" --runtime-env-json "$environment" -- colorizer run "$@" --ray auto 2>&1 || true

# Its end may also be that of the connection to a job that goes on: ask until it is over.
code=0
python - "$job" <<'PYTHON' || code=$?
import os
import sys
import time

from ray.job_submission import JobStatus, JobSubmissionClient

STOPPED_EARLY, UNKNOWN = 75, 1
AGAIN, PATIENCE = int(os.environ.get("COLORIZE_ASK_SECONDS", "30")), 10
FINAL = ("status code 404", "status code 401", "status code 403")  # it was never submitted, or the token is another cluster's
left = PATIENCE
while True:
    try:
        found = JobSubmissionClient().get_job_info(sys.argv[1])
        left = PATIENCE
        if found.status.is_terminal():
            break
    except (RuntimeError, OSError) as error:  # RuntimeError: any answer but 200
        if any(code in str(error) for code in FINAL):
            sys.exit(str(error))
        print(f"{sys.argv[1]} can't be asked for: {error}", flush=True)
        left -= 1
        if not left:
            sys.exit(UNKNOWN)
    time.sleep(AGAIN)
if found.status == JobStatus.STOPPED:
    sys.exit(STOPPED_EARLY)
sys.exit(UNKNOWN if found.driver_exit_code is None else found.driver_exit_code)
PYTHON

case $code in
0 | 6 | 75) ;;
*)
    line="$job on $RAY_API_SERVER_ADDRESS: colorizer run ended with $code (docs/codes.md says what that means)"
    echo "$line"
    echo "$line" >&2 # /dev/stderr would be opened anew: a log file is emptied by that, and a socket refuses it
    ;;
esac
exit "$code"
