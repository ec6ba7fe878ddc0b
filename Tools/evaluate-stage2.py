#!/usr/bin/env python3
"""How well both stages together judge requests from sources that no shipped weights may be trained on, and what they cost.

    evaluate-stage2.py --data FOLDER --sluice BINARY [--rows N] [--seed N] [--encoder FILE] [--heads FILE]

FOLDER holds train.jsonl and dev.jsonl (`text`, `label`, `source`, `licence`, `lang`). The rows under a NonCommercial
licence are the unseen ones. For each profile: the area under the curve, the mean recall over harmful sets where 1 % and
0.1 % of ordinary requests are flagged, what is refused at the shipped decision, what disguises hide, and processor time a
prompt over that of stage 1 (user + system, so that other work on the machine counts little). The last line is the summary.
"""

import argparse
import base64
import codecs
import collections
import json
import pathlib
import random
import resource
import subprocess
import sys
import urllib.parse

LOOK_ALIKE = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
DISGUISES = {
    "zero-width": lambda t: "\u200b".join(t),
    "full-width": lambda t: t.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
    "look-alikes": lambda t: t.translate(LOOK_ALIKE),
    "leet": lambda t: t.translate(str.maketrans("aeiostAEIOST", "431057431057")),
    "spaced": lambda t: "  ".join(" ".join(w) for w in t.split()),
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "hex": lambda t: t.encode().hex(),
    "rot13": lambda t: codecs.encode(t, "rot13"),
    "URL": lambda t: urllib.parse.quote(t, safe=""),
}


class Judge:
    def __init__(self, options):
        self.options = options

    def __call__(self, texts, profile):
        """Score and refusal of each text, and processor milliseconds a text."""
        lines = "".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(texts))
        command = [self.options.sluice, "judge", "--profile", profile, "--quiet"]
        if profile != "stage1":
            for name in ("encoder", "heads"):
                if getattr(self.options, name):
                    command += [f"--{name}", getattr(self.options, name)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=3600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"sluice judge ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return [r["score"] for r in rows], [r["decision"] == "refuse" for r in rows], 1000 * spent / max(1, len(texts))


def cost_by_length(judge):
    """Processor milliseconds of stage 2 for prompts of about 30 and 128 pieces (plain English: a piece a word)."""
    rng, words = random.Random(7), "the river was calm and old mills stood still while people walked home from market with bread milk green tea".split()
    costs = []
    for length in (30, 128):
        prompts = [" ".join(rng.choices(words, k=length)) for _ in range(400)]
        idle = min(judge(prompts[:1], "thorough")[2] for _ in range(2))
        spent = min(judge(prompts, "thorough")[2] for _ in range(3)) - idle / len(prompts)
        costs.append(spent - min(judge(prompts, "stage1")[2] for _ in range(2)))
    return costs


def mean(values):
    values = list(values)
    return sum(values) / max(1, len(values))


def area(harmful, ordinary):
    ranked = sorted([(s, 1) for s in harmful] + [(s, 0) for s in ordinary])
    below = wins = 0
    for _, kind in ranked:
        if kind:
            wins += below
        else:
            below += 1
    return wins / max(1, len(harmful) * len(ordinary))


def sets(results):
    """A set counts once, whatever its number of parts."""
    grouped = collections.defaultdict(list)
    for source, value in results.items():
        grouped[source.partition("/")[0]].append(value)
    return {name: mean(values) for name, values in grouped.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--rows", type=int, default=400, help="at most this many of each source")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoder")
    parser.add_argument("--heads")
    options = parser.parse_args()
    rng, judge = random.Random(options.seed), Judge(options)
    harmful, others = collections.defaultdict(list), collections.defaultdict(list)
    for name in ("train.jsonl", "dev.jsonl"):
        for row in map(json.loads, open(options.data / name, encoding="utf-8")):
            if "NC" in row["licence"]:
                (harmful[row["source"]] if row["label"] == "harmful" else others[row["label"]]).append(row["text"])
    harmful = {s: rng.sample(t, min(len(t), options.rows)) for s, t in sorted(harmful.items()) if len(t) >= 30}
    ordinary = rng.sample(others["benign"], min(len(others["benign"]), 10 * options.rows))
    borderline = rng.sample(others["benign_borderline"], min(len(others["benign_borderline"]), 2 * options.rows))
    latin = [t for texts in harmful.values() for t in texts if t.isascii() and len(t) < 400]
    hidden = rng.sample(latin, min(len(latin), options.rows))
    summary = []
    for profile in ("stage1", "efficient", "thorough"):
        plain, refused, spent = judge(ordinary, profile)
        ranked = sorted(plain, reverse=True)
        cuts = [ranked[len(ranked) // 100], ranked[len(ranked) // 1000]]
        found = {source: judge(texts, profile) for source, texts in harmful.items()}
        recalls = [mean(sets({s: mean(x > cut for x in f[0]) for s, f in found.items()}).values()) for cut in cuts]
        decided = mean(sets({s: mean(f[1]) for s, f in found.items()}).values())
        curve = area([x for s, f in found.items() if "attack" not in s for x in f[0]], plain)
        edge = mean(judge(borderline, profile)[1])
        print(f"{profile}: area {curve:.4f}, mean recall {recalls[0]:.3f} at 1 %, {recalls[1]:.3f} at 0.1 %")
        print("  by set at 1 %: " + ", ".join(
            f"{n} {v:.2f}" for n, v in sets({s: mean(x > cuts[0] for x in f[0]) for s, f in found.items()}).items()))
        print(f"  refused at the shipped decision: ordinary {mean(refused):.2%}, borderline {edge:.1%}, harmful {decided:.1%}")
        base = mean(x > cuts[0] for x in judge(hidden, profile)[0])
        shares = {n: mean(x > cuts[0] for x in judge([d(t) for t in hidden], profile)[0]) / max(base, 1e-9)
                  for n, d in DISGUISES.items()}
        print("  disguised, as a share of plain: " + ", ".join(f"{n} {v:.0%}" for n, v in shares.items()))
        if profile == "stage1":
            first = spent
        print(f"  {spent - first:.2f} ms of processor time a prompt above stage 1")
        summary.append(f"{profile} {recalls[0]:.3f} / {recalls[1]:.3f}, worst disguise {min(shares.values()):.0%}")
    costs = cost_by_length(judge)
    print(f"stage 2 for 30 pieces: {costs[0]:.2f} ms, for 128: {costs[1]:.2f} ms of processor time")
    print("mean recall at 1 % / 0.1 % of ordinary requests flagged: " + "; ".join(summary))


if __name__ == "__main__":
    main()
