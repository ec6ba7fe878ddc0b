#!/usr/bin/env python3
"""Checks that `detected_at` is honest: cuts a log at some moments and compares what is flagged.

    Tools/distillation-cut.py SLUICE DIRECTORY [CUTS]

DIRECTORY has log.jsonl.gz, orgs.csv and meta.json. Of the accounts that the whole run claims to have detected before a
cut, the run on the cut log must flag all but 2 %.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile


def scan(sluice, log, folder):
    out = log.parent / (log.name + ".predictions")
    done = subprocess.run([sluice, "distill", "scan", log, "--orgs", folder / "orgs.csv", "--meta", folder / "meta.json", "--out", out, "--quiet"])
    assert done.returncode in (0, 1), done.returncode
    return [json.loads(line) for line in open(out)]


def check(sluice, folder, cuts=4):
    """The worst share of claims that a cut run did not confirm, and how many claims were looked at."""
    folder, worst, claims = pathlib.Path(folder), 0.0, 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "log").symlink_to((folder / "log.jsonl.gz").resolve())
        whole = scan(sluice, scratch / "log", folder)
        with gzip.open(folder / "log.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [(json.loads(line)["ts_ms"], line) for line in lines]
        first, last = rows[0][0], rows[-1][0]
        for i in range(1, cuts + 1):
            at = first + (last - first) * i // (cuts + 1)
            part = scratch / "part"
            part.write_text("".join(line for t, line in rows if t < at), encoding="utf-8")
            flagged = {p["account_id"] for p in scan(sluice, part, folder) if p["flagged"]}
            claimed = {p["account_id"] for p in whole if p["flagged"] and p["detected_at"] < at}
            missing = len(claimed - flagged) / len(claimed) if claimed else 0.0
            print(f"cut {i}: {len(claimed)} claimed, {missing:.2%} not confirmed, {len(flagged)} flagged")
            worst, claims = max(worst, missing), claims + len(claimed)
    return worst, claims


if __name__ == "__main__":
    worst, claims = check(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 4)
    print(f"cut check: at most {worst:.2%} of {claims} claims not confirmed (allowed 2 %)")
    sys.exit(worst > 0.02)
