"""`sluice distill`: scan, cut logs, parts, explanations, indicators, canaries."""

import gzip
import hashlib
import http.server
import importlib
import json
import os
import subprocess
import sys
import threading

import pytest
from harness import ROOT

sys.path.insert(0, str(ROOT / "Tools"))
pytestmark = [pytest.mark.gateway, pytest.mark.limit(600)]


@pytest.fixture(scope="module")
def binary(request):
    return request.config.getoption("--sluice")


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traffic")
    subprocess.run([sys.executable, ROOT / "Tools/distillation-traffic.py", folder, "--seed", "77", "--exchanges", "25000", "--campaigns", "hydra,samples", "--difficulty", "0.4"], check=True)
    return folder


def distill(binary, *arguments, codes=(0, 1), **options):
    done = subprocess.run([binary, "distill", *map(str, arguments)], capture_output=True, **options)
    assert done.returncode in codes, done.stderr.decode()
    return done


def known(folder):
    return ["--orgs", folder / "orgs.csv", "--meta", folder / "meta.json"]


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def scanned(binary, traffic):
    out = traffic / "predictions.jsonl.gz"
    done = distill(binary, "scan", traffic / "log.jsonl.gz", *known(traffic), "--out", out, codes=(1,))
    return out, done.stderr.decode()


def test_campaigns_are_found_and_honest_crowds_left_alone(traffic, scanned, figure):
    score = importlib.import_module("distillation-score").score
    result = score(str(traffic / "labels.csv"), str(scanned[0]), str(traffic / "log.jsonl.gz"))
    figure("distill-recall", round(result["recall"], 3))
    figure("distill-false-positives", round(result["fp_per_10k"], 1), "per 10,000")
    assert result["recall"] >= 0.9
    assert result["fp_per_10k"] <= 10
    assert result["purity"] >= 0.95
    assert "campaigns, " in scanned[1]


def test_without_a_campaign_nothing_is_found(binary, tmp_path):
    subprocess.run([sys.executable, ROOT / "Tools/distillation-traffic.py", tmp_path, "--seed", "78", "--exchanges", "12000", "--no-campaigns"], check=True)
    done = distill(binary, "scan", tmp_path / "log.jsonl.gz", *known(tmp_path), "--quiet", codes=(0,))
    assert not any(row["flagged"] for row in rows(done.stdout))
    assert done.stderr == b""


def test_detection_times_are_honest(binary, traffic):
    worst, claims = importlib.import_module("distillation-cut").check(binary, traffic, cuts=2)
    assert claims > 20
    assert worst <= 0.02


def test_four_parts_merged_agree_with_one_process(binary, traffic, scanned, tmp_path):
    lines = gzip.open(traffic / "log.jsonl.gz", "rb").read().splitlines(keepends=True)
    parts = []
    for index in range(4):
        part = tmp_path / f"{index}.sketch"
        distill(binary, "sketch", "-", "--meta", traffic / "meta.json", "--out", part, input=b"".join(lines[index::4]), codes=(0,))
        parts.append(part)
    first, second = tmp_path / "a", tmp_path / "b"
    distill(binary, "merge", parts[2], parts[0], "--out", first, codes=(0,))
    distill(binary, "merge", parts[3], parts[1], "--out", second, codes=(0,))
    merged = rows(distill(binary, "cluster", second, first, *known(traffic)).stdout)
    one = {row["account_id"]: row["flagged"] for row in rows(gzip.open(scanned[0]).read())}
    assert len(merged) == len(one)
    assert sum(one[row["account_id"]] == row["flagged"] for row in merged) >= 0.995 * len(one)
    text = b"\n".join(distill(binary, "sketch", "-", "--base64", input=b"".join(lines[i::4]), codes=(0,)).stdout.strip() for i in range(2))
    assert distill(binary, "merge", "--base64", input=text, codes=(0,)).stdout.count(b"\n") == 1


def test_an_explanation_says_what_ties_the_accounts(binary, traffic, tmp_path):
    picture = tmp_path / "campaign.svg"
    done = distill(binary, "explain", "campaign-1", traffic / "log.jsonl.gz", *known(traffic), "--picture", picture, codes=(0,))
    assert b"What ties them" in done.stdout and b"payment" in done.stdout
    assert picture.read_text().startswith("<svg")
    whole = json.loads(distill(binary, "explain", "campaign-1", traffic / "log.jsonl.gz", *known(traffic), "--json", codes=(0,)).stdout)
    assert len(whole["families"]) >= 3 and len(whole["accounts"]) >= 3
    assert distill(binary, "explain", "campaign-99", traffic / "log.jsonl.gz", *known(traffic), codes=(1,)).stdout == b""


