#!/usr/bin/env python3
"""Measures the distillation watch on traffic of our own making: quality, detection times, ablation, cost.

    Tools/distillation-report.py [--sluice BIN] [--seeds 4] [--exchanges 60000] [--ablation] [--cost [--large]]

Makes logs with seeds of its own (--first-seed), so that nothing was fitted to them. --ablation repeats every scan with each
family of evidence left out. --cost times a log of 200,000 exchanges and one of 1,000,000, in processor time, and with --large
one of 16,000,000. The last line sums up.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MILLION = 1_000_000
# Kinds whose accounts can be as busy as one likes: the largest log has 242 exchanges an account.
BUSY_KINDS = "casual,developer,script,headquarters,nightly,client,agent,hackathon,agency,vpn,benchmark,launch,reseller,evaluation"
FAMILIES = "provisioning rhythm payment address client wording content intent".split()
sys.path.insert(0, str(ROOT / "Tools"))
measure = __import__("distillation-score").score


def generate(folder, seed, exchanges, *options):
    subprocess.run([sys.executable, ROOT / "Tools/distillation-traffic.py", folder, "--seed", str(seed), "--exchanges", str(exchanges), *options], check=True, stdout=subprocess.DEVNULL)


def scan(sluice, folder, *options):
    out = folder / "predictions.jsonl"
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sluice, "distill", "scan", folder / "log.jsonl.gz", "--orgs", folder / "orgs.csv", "--meta", folder / "meta.json", "--out", out, "--quiet", *options])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"scan ended with {done.returncode}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out, used, time.monotonic() - begin, after.ru_maxrss / 1024


def quality(o, folder):
    sums = {"recall": [], "hard": [], "fp": 0, "legit": 0, "purity": [], "complete": [], "hours": [], "shares": [], "empty": 0, "at": []}
    without = {family: [0, 0, 0] for family in FAMILIES}
    rotation = ["hydra,stealth,samples", "paths,drip,churn", "mimic,pivot,stealth", "relay,bestof,cover"]
    for i in range(o.seeds):
        name = folder / f"seed{i}"
        generate(name, o.first_seed + i, o.exchanges, "--difficulty", str(0.3 + 0.2 * (i % 4)), "--campaigns", rotation[i % len(rotation)], "--also", "faculty,fleet,lab")
        out, _, _, _ = scan(o.sluice, name)
        r = measure(str(name / "labels.csv"), str(out), str(name / "log.jsonl.gz"))
        print(json.dumps({k: r[k] for k in ("recall", "fp_per_10k", "recall_at_0.1%", "purity", "campaigns", "completeness", "kinds", "found")}))
        sums["recall"].append(r["recall"])
        sums["at"].append(r["recall_at_0.1%"])
        sums["hard"] += [v for c, v in r["campaigns"].items() if c.split("-")[0] in ("stealth", "drip")]
        legit = r["accounts"] - sum(1 for line in open(name / "labels.csv") if ",campaign," in line)
        sums["fp"] += r["fp_per_10k"] * legit / 1e4
        sums["legit"] += legit
        sums["purity"].append(r["purity"] or 0)
        sums["complete"] += r["completeness"].values()
        sums["hours"] += [f[0] for f in r["found"].values() if f]
        sums["shares"] += [f[1] for f in r["found"].values() if f]
        for family in FAMILIES if o.ablation else []:
            out, _, _, _ = scan(o.sluice, name, "--without", family)
            a = measure(str(name / "labels.csv"), str(out))
            without[family][0] += a["recall"]
            without[family][1] += a["fp_per_10k"]
            without[family][2] += 1
    name = folder / "empty"
    generate(name, o.first_seed + 500, o.exchanges, "--no-campaigns", "--also", "faculty,fleet,lab")
    out, _, _, _ = scan(o.sluice, name)
    sums["empty"] = measure(str(name / "labels.csv"), str(out))["fp_per_10k"]
    return sums, without


def copies(source, target, count):
    """Writes a log's lines `count` times, each time as other accounts, organisations, cards and addresses; in order of time."""
    with gzip.open(source, "rb") as lines:
        for number, line in enumerate(lines):
            if number == MILLION:
                break
            target.write(line)
            for k in range(1, count):
                target.write(line.replace(b'"acc_', b'"acc%d_' % k).replace(b'"org_', b'"org%d_' % k).replace(b'"pm_', b'"pm%d_' % k).replace(b'"240.', b'"%d.' % (240 + k)))


