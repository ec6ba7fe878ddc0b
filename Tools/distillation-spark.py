#!/usr/bin/env python3
"""Runs the distillation scan on Apache Spark and compares it with one process.

    Tools/setup.sh spark            # once: pyspark in .venv-spark, and a Java runtime where there is none
    .venv-spark/bin/python Tools/distillation-spark.py DIRECTORY [--sluice BIN] [--parts 4] [--master 'local[2]']

DIRECTORY has log.jsonl.gz, orgs.csv and meta.json. Each partition of the log is piped through `sluice distill sketch` and its
sketch saved as a file; the files are read again and merged pairwise by `sluice distill merge`, and `sluice distill cluster` gives
the verdicts. The last line says how many verdicts agree with `sluice distill scan`; the script fails below 99.5 %.
"""

import argparse
import base64
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def verdicts(command):
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode not in (0, 1):
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return {row["account_id"]: row["flagged"] for row in map(json.loads, done.stdout.splitlines())}


def agreement(one, other):
    """The share of accounts with the same verdict, and how many accounts there are."""
    accounts = set(one) | set(other)
    return sum(one.get(a) == other.get(a) for a in accounts) / max(1, len(accounts)), len(accounts)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    p.add_argument("--parts", type=int, default=4)
    p.add_argument("--master", default="local[2]")
    o = p.parse_args()
    try:
        from pyspark import SparkConf, SparkContext
    except ImportError:
        sys.exit("pyspark is not installed here: run Tools/setup.sh spark, then this with .venv-spark/bin/python")
    folder, began = o.directory.resolve(), time.monotonic()

    def say(text):
        print(f"spark: {text} ({time.monotonic() - began:.0f} s)", flush=True)

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    near = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.maxResultSize": "0"}
    conf = SparkConf().setMaster(o.master).setAppName("sluice distill").setAll((quiet | near).items())
    with tempfile.TemporaryDirectory() as scratch:
        parts = pathlib.Path(scratch)
        context = SparkContext(conf=conf)
        say(f"Spark {context.version} at {o.master}")
        try:
            quoted, meta = shlex.quote(o.sluice), shlex.quote(str(folder / "meta.json"))
            lines = context.textFile(str(folder / "log.jsonl.gz")).repartition(o.parts)
            lines.pipe(f"{quoted} distill sketch - --meta {meta} --base64", checkCode=True).saveAsTextFile((parts / "sketches").as_uri())
            written = sorted(parts.glob("sketches/part-*"))
            say(f"{len(written)} sketch files, {sum(p.stat().st_size for p in written) / 1e6:.1f} MB of base64")
            sketches = context.textFile((parts / "sketches").as_uri(), o.parts)
            while sketches.getNumPartitions() > 1:
                sketches = sketches.coalesce(max(1, sketches.getNumPartitions() // 2)).pipe(f"{quoted} distill merge - --base64", checkCode=True)
            merged = base64.b64decode("".join(sketches.collect()))
            say("merged")
        finally:
            context.stop()
        sketch = parts / "all.sketch"
        sketch.write_bytes(merged)
        here = ["--orgs", str(folder / "orgs.csv"), "--meta", str(folder / "meta.json")]
        spark = verdicts([o.sluice, "distill", "cluster", str(sketch)] + here)
        say("verdicts from the merged sketches")
        one = verdicts([o.sluice, "distill", "scan", str(folder / "log.jsonl.gz"), "--quiet"] + here)
        say("verdicts of one process")
    share, accounts = agreement(spark, one)
    print(f"spark: {o.parts} partitions agree with one process on {share:.2%} of {accounts} verdicts ({sum(spark.values())} flagged)")
    sys.exit(share < 0.995)


if __name__ == "__main__":
    main()
