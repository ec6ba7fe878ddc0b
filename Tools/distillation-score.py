#!/usr/bin/env python3
"""Scores predictions of `sluice distill scan` against labels.

    Tools/distillation-score.py LABELS.csv PREDICTIONS.jsonl[.gz] [LOG.jsonl.gz]

With the log it also measures how soon campaigns were found. The last line has the figures in one place.
"""

import collections
import csv
import gzip
import json
import sys


def read(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def average_precision(ranked):
    hits, total, sum_ = 0, sum(y for _, y in ranked), 0.0
    for place, (_, y) in enumerate(ranked, 1):
        if y:
            hits += 1
            sum_ += hits / place
    return sum_ / total if total else 1.0


def score(labels_path, predictions_path, log_path=None):
    labels = {row["account_id"]: row for row in csv.DictReader(open(labels_path))}
    predictions = {}
    for row in read(predictions_path):
        assert row["account_id"] in labels, f"unknown account {row['account_id']}"
        assert row["account_id"] not in predictions, f"twice: {row['account_id']}"
        predictions[row["account_id"]] = row
    flagged = {a for a, p in predictions.items() if p["flagged"]}
    legit = {a for a, row in labels.items() if row["label"] == "legit"}
    bad = set(labels) - legit
    campaigns = collections.defaultdict(set)
    for a in bad:
        campaigns[labels[a]["label"]].add(a)
    floor = -1e18
    value = {a: predictions.get(a, {}).get("score", floor) for a in labels}
    ordered = sorted((value[a] for a in legit), reverse=True)
    limit = ordered[min(len(ordered) - 1, int(len(legit) * 0.001))] if ordered else floor
    result = {
        "accounts": len(labels), "flagged": len(flagged),
        "recall": len(flagged & bad) / len(bad) if bad else None,
        "precision": len(flagged & bad) / len(flagged) if flagged else None,
        "fp_per_10k": 1e4 * len(flagged & legit) / max(1, len(legit)),
        "recall_at_0.1%": sum(value[a] > limit for a in bad) / len(bad) if bad else None,
        "average_precision": average_precision(sorted(((value[a], a in bad) for a in labels), reverse=True)),
        "campaigns": {c: round(len(m & flagged) / len(m), 3) for c, m in sorted(campaigns.items())},
    }
    kinds = collections.Counter(labels[a]["kind"] for a in legit)
    wrong = collections.Counter(labels[a]["kind"] for a in flagged & legit)
    result["kinds"] = {k: f"{n}/{kinds[k]}" for k, n in wrong.items()}
    clusters = collections.defaultdict(list)
    for a in flagged:
        clusters[predictions[a]["cluster_id"]].append(labels[a]["label"])
    clusters.pop(None, None)
    pure = sum(max([n for c, n in collections.Counter(m).items() if c != "legit"] or [0]) for m in clusters.values())
    result["purity"] = pure / max(1, sum(len(m) for m in clusters.values())) if clusters else None
    result["completeness"] = {c: round(max([m.count(c) for m in clusters.values()] or [0]) / len(campaigns[c]), 3) for c in sorted(campaigns)}
    if log_path:
        result["found"] = soon(campaigns, predictions, flagged, log_path)
    return result


def soon(campaigns, predictions, flagged, log_path):
    """For each campaign: hours and share of its exchanges until max(5, 5 %) of its accounts were flagged."""
    times = collections.defaultdict(list)
    of = {a: c for c, m in campaigns.items() for a in m}
    for row in read(log_path):
        if row["account_id"] in of:
            times[of[row["account_id"]]].append(row["ts_ms"])
    found = {}
    for c, members in campaigns.items():
        moments = sorted(predictions[a]["detected_at"] for a in members & flagged)
        need = max(5, -(-len(members) * 5 // 100))
        if len(moments) < need:
            found[c] = None
            continue
        at = moments[need - 1]
        found[c] = [round((at - min(times[c])) / 3.6e6, 1), round(sum(t <= at for t in times[c]) / len(times[c]), 4)]
    return found


if __name__ == "__main__":
    print(json.dumps(score(*sys.argv[1:4]), indent=1))
