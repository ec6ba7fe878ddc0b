#!/usr/bin/env python3
"""Measures the public log on this machine: durable appends, an audit, proofs. Prints one closing line; ends with status 1 where a goal is missed.

    python3 Tools/measure-log.py [--sluice .build/release/sluice] [--leaves 1000000] [--decisions 1000000]

On a machine that does other things, look at the CPU seconds and not at the clock.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time


def timed(*command):
    """(output, seconds, CPU seconds)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(str(c) for c in command)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, time.monotonic() - began, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sluice", default=".build/release/sluice")
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        bench, _, _ = timed(options.sluice, "log", "bench", folder / "bench", "--seconds", options.seconds, "--json")
        figures = json.loads(bench.strip().split("\n")[-1])
        requests = json.loads(timed(options.sluice, "log", "bench-requests", folder / "requests", "--json")[0].strip().split("\n")[-1])
        timed(options.sluice, "log", "simulate", folder / "many", "--leaves", options.leaves, "--batch", 1)
        audit = ("log", "audit", "--json")
        _, seconds, cpu = timed(options.sluice, *audit, folder / "many/log", "--policy", folder / "many/policy.txt")
        timed(options.sluice, "log", "simulate", folder / "full", "--leaves", options.decisions // 256, "--batch", 256)
        _, full, full_cpu = timed(options.sluice, *audit, folder / "full/log", "--policy", folder / "full/policy.txt")
    minutes = full * 1e8 / options.decisions / 60
    goals = {
        "20,000 entries/s": figures["per_second"] >= 20_000, "integrated within 1 s": figures["p99_ms"] <= 1_000, "a proof in 1 ms": figures["proof_cpu_p99_ms"] <= 1,
        "1,000,000 leaves in 30 s": seconds * 1e6 / options.leaves <= 30, "100 million decisions in 10 minutes": minutes <= 10, "50 us at process": requests["process"]["p99_added"] <= 50,
    }  # fmt: skip
    missed = [name for name, is_met in goals.items() if not is_met]
    print(
        f"public log: {figures['per_second']} durable entries/s ({figures['cpu_seconds'] / figures['entries'] * 1e6:.1f} us CPU each), "
        f"to a signed tree p99 {figures['p99_ms']} ms; proof p99 {figures['proof_cpu_p99_ms']} ms CPU; audit of {options.leaves} leaves "
        f"{seconds:.1f} s ({cpu:.1f} s CPU); figures of {options.decisions} decisions in full batches {full:.2f} s ({full_cpu:.2f} s CPU), "
        f"so of 100 million about {minutes:.1f} minutes (extrapolated); added to a request at p99 "
        f"{requests['process']['p99_added']} us (process; {requests['process']['p99_without']} us without), "
        f"{requests['disk']['p99_added']} us (disk; {requests['disk']['p99_without']} us without)"
        + (f"; MISSED: {', '.join(missed)}" if missed else "")
    )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
