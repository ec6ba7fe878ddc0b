#!/usr/bin/env python3
"""Fuzzes every reader of bytes from outside (Tests/FuzzTests): blocks of seeded inputs, several processes at once, resuming.

    Tools/fuzz.py --inputs 10000000            what `make verify ONLY=fuzz` runs; the tests must have been built (make test)
    Tools/fuzz.py --inputs 500000 --seed 77    other inputs

An input is known by its target, the seed of its block and its number. What fails says how to see it again, alone:

    SLUICE_FUZZ_SEED=3 SLUICE_FUZZ_ONLY=streams:1234 swift test … --filter Fuzzing

A block whose process ended by itself names the input that was running. Blocks that are done are kept in .verify/fuzz and are not run again
unless the tests' binary is another one.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STATE = ROOT / ".verify/fuzz"
LARGEST = 1 << 30  # bytes of memory that a block may use


def binary():
    found = sorted((ROOT / ".build/release").glob("*PackageTests.xctest"))
    if not found:
        sys.exit("fuzz: no tests in .build/release; run `make test` (or swift build --build-tests) first")
    return found[0]


def running(folder):
    """The inputs that were being read, by target, of a process that ended."""
    marks = [(p.stat().st_mtime_ns, p.stem, struct.unpack("<Q", p.read_bytes())[0]) for p in folder.glob("*.at") if p.stat().st_size == 8]
    return "; ".join(f"{name}:{number}" for _, name, number in sorted(marks, reverse=True)[:1])


def block(program, seed, inputs):
    """One block: (inputs, seconds of CPU, peak bytes, what is wrong)."""
    folder = STATE / f"block-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    for mark in folder.glob("*.at"):
        mark.unlink()
    environment = {**os.environ, "SLUICE_FUZZ": str(inputs), "SLUICE_FUZZ_SEED": str(seed), "SLUICE_FUZZ_AT": str(folder)}
    command = [program, "--testing-library", "swift-testing", "--filter", "Fuzzing"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "log").read_text(errors="replace")
    done, peak = sum(int(n) for n in re.findall(r"^fuzz: \w+: (\d+) inputs", text, re.M)), usage.ru_maxrss * 1024
    wrong = re.findall(r"SLUICE_FUZZ_SEED=\d+ SLUICE_FUZZ_ONLY=.*|.*memory grows.*", text)[:5]
    if process.returncode < 0:
        wrong.append(f"ended by signal {-process.returncode}: SLUICE_FUZZ_SEED={seed} SLUICE_FUZZ_ONLY={running(folder)}")
    elif process.returncode or not done:
        wrong.append(f"exit code {process.returncode}; see {folder / 'log'}")
    if peak > LARGEST:
        wrong.append(f"{peak >> 20} MiB")
    return {"inputs": done, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak, "wrong": wrong}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--block", type=int, default=500_000, help="inputs of one process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options = parser.parse_args()
    STATE.mkdir(parents=True, exist_ok=True)
    program = binary()
    kept = STATE / f"done-{program.stat().st_mtime_ns}-{program.stat().st_size}.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    size = min(options.block, options.inputs)
    wanted = [options.seed + n for n in range(-(-options.inputs // size))]
    left = [seed for seed in wanted if results.get(f"{seed}/{size}", {"wrong": [1]})["wrong"]]
    began, wrong = time.monotonic(), []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with concurrent.futures.ThreadPoolExecutor(options.processes) as pool:
        futures = {pool.submit(block, program, seed, size): seed for seed in left}
        for number, future in enumerate(concurrent.futures.as_completed(futures), 1):
            result = results[f"{futures[future]}/{size}"] = future.result()
            kept.write_text(json.dumps(results))
            wrong += result["wrong"]
            if sys.stderr.isatty() or wrong:
                print(f"fuzz: {number} of {len(left)} blocks, {time.monotonic() - began:.0f} s; {'; '.join(wrong[:3]) or 'nothing wrong'}", file=sys.stderr, flush=True)
    mine = [results[f"{seed}/{size}"] for seed in wanted]
    inputs, cpu, peak = sum(r["inputs"] for r in mine), sum(r["cpu"] for r in mine), max(r["peak"] for r in mine)
    print(f"{inputs:,} inputs, {len(wrong)} wrong, {inputs / max(cpu, 0.001):,.0f} a second of CPU, at most {peak >> 20} MiB")
    for words in wrong[:20]:
        print(words, file=sys.stderr)
    sys.exit(1 if wrong or inputs < options.inputs * 0.98 else 0)


if __name__ == "__main__":
    main()
