"""Fits the two models of Sources/ExportControl/Screening/MatchModel.swift and says how well they do on what they have not seen.

    sluice screen cases --list parties.jsonl --cases match.jsonl --evidence > dev.out
    sluice screen cases --list parties.jsonl --cases own.jsonl --evidence > own.out     # own: Tools/screening-cases.py
    python3 Tools/fit-screening.py --cases match.jsonl --answers dev.out --cases own.jsonl --answers own.out

Needs numpy and scikit-learn. Cases are split into two halves by a hash of their id. `pairs` and `search` give, for each half,
the figures of a model fitted without it; the printed weights are fitted on everything.
"""

import argparse
import hashlib
import json

import numpy as np
from sklearn.linear_model import LogisticRegression


def half(case):
    return int(hashlib.sha256(("7" + str(case["id"])).encode()).hexdigest(), 16) % 2


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def search_rows(items):
    rows, labels = [], []
    for case, answer in items:
        if case["expected_ids"]:
            right = [hit for hit in answer["hits"] if hit["id"] in case["expected_ids"]][:1]
        else:
            right = answer["hits"][:4]
        rows += [hit["evidence"] for hit in right]
        labels += [bool(case["expected_ids"])] * len(right)
    labels = np.array(labels)
    weights = np.where(labels, len(labels) / 2 / max(1, labels.sum()), len(labels) / 2 / max(1, (~labels).sum()))
    return np.array(rows), labels, weights


def recalls(model, items):
    false, right = [], []
    for case, answer in items:
        scores = model.decision_function([hit["evidence"] for hit in answer["hits"]]) if answer["hits"] else []
        if case["expected_ids"]:
            right.append(max([s for s, hit in zip(scores, answer["hits"]) if hit["id"] in case["expected_ids"]], default=-1e9))
        else:
            false.append(max(scores, default=-1e9))
    false.sort(reverse=True)
    return [sum(s > false[int(len(false) * share)] for s in right) / len(right) for share in (0.01, 0.05)]


def f1(labels, scores):
    said = scores >= 0
    hit = (said & labels).sum()
    return 2 * hit / (2 * hit + (said & ~labels).sum() + (~said & labels).sum())


def swift(name, model):
    weights = ", ".join(f"{w:.3f}" for w in model.coef_[0])
    print(f"{name}: bias: {model.intercept_[0]:.3f}, weights: [{weights}]")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", action="append", required=True)
    arguments.add_argument("--answers", action="append", required=True)
    arguments = arguments.parse_args()
    pairs, search = [], []
    for cases, answers in zip(arguments.cases, arguments.answers):
        by_id = {a["id"]: a for a in read(answers)}
        for case in read(cases):
            (pairs if case["kind"] == "pair" else search).append((case, by_id[case["id"]]))
    logistic = lambda strength: LogisticRegression(C=strength, max_iter=20000)
    if pairs:
        rows = np.array([a["evidence"] for _, a in pairs])
        labels = np.array([c["is_match"] for c, _ in pairs])
        halves = np.array([half(c) for c, _ in pairs])
        for side in (0, 1):
            model = logistic(3).fit(rows[halves != side], labels[halves != side])
            print(f"pairs, half {side}: F1 {f1(labels[halves == side], model.decision_function(rows[halves == side])):.3f}")
        swift("pair", logistic(3).fit(rows, labels))
    for side in (0, 1):
        rows, labels, weights = search_rows([i for i in search if half(i[0]) != side])
        model = logistic(0.3).fit(rows, labels, sample_weight=weights)
        given = [i for i in search if half(i[0]) == side and not str(i[0]["id"]).startswith("G")]
        own = [i for i in search if half(i[0]) == side and str(i[0]["id"]).startswith("G")]
        for name, items in (("given", given), ("own", own)):
            if items:
                one, five = recalls(model, items)
                print(f"search, half {side}, {name} cases: recall {one:.3f} at 1 % false hits, {five:.3f} at 5 %")
    rows, labels, weights = search_rows(search)
    swift("search", logistic(0.3).fit(rows, labels, sample_weight=weights))


main()
