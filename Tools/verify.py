#!/usr/bin/env python3
"""Every count in full: runs each check once per state of the code, keeps the figures in .verify/, prints one table (name, goal, figure).

    make verify                       what is missing or failed for this code, then the table
    make verify ONLY=leak,kill        some checks
    make verify TABLE=1               the table alone

Interrupt it when you like: a check that has passed on this code is not run again. Documents are no code: changing them runs nothing anew.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STATE = ROOT / ".verify"
SLUICE = ROOT / ".build/release/sluice"
FLAGS = ["-c", "release", "-Xswiftc", "-enable-testing", "-Xswiftc", "-enforce-exclusivity=unchecked"]
DATA = pathlib.Path(os.environ.get("SLUICE_DATA", ROOT.parent / "shared/data"))


class Failed(Exception):
    """A check whose figure misses its goal, or that could not be made."""


class Skipped(Exception):
    """A check that this machine cannot make; says why."""


def run(command, log, timeout, **options):
    """Runs to the end, output into a log; the output."""
    with open(STATE / f"{log}.log", "w+") as out:
        done = subprocess.run([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT, cwd=options.pop("cwd", ROOT), timeout=timeout, **options)
        out.seek(0)
        text = out.read()
    if done.returncode != 0:
        lines = [line for line in text.splitlines() if line.strip()]
        raise Failed(f"exit {done.returncode}: {' / '.join(lines[-2:])[:200]} (.verify/{log}.log)")
    return text


def pytest(name, *arguments, timeout=7200):
    """The figures that a suite reported, and its closing line."""
    figures = STATE / f"{name}.figures"
    figures.unlink(missing_ok=True)
    text = run([ROOT / ".venv/bin/python", "-m", "pytest", *arguments, "--figures", figures], name, timeout)
    found = [json.loads(line) for line in figures.read_text().splitlines()] if figures.exists() else []
    closing = re.sub(r"=+", "", text.strip().splitlines()[-1]).strip()
    if not re.search(r"\b[1-9]\d* passed", closing):
        reasons = re.findall(r"^SKIPPED \[\d+\] \S+ (.*)", text, re.M)
        raise Skipped("; ".join(dict.fromkeys(reasons)) or closing)
    return "; ".join(f"{f['value']} {f['unit']}".strip() for f in found) or closing


def formatting():
    run(["swift", "format", "lint", "--strict", "-r", "Sources", "Tests", "Package.swift"], "format", 300)
    return "clean"


def warnings():
    """A build from nothing, in a folder of its own, so that every warning shows."""
    text = run(["swift", "build", *FLAGS, "--build-tests", "--scratch-path", ".build-verify"], "warnings", 3600)
    shutil.rmtree(ROOT / ".build-verify", ignore_errors=True)
    ours = [line for line in text.splitlines() if re.match(rf"{re.escape(str(ROOT))}/(Sources|Tests)/.*warning:", line)]
    if ours:
        raise Failed(f"{len(ours)} warnings, such as {ours[0][-120:]}")
    return "0"


def unit():
    environment = {**os.environ, "SLUICE_COUNTS": "full", "SLUICE_STREAMS": "2000"}
    run(["swift", "build", *FLAGS, "--build-tests"], "unit-build", 3600)
    program = next((ROOT / ".build/release").glob("*PackageTests.xctest"))
    text = run([program, "--testing-library", "swift-testing"], "unit", 3600, env=environment)
    return re.findall(r"Test run with .*", text)[-1]


def exclusivity():
    """The unit tests in a debug build, which checks every access to a variable while it runs."""
    text = run(["swift", "test", "--disable-xctest", "--scratch-path", ".build-verify"], "exclusivity", 7200)
    shutil.rmtree(ROOT / ".build-verify", ignore_errors=True)
    return re.findall(r"Test run with .*", text)[-1]


def clean_clone():
    """Set-up, build, start and the whole short test of a fresh clone, against the clock."""
    clone = STATE / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    run(["git", "clone", "-q", ROOT, clone], "clone", 300)
    began = time.monotonic()
    environment = {**os.environ, "SLUICE_DATA": str(DATA)}
    run(["make", "test"], "clean-clone", 5400, cwd=clone, env=environment)
    cold = time.monotonic() - began
    began = time.monotonic()
    run(["make", "test"], "warm-clone", 5400, cwd=clone, env=environment)
    warm = time.monotonic() - began
    shutil.rmtree(clone, ignore_errors=True)
    figure = f"{cold / 60:.1f} min cold, {warm / 60:.1f} min warm"
    if cold > 1800 or warm > 180:
        raise Failed(figure)
    return figure


def fuzz():
    run(["swift", "build", *FLAGS, "--build-tests"], "fuzz-build", 3600)
    return script("fuzz", "Tools/fuzz.py", "--inputs", "10000000", timeout=36000)


def judge_rate():
    """`sluice judge` on one core, on prompts that differ."""
    words = "water gauge mill river canal gate keeper level rises falls morning evening barge lock reed heron bank stone explain write code".split()
    path, count = STATE / "prompts.jsonl", 60_000
    with path.open("w") as out:
        for n in range(count):
            seed = hashlib.sha256(str(n).encode()).digest()
            text = " ".join(words[b % len(words)] + (str(b) if b > 200 else "") for b in seed * 3)
            out.write(json.dumps({"id": str(n), "text": text}) + "\n")
    pin = ["taskset", "-c", "1"] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []
    began = time.monotonic()
    with path.open("rb") as prompts, (STATE / "judged.jsonl").open("wb") as out:
        subprocess.run([*pin, str(SLUICE), "judge"], stdin=prompts, stdout=out, check=True, timeout=600, cwd=ROOT)
    rate = count / (time.monotonic() - began)
    ids = [json.loads(line)["id"] for line in (STATE / "judged.jsonl").open()]
    if ids != [str(n) for n in range(count)]:
        raise Failed("the lines are not in order, or some are missing")
    if rate < 5000:
        raise Failed(f"{rate:,.0f} prompts/s")
    return f"{rate:,.0f} prompts/s (about 560 characters each)"


def classifier():
    """The shipped weights on sources left out of training, plain and obfuscated."""
    if not (DATA / "safety").is_dir():
        raise Skipped("no data (set SLUICE_DATA)")
    script = ROOT / "Tools/evaluate-classifier.py"
    if not script.exists():
        raise Skipped("Tools/evaluate-classifier.py is missing")
    text = run([ROOT / ".venv/bin/python", script, "--data", DATA / "safety", "--sluice", SLUICE], "classifier", 3600)
    return text.strip().splitlines()[-1]


def bench():
    text = run([ROOT / "Tools/bench.sh"], "bench", 7200)
    if "bench: skipped" in text:
        raise Skipped(text.strip().splitlines()[-1])
    return text.strip().splitlines()[-1]


def script(name, *command, timeout=3600, data=None):
    """The closing line of a script of Tools/ that fails where a goal is missed."""
    if data and not (DATA / data).is_dir():
        raise Skipped("no data (set SLUICE_DATA)")
    return run([ROOT / ".venv/bin/python", *command], name, timeout).strip().splitlines()[-1]


def spark():
    """Traffic of our own through Spark's partitions and through one process."""
    run([ROOT / "Tools/setup.sh", "spark"], "spark-setup", 3600)
    folder = STATE / "spark-traffic"
    run([sys.executable, ROOT / "Tools/distillation-traffic.py", folder, "--seed", "7700", "--exchanges", "60000", "--campaigns", "hydra,stealth"], "spark-traffic", 600)
    text = run([ROOT / ".venv-spark/bin/python", ROOT / "Tools/distillation-spark.py", folder, "--sluice", SLUICE], "spark", 3600)
    return text.strip().splitlines()[-1]