def streamed(sluice, folder, count):
    """Scans `count` copies of a log through a pipe, so that nothing of that size is stored; as `timed`."""
    with open(folder / "orgs.csv") as given, open(folder / "orgs-many.csv", "w") as many:
        many.write(given.readline())
        for row in given:
            many.write(row)
            many.writelines(row.replace("org_", f"org{k}_") for k in range(1, count))
    command = [sluice, "distill", "scan", "-", "--orgs", folder / "orgs-many.csv", "--meta", folder / "meta.json", "--out", os.devnull]
    begin = time.monotonic()
    scan = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=False)
    copies(folder / "log.jsonl.gz", scan.stdin, count)
    scan.stdin.close()
    said = scan.stderr.read().decode()
    _, _, used = os.wait4(scan.pid, 0)
    scan.returncode = 0
    return said, used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024


def timed(sluice, folder):
    """What a scan says of itself, its processor time and time in seconds, and its memory at most in MB."""
    begin = time.monotonic()
    command = [sluice, "distill", "scan", folder / "log.jsonl.gz", "--orgs", folder / "orgs.csv", "--meta", folder / "meta.json", "--out", os.devnull]
    scan = subprocess.Popen(command, stderr=subprocess.PIPE)
    said = scan.stderr.read().decode()
    _, _, used = os.wait4(scan.pid, 0)
    scan.returncode = 0
    return said, used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024


def cost(o, folder):
    """Prints what scans of growing logs cost; the last line's part about it."""
    figures = []
    sizes = [(200_000, 1, "--busy", "2.5"), (MILLION, 1, "--busy", "6.0")]
    if o.large:
        sizes.append((MILLION, 16, "--busy", "18", "--crew", "6", "--only", BUSY_KINDS))
    for exchanges, count, *options in sizes:
        name = folder / f"cost{exchanges}x{count}"
        generate(name, o.first_seed + 900, exchanges, "--campaigns", "hydra,stealth,churn", *options)
        said, used, wall, memory = streamed(o.sluice, name, count) if count > 1 else timed(o.sluice, name)
        n, accounts = (int(x) for x in re.search(r"(\d+) exchanges of (\d+) accounts", said).groups())
        taken = int(re.search(r"to take \((\d+) a second\)", said)[1])
        looks = int(re.search(r"looked (\d+) times", said)[1])
        figures.append((n, used, wall, memory))
        print(f"cost: {n} exchanges of {accounts} accounts: {used:.1f} s of processor time ({taken} taken a second, {looks} looks), {wall:.1f} s, {n / wall:.0f} a second, {memory:.0f} MB", flush=True)
        shutil.rmtree(name)
    (n, less, _, _), (big, more, wall, memory) = figures[0], figures[1]
    grown = f", x{figures[2][0] / big:.1f} of that cost x{figures[2][1] / more:.1f} and {figures[2][3]:.0f} MB" if o.large else ""
    return f"; 1M in {more:.0f} s of processor time and {wall:.0f} s ({big / wall:.0f} a second), {memory:.0f} MB, x{big / n:.1f} exchanges cost x{more / less:.1f}{grown}"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    p.add_argument("--seeds", type=int, default=4)
    p.add_argument("--first-seed", type=int, default=7000)
    p.add_argument("--exchanges", type=int, default=60_000)
    p.add_argument("--ablation", action="store_true")
    p.add_argument("--cost", action="store_true")
    p.add_argument("--large", action="store_true", help="with --cost: also 16,000,000 exchanges of about 66,000 accounts, through a pipe")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        s, without = quality(o, folder)
        for family, (recall, wrong, count) in without.items():
            if count:
                print(f"without {family}: recall {recall / count:.3f}, {wrong / count:.1f} false positives per 10,000")
        spent = cost(o, folder) if o.cost else ""
    mean = lambda values: sum(values) / max(1, len(values))
    median = lambda values: sorted(values)[len(values) // 2] if values else float("nan")
    early = sum(h <= 6 and share <= 0.02 for h, share in zip(s["hours"], s["shares"]))
    print(
        f"distillation: recall {mean(s['recall']):.3f} (at 0.1 % FPR {mean(s['at']):.3f}, stealthy {mean(s['hard']):.3f}), "
        f"{1e4 * s['fp'] / max(1, s['legit']):.1f} false positives per 10,000, {s['empty']:.1f} without a campaign, purity {mean(s['purity']):.3f}, "
        f"completeness {mean(s['complete']):.3f}, first signal after {median(s['hours']):.1f} h and {median(s['shares']):.1%} (medians), "
        f"within 6 h and 2 % for {early} of {len(s['complete'])}{spent}")


if __name__ == "__main__":
    main()