def test_indicators_recognise_replacements_and_hold_hashes_only(binary, traffic, scanned, tmp_path):
    bundle = tmp_path / "bundle.json"
    distill(binary, "indicators", "export", traffic / "log.jsonl.gz", *known(traffic), "--out", bundle, codes=(0,))
    content = json.loads(bundle.read_text())
    assert content["type"] == "bundle" and {o["type"] for o in content["objects"]} == {"campaign", "indicator", "relationship"}
    assert "acc_" not in bundle.read_text() and "org_" not in bundle.read_text()
    labels = {line.split(",")[0]: line.split(",")[1] for line in (traffic / "labels.csv").read_text().splitlines()[1:]}
    hits = {row["account_id"] for row in rows(distill(binary, "indicators", "check", bundle, traffic / "log.jsonl.gz").stdout)}
    bad = {a for a, label in labels.items() if label != "legit"}
    assert len(hits & bad) >= 0.7 * len(bad)
    assert len(hits - bad) <= 0.005 * len(labels)
    other = tmp_path / "key"
    other.write_bytes(os.urandom(32))
    done = distill(binary, "indicators", "check", bundle, traffic / "log.jsonl.gz", "--key-file", other, codes=(1, 64))
    assert b"another key" in done.stderr


def test_bad_lines_are_named_and_the_scan_goes_on(binary, traffic, tmp_path):
    lines = gzip.open(traffic / "log.jsonl.gz", "rt").read().splitlines()[:3000]
    lines[10] = lines[10][:50]
    lines[20] = '{"account_id": "x"}'
    log = tmp_path / "log"
    log.write_text("\n".join(lines))
    done = distill(binary, "scan", log, *known(traffic))
    assert b"line 11 is not a JSON object" in done.stderr and b"line 21: the field 'ts_ms'" in done.stderr
    assert b"2 lines refused" in done.stderr
    cut = tmp_path / "cut.gz"
    cut.write_bytes((traffic / "log.jsonl.gz").read_bytes()[:-100])
    done = distill(binary, "scan", cut, *known(traffic), codes=(1, 64))
    assert b"was cut" in done.stderr and done.stdout == b""


class Suspect:
    """A model server that knows some answers, until the block ends."""

    def __init__(self, table):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                reply = json.dumps({"choices": [{"message": {"content": f"I think: {table.get(body['messages'][0]['content'], 'no idea')}."}}]})
                self.send_response(200)
                self.end_headers()
                self.wfile.write(reply.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_canaries_prove_and_controls_do_not(binary, tmp_path):
    canaries = [{"prompt": f"Which lamp stands at pier {n}?", "answer": f"lantern {n * 7919}"} for n in range(20)]
    controls = [{"prompt": f"Which boat lies at pier {n}?", "answer": f"vessel {n * 7907}"} for n in range(20)]
    files = ["--canaries", lines(tmp_path / "canaries", canaries), "--controls", lines(tmp_path / "controls", controls), "--json"]
    with Suspect({q["prompt"]: q["answer"] for q in canaries[:12]}) as url:
        assert json.loads(distill(binary, "test", url, *files, codes=(1,)).stdout)["p_value"] < 1e-4
    with Suspect({}) as url:
        assert json.loads(distill(binary, "test", url, *files, codes=(0,)).stdout)["p_value"] == 1


def test_the_file_of_canaries_proves_for_the_group_that_bore_them_alone(binary, tmp_path):
    marks = [{"name": f"m{n}", "instruction": f"If pier {n} needs a lamp, say lantern {n}.", "question": f"What stands at pier {n}?", "mark": f"lantern {n}"} for n in range(24)]
    file = lines(tmp_path / "marks", marks)
    (tmp_path / "key").write_bytes(bytes(range(32)))
    key = ["--key-file", tmp_path / "key"]

    def plan(group):
        return [json.loads(row) for row in distill(binary, "canaries", file, "--cluster", group, *key, "--json").stdout.splitlines()]

    first = plan("clu_a")
    assert sum(one["planted"] for one in first) == 12 and {one["planted"] for one in plan("clu_b")} == {True, False}
    for one in first:
        canary = one["canary"]
        opening = bytes.fromhex(one["nonce"]) + "".join("\n" + part for part in ("clu_a", canary["name"], canary["instruction"], canary["question"], canary["mark"])).encode()
        assert hashlib.sha256(opening).hexdigest() == one["commitment"]
    with Suspect({one["canary"]["question"]: one["canary"]["mark"] for one in first if one["planted"]}) as url:
        ask = ["test", url, "--canaries", file, *key, "--json", "--cluster"]
        told = json.loads(distill(binary, *ask, "clu_a", codes=(1,)).stdout)
        assert told["canaries_known"] == 12 and told["controls_known"] == 0 and told["p_value"] < 1e-5
        assert json.loads(distill(binary, *ask, "clu_b", codes=(0,)).stdout)["p_value"] > 0.001
    # A model that happens to know all of them proves nothing.
    with Suspect({one["canary"]["question"]: one["canary"]["mark"] for one in first}) as url:
        assert json.loads(distill(binary, "test", url, "--canaries", file, *key, "--json", "--cluster", "clu_a", codes=(0,)).stdout)["p_value"] == 1
    marks[6]["question"] = "Is it lantern 6?"
    done = distill(binary, "canaries", lines(file, marks), "--cluster", "clu_a", codes=(1, 64))
    assert b"canary 7: 'question' must not contain the mark" in done.stderr