def vectors():
    """`sluice log vectors` on every file of the transparency data."""
    folder = DATA / "transparency"
    if not folder.is_dir():
        raise Skipped("no data (set SLUICE_DATA)")
    files = sorted(p for p in folder.rglob("*") if p.suffix in {".json", ".jsonl"})
    return run([SLUICE, "log", "vectors", *files], "vectors", 600).strip().splitlines()[-1]


def units():
    """The units as they are, but for the binary's path, which is not there on a machine that only builds."""
    if not shutil.which("systemd-analyze"):
        raise Skipped("no systemd-analyze here")
    folder, worst = STATE / "units", 0.0
    folder.mkdir(exist_ok=True)
    for path in sorted((ROOT / "Deploy/systemd").glob("*.*")):
        (folder / path.name).write_text(path.read_text().replace("/usr/local/bin/sluice", str(SLUICE)))
    names = sorted(p for p in folder.iterdir() if p.suffix in {".service", ".timer"})
    if said := run(["systemd-analyze", "verify", *names], "units", 60).strip():
        raise Failed(said.splitlines()[-1][:200])
    for name in (n for n in names if n.suffix == ".service"):
        text = run(["systemd-analyze", "security", "--offline=yes", name], "units", 60)
        worst = max(worst, float(re.search(r"exposure level for \S+: ([0-9.]+)", text)[1]))
    if worst > 1.5:
        raise Failed(f"exposure {worst}")
    return f"clean; highest exposure {worst}"


