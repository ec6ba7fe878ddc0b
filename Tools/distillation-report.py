#!/usr/bin/env python3
"""Measures the distillation watch on traffic of our own making: quality, detection times, ablation, cost.

    Tools/distillation-report.py [--sluice BIN] [--seeds 3] [--exchanges 60000] [--ablation] [--cost]

Makes logs with seeds of its own (--first-seed), so that nothing was fitted to them. --ablation repeats every scan with each
family of evidence left out. --cost times a log of 200,000 exchanges and one of 800,000, in CPU time. The last line sums up.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
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
    rotation = ["hydra,stealth,samples", "paths,drip,churn", "mimic,pivot,stealth"]
    for i in range(o.seeds):
        name = folder / f"seed{i}"
        generate(name, o.first_seed + i, o.exchanges, "--difficulty", str(0.3 + 0.2 * (i % 4)), "--campaigns", rotation[i % len(rotation)])
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
    generate(name, o.first_seed + 500, o.exchanges, "--no-campaigns")
    out, _, _, _ = scan(o.sluice, name)
    sums["empty"] = measure(str(name / "labels.csv"), str(out))["fp_per_10k"]
    return sums, without


def cost(o, folder):
    figures = []
    for exchanges in (200_000, 800_000):
        name = folder / f"cost{exchanges}"
        generate(name, o.first_seed + 900, exchanges, "--campaigns", "hydra,stealth,paths")
        lines = json.loads((name / "meta.json").read_text())
        _, used, wall, memory = scan(o.sluice, name)
        figures.append((lines["exchanges"], lines["accounts"], used, wall, memory))
        print(f"cost: {lines['exchanges']} exchanges, {lines['accounts']} accounts: {used:.1f} s CPU, {wall:.1f} s, at most {memory:.0f} MB so far")
    (n, _, cpu, _, _), (big, _, large, _, peak) = figures
    return f"; {big / large:.0f} exchanges per CPU second, x{big / n:.0f} exchanges cost x{large / cpu:.1f}, {peak:.0f} MB"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--first-seed", type=int, default=7000)
    p.add_argument("--exchanges", type=int, default=60_000)
    p.add_argument("--ablation", action="store_true")
    p.add_argument("--cost", action="store_true")
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
    print(
        f"distillation: recall {mean(s['recall']):.3f} (at 0.1 % FPR {mean(s['at']):.3f}, stealthy {mean(s['hard']):.3f}), "
        f"{1e4 * s['fp'] / max(1, s['legit']):.1f} false positives per 10,000, {s['empty']:.1f} without a campaign, purity {mean(s['purity']):.3f}, "
        f"completeness {mean(s['complete']):.3f}, first signal after {median(s['hours']):.1f} h and {median(s['shares']):.1%} (medians){spent}")


if __name__ == "__main__":
    main()
