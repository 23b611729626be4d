#!/usr/bin/env bash
# Whether what runs in this container is well: 0, or 1 with a line that says why not.
#
# A run names its place by COLORIZER_OUT (or COLORIZER_LOG), which `colorizer run` reads too: it is well while its heartbeat in
# the log is fresh, and once it has ended. A Ray node is well while its agent says so, for the raylet, and on a head for the
# GCS too. Anything else (`colorizer image`, `verify`) is well as long as it lives, and then nobody asks.
set -euo pipefail

place=${COLORIZER_LOG:-${COLORIZER_OUT:-}}
agent=http://127.0.0.1:${RAY_AGENT_PORT:-52365}/api/healthz

if [ -n "$place" ]; then
	code=0
	told=$(colorizer status "$place" --json 2>&1) || code=$?
	# 5 is a log without a run yet, whose first one waits for its lease, or a log that can't be read, which the run itself will tell.
	case $code in
	0 | 5) exit 0 ;;
	*)
		echo "colorizer status ends with $code: ${told:0:400}"
		exit 1
		;;
	esac
fi

if grep -qsx raylet /proc/[0-9]*/comm; then
	wget --tries=1 --timeout=10 --quiet --output-document=- "$agent" | grep -q success || {
		echo "the agent of this Ray node does not answer at $agent"
		exit 1
	}
fi