def sbom():
    made = [run([sys.executable, ROOT / "Tools/sbom.py"], "sbom", 60) for _ in range(2)]
    if made[0] != made[1]:
        raise Failed("two runs differ")
    listed = {c["name"] for c in json.loads(made[0])["components"]}
    pins = {p["location"].removesuffix(".git").rsplit("/", 1)[1] for p in json.loads((ROOT / "Package.resolved").read_text())["pins"]}
    if missing := pins - listed:
        raise Failed(f"not listed: {', '.join(sorted(missing))}")
    return f"{len(listed)} components"


# name: (what, goal, check)
CHECKS = {
    "format": ("swift format lint --strict", "clean", formatting),
    "warnings": ("warnings in a build from nothing", "0", warnings),
    "unit": ("unit tests", "all pass", unit),
    "exclusivity": ("unit tests in a debug build, access to variables checked", "all pass", exclusivity),
    "sdks": ("official openai and anthropic SDKs, scripted and real model", "all pass", lambda: pytest("sdks", "EndToEnd/test_openai_sdk.py", "EndToEnd/test_anthropic_sdk.py")),
    "texts": ("legacy completions, embeddings, moderations; answers given again; a second model; a resent conversation", "all pass", lambda: pytest("texts", "EndToEnd/test_texts.py", "EndToEnd/test_agents.py")),
    "faults": ("bad input and broken model servers", "all pass", lambda: pytest("faults", "EndToEnd/test_faults.py", "--byte-step", "1")),
    "up": ("start, first curl lines, drain", "all pass", lambda: pytest("up", "EndToEnd/test_up.py")),
    "privacy": ("no prompt, answer or secret is kept; 50 planted ones", "0 found", lambda: pytest("privacy", "EndToEnd/test_privacy.py")),
    "judge": ("sluice judge and --help", "all pass", lambda: pytest("judge", "EndToEnd/test_judge.py")),
    "streams": ("100,000 generated streams of every pairing of dialects, 40 % with a fault", "0 against the grammar", lambda: pytest("streams", "EndToEnd/test_streams.py", "-k", "grammar", "--grammar-streams", "100000", timeout=14400)),
    "transcripts": ("504 transcripts of every make of server, each by every client, cut in 12 ways", "0 changed by a cut or read as something else", lambda: pytest("transcripts", "EndToEnd/test_transcripts.py", "--transcripts", "504", "--cuts", "12", timeout=14400)),
    "broken-servers": ("2,400 faults of model servers over every pairing of dialects", "0 read as a success or recorded as complete; nothing left behind", lambda: pytest("broken-servers", "EndToEnd/test_broken_servers.py", "--faults", "2400", timeout=14400)),
    "clients": ("litellm, LangChain's two classes, instructor, against servers of every dialect", "all pass", lambda: pytest("clients", "EndToEnd/test_clients.py")),
    "openapi": ("schemathesis against the served descriptions: clients' and the admin API's", "no 5xx, no undescribed answer", lambda: pytest("openapi", "EndToEnd/test_openapi.py", "--openapi-examples", "200")),
    "fuzz": ("10,000,000 inputs: events, JSON, requests and answers of every reader and writer, HTTP of both sides", "0 wrong, no crash, <= 1 GiB", fuzz),
    "pairings": ("10,000 streams with a planted stop for each pairing of dialects", "0 with a byte past the cut", lambda: pytest("pairings", "EndToEnd/test_leak.py", "-k", "translation", "--leak-streams", "20000", timeout=36000)),
    "leak": ("10,000 seeded streams with a planted stop", "0 with a byte past the cut", lambda: pytest("leak", "EndToEnd/test_leak.py", "--leak-streams", "10000")),
    "kill": ("kill -9 at 200 random moments under load", "0 exchanges missing", lambda: pytest("kill", "EndToEnd/test_kill.py", "--kill-rounds", "200")),
    "revoke": ("revocation with 500 open streams", "all end within 1 s", lambda: pytest("revoke", "EndToEnd/test_revoke.py", "--held-streams", "500")),
    "access": ("application to key, holds, permissions; 2,000 streams of a revoked organisation", "cut within 1 s; p99 <= 250 ms", lambda: pytest("access", "EndToEnd/test_access.py", "--revoked-streams", "2000")),
    "imports": ("kill -9 at 100 random moments of a list import", "a whole version in force each time", lambda: pytest("imports", "EndToEnd/test_screen.py", "--import-kills", "100")),
    "http": ("TLS, HTTP/2 with clients and model servers, the PROXY protocol, browsers' questions; hostile frames", "all pass", lambda: pytest("http", "EndToEnd/test_http2.py", "EndToEnd/test_connections.py", "EndToEnd/test_http.py")),
    "judge-rate": ("sluice judge on one core", ">= 5,000 prompts/s", judge_rate),
    "classifier": ("recall at 1 % false positives on unseen sources; obfuscated forms", ">= 0.40; >= 90 % of plain", classifier),
    "stage2": ("both stages on sources no weights may be trained on", "reported", lambda: script("stage2", "Tools/evaluate-stage2.py", "--data", DATA / "safety", "--sluice", SLUICE, data="safety")),
    "replay": ("1,000 recorded decisions judged again, for each of three settings", "1,000 identical verdicts", lambda: pytest("replay", "EndToEnd/test_replay.py", "--replays", "1000")),
    "guards": ("guards outside: every format, garbled, late, broken, over budget; the failure rule; shadow", "all pass", lambda: pytest("guards", "EndToEnd/test_guards.py", "EndToEnd/test_failure_rule.py")),
    "hostile": ("texts made to cost time or memory, both profiles", "each within 20 s and 900 MiB", lambda: pytest("hostile", "EndToEnd/test_hostile_text.py")),
    "answers": ("1,800 stand-in answers, 10,000 ordinary ones", ">= 90 % cut, median delay <= 8 tokens, <= 5 false cuts", lambda: script("answers", "Tools/answers-stand-in.py", "--sluice", SLUICE, "--data", DATA, data="safety")),
    "routing": ("50 deaths, 2,000 hang-ups, 1,000 reloads under 500 streams", "0 failed, 0 sent twice, 0 dropped", lambda: script("routing", "Tools/routing.py", "--sluice", SLUICE)),
    "budgets": ("1,000 calls on a budget for 100; 10,000 aborted; kill -9 at 200 moments", "exactly 100; 0 left; 0 micro-units off", lambda: pytest("budgets", "EndToEnd/test_budgets.py", "--kill-rounds", "200", "--aborts", "10000")),
    "keeping": ("backup under load, pruning, rekeying killed 66 times, upgrade, a disk that fills", "balances equal; 0 lost", lambda: pytest("keeping", "EndToEnd/test_keeping.py", "--kill-rounds", "200")),
    "soak": ("30 minutes at 70 % of one loop", "nothing grows", lambda: script("soak", "Tools/soak.py", "--sluice", SLUICE, timeout=3600)),
    "units": ("systemd units: verify, exposure", "clean; <= 1.5", units),
    "sbom": ("CycloneDX list of what is in it", "every pin, same bytes twice", sbom),
    "limits": ("limits of six holders at 2,000 requests/s over 2 minutes; as both SDKs read them", "within 1 %; all pass", lambda: pytest("limits", "EndToEnd/test_limits.py", "--limit-seconds", "120")),
    "watching": ("metrics, traces, log lines; webhooks, every alarm, what a kill leaves of them", "all pass", lambda: pytest("watching", "EndToEnd/test_watching.py", "EndToEnd/test_webhooks.py")),
    "screening": ("names against lists, on two halves of the cases", ">= 0.95 at 1 %, >= 0.98 at 5 %; pairs F1 >= 0.86", lambda: script("screening", "Tools/screening-figures.py", "--sluice", SLUICE, "--data", DATA / "export", data="export")),
    "export": ("chips, blanked cells, ownership, compute", "all; 0 wrong; 1 M edges <= 2 s", lambda: script("export", "Tools/export-figures.py", "--sluice", SLUICE)),
    "vectors": ("sluice log vectors", "0 failed", vectors),
    "proof": ("100,000 exchanges through the server: audit, 1,000 receipts by both verifiers, 1,000 cheats of ten kinds", "sound; all agree; all found", lambda: pytest("proof", "EndToEnd/test_public_log.py", "--proof-exchanges", "100000", "--proof-receipts", "1000", "--cheats", "1000", "-k", "not kills")),
    "page": ("the public page in headless Chromium, network off: a receipt of every kind, each byte of it changed", "verified <= 100 ms; every change rejected", lambda: pytest("page", "EndToEnd/test_proof.py", "EndToEnd/test_public_log.py", "-k", "page", "--page-step", "1")),
    "log-kills": ("kill -9 of the server over its public log, 500 times", "0 promises broken, no size with two roots", lambda: pytest("log-kills", "EndToEnd/test_public_log.py", "--log-kills", "500", "-k", "kills")),
    "kill-log": ("kill -9 of a loaded log at 500 random points", "0 acknowledged entries lost", lambda: script("kill-log", "EndToEnd/killlog.py", "--sluice", SLUICE, "--count", "500")),
    "log": ("the public log: appends, audit, proofs", ">= 20,000/s; <= 30 s; <= 1 ms", lambda: script("log", "Tools/measure-log.py", "--sluice", SLUICE)),
    "people": ("administrators: accounts, roles, four eyes, recovery, TLS; OpenID sign-in at two providers", "all pass", lambda: pytest("people", "EndToEnd/test_people.py", "EndToEnd/test_oidc.py")),
    "egress": ("bytes of a guarded server before it stops: padding, burst, drip; link with the gateway killed", "< 10 MB of 10 GB each, no false stop", lambda: pytest("egress", "EndToEnd/test_egress.py")),
    "watch": ("distillation watch on traffic of our own", "reported", lambda: script("watch", "Tools/distillation-report.py", "--sluice", SLUICE, "--ablation", "--cost")),
    "spark": ("the distillation scan on a local Spark cluster, four partitions, beside one process", ">= 99.5 % the same verdicts", spark),
    "watch-live": ("a campaign among honest people through the gateway: found, limited, appealed; hand-over time", "one cluster, 0 honest; undone <= 60 s; hand-over reported", lambda: pytest("watch-live", "EndToEnd/test_distillation_watch.py")),
    "end-to-end": ("every end-to-end suite, what the short form samples whole", "all pass", lambda: pytest("end-to-end", "EndToEnd", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder", "--byte-step", "1", "--held-streams", "500", "--aborts", "1000", "--hangups", "500")),
    "clean-clone": ("make test on a clean clone, cold and warm", "<= 30 min, <= 3 min", clean_clone),
    "ratios": ("beside nginx: bodies of 600 B to 128 KB, English and Chinese, durability, second stage, latency, streams, memory, a flood of refused prompts, 200 KB sent again", "reported, each with its goal", lambda: script("ratios", "Tools/ratios.py", "--sluice", SLUICE, "--json", STATE / "ratios.json")),
    "bench": ("beside nginx and LiteLLM: CPU, latency, tokens, held streams, idle, start", "reported, each with its goal", bench),
}  # fmt: skip


def revision():
    """A mark of the code: every tracked file as it is here, but for documents."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    mark = hashlib.sha256()
    for name in sorted(n for n in names if n and not n.endswith(".md")):
        path = ROOT / name
        data = path.read_bytes() if path.is_file() else b"gone"
        mark.update(f"{name} {len(data)} ".encode() + data)
    return mark.hexdigest()[:16]


def table(results):
    """One row for each check; a figure must not end its cell."""
    print("\n| name | what | goal | figure | | seconds |\n|---|---|---|---|---|---:|")
    for name, (what, goal, _) in CHECKS.items():
        row = results.get(name, {"state": "not run", "figure": ""})
        figure = " ".join(row["figure"].replace("|", "/").split())
        print(f"| {name} | {what} | {goal} | {figure} | {row['state']} | {row.get('seconds', '')} |")


def perform(check):
    """(state, figure) of one check; whatever goes wrong in it fails it, and the others are run all the same."""
    try:
        return "passed", check()
    except Skipped as reason:
        return "skipped", str(reason)
    except Exception as reason:  # noqa: BLE001
        return "FAILED", f"{'' if isinstance(reason, Failed) else type(reason).__name__ + ': '}{reason}"[:400]


def load(path):
    """What is known of this code; a file that an interrupted write left behind is nothing known."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def save(path, results):
    with contextlib.suppress(OSError):
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(results, indent=1))
        draft.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names, separated by commas")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    STATE.mkdir(exist_ok=True)
    path = STATE / f"{revision()}.json"
    results = load(path)
    wanted = options.only.split(",") if options.only else list(CHECKS)
    if unknown := set(wanted) - set(CHECKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    try:
        for name in [] if options.table else wanted:
            if results.get(name, {}).get("state") == "passed":
                continue
            print(f"{name}: {CHECKS[name][0]} …", flush=True)
            began = time.monotonic()
            state, figure = perform(CHECKS[name][2])
            results[name] = {"state": state, "figure": figure, "seconds": round(time.monotonic() - began, 1)}
            save(path, results)
            print(f"{name}: {state}, {figure} ({results[name]['seconds']} s)", flush=True)
    except KeyboardInterrupt:
        print("interrupted; run it again to go on", flush=True)
        table(results)
        sys.exit(130)
    table(results)
    sys.exit(1 if any(results.get(n, {}).get("state") == "FAILED" for n in CHECKS) else 0)


if __name__ == "__main__":
    main()
