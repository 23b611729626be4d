"""docs/verify.md: what `colorizer verify` proves, with the table of what it can find."""

from __future__ import annotations

from jobs.verify.findings import KINDS, Name

_PAGE = """# Verifying

*Made by `make docs` from `docs/verify.py` and `jobs/verify/findings.py`; change it there.*

```
colorizer verify s3://archive/color                           # every output: is it there, is it what was written?
colorizer verify s3://archive/color --sample 1% --recompute 0.1% --orphans -o findings.csv
```

It reads what the newest row of each output says in the log of a `colorizer run`, reads the outputs with `--readers` threads, and
writes nothing but the findings. It needs neither Ray nor the lease: run it from any machine that can read the stores, also while
a run is at work.

**Fixity.** Each output is read whole; it must have the log's `output_sha256`.

**The sample** is drawn by the outputs' names: the same `--sample` takes the same outputs, whatever has come to the log, a
smaller share takes some of those of a larger one, and `--seed` takes others. It takes one at least. What `--recompute` takes
is looked at too.

**Made again** (`--recompute`). The run's settings are read from its `_run.json`, the photograph in the version that the log
names, and the same code colours it with one thread. Proven is an output that comes out as *the same bytes*; as *the same
pixels* in other bytes (another version of a library wrote them); or, where the log's `cpu` is another than this machine's,
*within 1 level* of 255 on every sample, since runtimes round otherwise there. Each is counted by itself.

A lossy format makes much of such a rounding, as the table shows. So of JPEG, WebP and JPEG 2000 with a `--quality`, on
another processor, *means within 1 level* are proven too: of each channel, over each of 8 × 8 tiles (fewer, where one would
have less than 64 pixels a side). WebP of low quality, and saturated colours in PNG, may be `RECOMPUTED_DIFFERS` there all
the same, with nothing wrong; `found` says how far and on which processor.

| 24 photographs of 700 pixels | ab within 0.001 | within 0.05 | 1 more in a and b |
|---|---|---|---|
| PNG: farthest sample; mean | 1 to 3; 0.01 | 1 to 6; 0.10 | 3 to 13; 2.6 to 4.3 |
| JPEG | 3 to 6; 0.03 | 5 to 10; 0.17 | 8 to 13; 2.6 to 4.3 |
| JPEG of quality 30 | 4 to 18; 0.32 | 11 to 26; 0.69 | 16 to 50; 4.1 to 6.1 |
| WebP | 12 to 16; 0.22 | 12 to 17; 0.28 | 14 to 19; 2.6 to 4.4 |
| WebP of quality 30 | 31 to 70; 1.43 | 32 to 67; 1.25 | 36 to 72; 2.9 to 4.5 |

*`python -m bench.rounding FOLDER 24`: levels of 255 between what the embedded model paints and what it paints with that noise in
ab; old photographs, scanned.*

Where the fingerprint of these settings is another than the row's, because the code, the model or the palette is another one,
an output can't be proven so: `NOT_RECOMPUTABLE`. An engine of your own (`package.module:function`) is run only where
`--engine` names it too, since whoever can write the log could name any.

**Orphans** (`--orphans`). Every folder that a run of the log had as `--out` is listed, but for the log's own; a file is an
orphan where no row of the log names it, or the newest one that does has no `output_sha256` (it failed where an earlier run
had not). Photographs that lie in the output, what is in doubt or came to the log meanwhile, and what `run` and `doctor` try a
place with (`_colorizer-probe`, which stays where nothing may be deleted) are not orphans. They are counted and written to `-o`;
nothing is deleted, and the exit code is the same.

**In doubt** are outputs that a run had open as it died: the log says nothing of them until the same run goes on.
So are outputs that are not what the log said as it was read, and that a run has written or taken in hand since: verify them when
it has ended.

`-o` is a CSV with a row for each finding: `output_uri`, `finding`, `expected`, `found`. On disk it grows as they come, and it is
not touched before the log is read.

| finding | | what was found | what to do |
|---|---|---|---|
"""

_EXIT_CODES = """
*not held*: the output is not what the log says. *not proven*: nothing speaks against it, and it could not be asked.

To make again what is missing or damaged, give the findings to `failures`; the log has these rows as done, so the run needs
`--redo all`, and the options of the run that made them:

```
colorizer failures s3://archive/color --findings findings.csv -o again.csv
colorizer run again.csv --out s3://archive/color --redo all
```

| exit code | meaning |
|---|---|
| 0 | all that was asked for is proven |
| 2 | the command can't be understood |
| 3 | something is not held or not proven, or is in doubt |
| 4 | stopped by the world; what was proven until then is said |
| 5 | the log or the file of findings can't be used: nothing was verified |
| 75 | stopped early by SIGTERM or Ctrl-C; what was proven until then is said |
| 130 | a second Ctrl-C |

A log of 100,000 rows, with as many files of a kilobyte on disk, is verified in 24 s and 219 MiB, a hundredth of them in 4.7 s and
217 MiB, and with a listing of all of them for orphans in 14.6 s and 221 MiB (`python -m bench.verify`; AMD EPYC, 2 processors
that ten other processes used too). A log of 30 rows takes 186 MiB: the libraries are most of it.
"""


def verify_page() -> str:
    """docs/verify.md."""
    rows = (f"| `{name}` | {_word(name)} | {kind.meaning} | {kind.remedy} |\n" for name, kind in KINDS.items())
    return _PAGE + "".join(rows) + _EXIT_CODES


def _word(name: Name) -> str:
    if name == "ORPHAN":
        return "counted"
    return "not held" if KINDS[name].is_fault else "not proven"
