"""Repeats the figures of docs/SCREENING.md with a built `sluice`, and prints them in one closing line.

    python3 Tools/screening-figures.py --sluice .build/release/sluice --data ../shared/data/export [--quick]

The cases are split into two halves by a hash of their id. Search: the threshold is set where 1 % (5 %) of the names that are not
listed have a hit above it; recall is the share of listed names whose entry is above it. Ends with status 1 if a goal is missed.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent


def half(case):
    return int(hashlib.sha256(("7" + str(case["id"])).encode()).hexdigest(), 16) % 2


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def search(cases, answers):
    top = lambda case, ids=None: max((h["score"] for h in answers[case["id"]]["hits"] if ids is None or h["id"] in ids), default=0)
    false = sorted((top(c) for c in cases if not c["expected_ids"]), reverse=True)
    right = [(c["difficulty"], top(c, c["expected_ids"])) for c in cases if c["expected_ids"]]
    found = []
    for share in (0.01, 0.05):
        threshold = false[int(len(false) * share)]
        by = collections.defaultdict(list)
        for difficulty, score in right:
            by[difficulty].append(score > threshold)
        han = [ok for name, oks in by.items() if name.startswith("han") for ok in oks]
        worst = min((sum(oks) / len(oks), name) for name, oks in by.items() if len(oks) >= 20)
        found.append((sum(s > threshold for _, s in right) / len(right), worst, sum(han) / max(1, len(han))))
    return found


def f1(cases, answers):
    said = [(answers[c["id"]]["is_match"], c["is_match"]) for c in cases]
    both = sum(a and b for a, b in said)
    return 2 * both / (2 * both + sum(a != b for a, b in said))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    arguments.add_argument("--data", default=str(ROOT / "../shared/data/export"))
    arguments.add_argument("--cases", help="other cases than match_dev.jsonl in the data folder")
    arguments.add_argument("--quick", action="store_true", help="leave the speed out")
    arguments = arguments.parse_args()
    parties = pathlib.Path(arguments.data) / "parties.jsonl"
    given = arguments.cases or pathlib.Path(arguments.data) / "match_dev.jsonl"
    ask = lambda *words: subprocess.run([arguments.sluice, "screen", *map(str, words)], capture_output=True, text=True, check=True).stdout
    answer = lambda path: {a["id"]: a for a in map(json.loads, ask("cases", "--list", parties, "--cases", path).splitlines())}
    cases, answers, figures, good = read(given), answer(given), [], True
    for name, side in (("all", None), ("half 0", 0), ("half 1", 1)):
        chosen = [c for c in cases if side is None or half(c) == side]
        one, five = search([c for c in chosen if c["kind"] == "search"], answers)
        score = f1([c for c in chosen if c["kind"] == "pair"], answers)
        print(f"{name}: recall {one[0]:.3f} at 1 % false hits (least {one[1][1]} {one[1][0]:.2f}, Han {one[2]:.3f}), {five[0]:.3f} at 5 %; pairs F1 {score:.3f}")
        if side is None:
            good = one[0] >= 0.95 and five[0] >= 0.98 and one[1][0] >= 0.9 and one[2] >= 0.97 and score >= 0.86
            figures += [f"recall {one[0]:.3f}/{five[0]:.3f} at 1 %/5 % false hits", f"Han {one[2]:.3f}", f"pairs F1 {score:.3f}"]
    with tempfile.TemporaryDirectory() as folder:
        own = pathlib.Path(folder) / "own.jsonl"
        made = subprocess.run([sys.executable, ROOT / "Tools/screening-cases.py", "--list", parties, "--seed", "3"], capture_output=True, check=True)
        own.write_bytes(made.stdout)
        one, five = search(read(own), answer(own))
        print(f"own cases, seed 3: recall {one[0]:.3f} at 1 % false hits (least {one[1][1]} {one[1][0]:.2f}), {five[0]:.3f} at 5 %")
        figures.append(f"own cases {one[0]:.3f}/{five[0]:.3f}")
        if not arguments.quick:
            speed = ask("measure", "--list", parties, "--cases", own).strip()
            print(speed)
            figures.append(speed.removeprefix("screening: "))
    print("screening figures: " + "; ".join(figures))
    sys.exit(0 if good else 1)


main()
