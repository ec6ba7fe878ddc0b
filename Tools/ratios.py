#!/usr/bin/env python3
"""What a judged request costs beside a plain proxy: the gateway and nginx on one core, load and model server on another, in turns.

    Tools/ratios.py [--sluice BIN] [--rounds 5] [--seconds 1.5] [--only memory,cpu,latency,streams,flood,resent] [--json FILE]
    Tools/ratios.py --rounds 1 --seconds 0.5 --held 200          a quick look

Bodies: 600 bytes, conversations of 8 KB and 128 KB, English and Chinese: the same ones again, and with a last turn that was never seen.
Gateways: nginx as a plain authenticated proxy, and this one at `durability` process and disk, with the second stage off, efficient and
thorough, and with hardly anything to judge by. All are alive at once and get the load one after another, in every round in another
order; the table has medians. CPU is that of all threads, the kernel's work for them included. Everything is on loopback, bounded, and
ends with this program.

Needs a C compiler; without nginx there are no ratios to it. Only on a machine that does nothing else are these figures worth anything: how
busy others kept the two cores stands in the closing line.
"""

import argparse
import collections
import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "EndToEnd"))
from goals import Goals, shown, table  # noqa: E402
from harness import PHRASE, fetch, free_port, wait_until  # noqa: E402

KEY = "sk-ratios"
CATEGORY = f"""
  - id: origami_ritual
    title: {{en: Origami rituals, zh: 折纸仪式}}
    principle: human-dignity
    absolute: false
    on_failure: closed
    budgets: {{requests: 0.002, answers: 0.0005}}
    permits:
      - {{en: Folding paper., zh: 折纸。}}
    forbids:
      - {{en: The ritual that this measurement made up., zh: 本测量虚构的仪式。}}
    phrases:
      - {PHRASE}
"""
ENGLISH = "the river gate water level mill boat function returns value error line test because of and reads writes opens closes before after".split()
CHINESE = "水闸的管理员每天早晚两次读取水位并记录在一本蓝色的册子里函数返回数值测试通过因为河流上涨所以打开闸门让船经过"
# The size of a body, its turns, its language.
BODIES = {"600 B": (600, 1, "en"), "8 KB": (8 << 10, 5, "en"), "128 KB": (128 << 10, 33, "en"), "8 KB Chinese": (8 << 10, 5, "zh"), "128 KB Chinese": (128 << 10, 33, "zh")}
VARIANTS = 16


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def prose(rng, size, language):
    if language == "zh":
        return "".join(rng.choice(CHINESE) for _ in range(size // 3))
    words = []
    while size > 0:
        words.append(rng.choice(ENGLISH))
        size -= len(words[-1]) + 1
    return " ".join(words)


def body(turns, **fields):
    # Whether it wants a stream stands first, where the model server looks.
    return json.dumps({**fields, "model": "mock-1", "messages": turns}, separators=(",", ":"), ensure_ascii=False)


# What stands first in a last turn, and is another word each time that it is sent: nobody pays to judge what was sent before.
FRESH = "anewwordhere"


def conversation(seed, size, count, language, last):
    each = size // count
    turns = [{"role": ("user", "assistant")[n % 2], "content": prose(random.Random(f"{seed} {n}"), each, language)} for n in range(count - 1)]
    return [*turns, {"role": "user", "content": f"{FRESH} " + prose(random.Random(f"{seed} last {last}"), each - len(FRESH) - 1, language)}]


class Server:
    """A process on the gateways' core that answers on a port."""

    def __init__(self, name, command, port, log, core):
        self.name, self.port = name, port
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [*(["taskset", "-c", str(core)] if core is not None else []), *map(str, command)], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
                env={**os.environ, "SLUICE_THREADS": "1"}, preexec_fn=end_with_parent,
            )  # fmt: skip

    def pids(self):
        out, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            out.append(pid)
            for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                todo += [int(child) for child in path.read_text().split()]
        return out

    def cpu(self):
        """Microseconds that all threads have run."""
        return sum(int(path.read_text().split()[0]) for pid in self.pids() for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1_000

    def memory(self):
        """Bytes, what is shared with others in parts."""
        return sum(int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1]) for pid in self.pids()) << 10

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        cores = sorted(os.sched_getaffinity(0))
        self.load_core, self.gateway_core = (cores[0], cores[1]) if len(cores) > 1 and shutil.which("taskset") else (None, None)
        self.tool, self.values, self.servers = folder / "load", collections.defaultdict(list), []
        compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
        if not compiler:
            raise SystemExit("ratios: skipped: no C compiler here")
        subprocess.run([compiler, "-O2", "-o", self.tool, ROOT / "Tools/load/load.c"], check=True)
        self.upstream = Server("model server", [self.tool, "serve", port := free_port(), "--answer", 1024, "--tokens", 100, "--interval", 20], port, folder / "upstream.log", self.load_core)
        self.slow = Server("slow model server", [self.tool, "serve", port := free_port(), "--tokens", 20, "--interval", 200], port, folder / "slow.log", self.load_core)
        self.servers += [self.upstream, self.slow]

    # MARK: What is started

    def nginx(self, upstream, name="nginx"):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not program:
            return None
        port, work = free_port(), self.folder / name.replace(" ", "-")
        work.mkdir()
        temporary = "".join(f"{kind}_temp_path {work}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        (work / "nginx.conf").write_text(
            f"{user} worker_processes 1; daemon off; pid {work}/pid; error_log {work}/error.log warn;\n"
            f"events {{ worker_connections 16000; }}\nhttp {{ access_log off; {temporary}\n"
            "keepalive_requests 100000000; client_body_buffer_size 512k; client_max_body_size 64m; tcp_nodelay on;\n"
            f"upstream model {{ server 127.0.0.1:{upstream.port}; keepalive 512; keepalive_requests 100000000; }}\n"
            f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ if ($http_authorization != \"Bearer {KEY}\") {{ return 401; }}\n"
            'proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 120s; } } }\n'
        )
        return self.start(Server(name, [program, "-c", work / "nginx.conf"], port, work / "log", self.gateway_core))

    def gateway(self, name, upstream=None, rules="full", **settings):
        port, var = free_port(), self.folder / name.replace(" ", "-")
        var.mkdir()
        (keys := var / "keys.txt").write_text(f"ratios:{KEY}\n")
        keys.chmod(0o600)
        settings = {
            "listen": f"127.0.0.1:{port}", "var": str(var / "var"), "classifier": str(ROOT / "Models/stage1.sluice"), "constitution": str(self.rules(rules)), "keys_file": str(keys),
            "models": [{"name": "mock-1", "dialect": "openai", "upstream": f"http://127.0.0.1:{(upstream or self.upstream).port}", "upstream_model": "mock-1"}],
            "ledger": {"durability": "process"}, **settings,
        }  # fmt: skip
        (path := var / "sluice.yaml").write_text(json.dumps(settings))
        return self.start(Server(name, [self.options.sluice, "serve", "--config", path], port, var / "log", self.gateway_core))

    def rules(self, kind):
        """The built-in rules with a harmless category of our own, or hardly more than that."""
        path = self.folder / f"{kind}.yaml"
        if path.exists():
            return path
        whole = (ROOT / "Sources/Constitution/Resources/default.yaml").read_text().rstrip()
        if kind == "least":
            head, _, _ = whole.partition("\ncategories:")
            whole = head + "\ncategories:"
        path.write_text(whole + CATEGORY)
        return path

    def start(self, server):
        self.servers.append(server)
        hello = body([{"role": "user", "content": "hello"}]).encode()

        def answers():
            if server.process.poll() is not None:
                raise SystemExit(f"ratios: {server.name} ended with {server.process.returncode}")
            return fetch(f"http://127.0.0.1:{server.port}/v1/chat/completions", hello, {"authorization": f"Bearer {KEY}"}, timeout=5)[0] == 200

        wait_until(answers, 30, f"an answer of {server.name}")
        return server

    # MARK: What is measured

    def files(self, name):
        """Bodies of one kind, in files."""
        folder = self.folder / "bodies" / name.replace(" ", "-")
        if not folder.exists():
            folder.mkdir(parents=True)
            size, turns, language = BODIES[name]
            for n in range(VARIANTS):
                (folder / f"{n}.json").write_text(body(conversation(name, size, turns, language, n)))
        return sorted(folder.iterdir())

    def file(self, name, text):
        (path := self.folder / name).write_text(text)
        return path

    def load(self, mode, server, files, *arguments, flag="--body"):
        pin = ["taskset", "-c", str(self.load_core)] if self.load_core is not None else []
        bodies = [x for file in files for x in (flag, file)]
        command = [*pin, self.tool, mode, server.port, "--key", KEY, *arguments, *bodies]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=180)
        if done.returncode:
            raise SystemExit(f"ratios: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def cost(self, server, files, connections=32, fresh=False):
        """(CPU microseconds a request, requests a second)."""
        before = server.cpu()
        said = self.load("turns", server, files, "--seconds", self.options.seconds, "--connections", connections, *(["--fresh", FRESH] if fresh else []))
        kind = said["kinds"][0]
        if kind["failed"] > kind["sent"] // 10:
            raise SystemExit(f"ratios: {kind['failed']} of {kind['sent']} failed at {server.name}")
        return (server.cpu() - before) / kind["ok"], kind["ok"] / said["seconds"]

    def rounds(self, servers, measure):
        servers = [s for s in servers if s]
        for turn in range(self.options.rounds):
            for server in servers[turn % len(servers):] + servers[: turn % len(servers)]:
                for key, value in measure(server).items():
                    self.values[(server.name, *key)].append(value)

    def median(self, *key):
        return statistics.median(self.values[key]) if self.values.get(key) else None

    def ratio(self, name, base, *key):
        ours, theirs = self.median(name, *key), self.median(base, *key)
        return ours / theirs if ours and theirs else None


def measure_cpu(bench, goals, servers):
    plain, slow = servers["plain"], (servers["efficient"], servers["thorough"])
    every = [servers["nginx"], plain, servers["disk"], *slow, servers["least"]]
    for name in BODIES:
        files = bench.files(name)

        def one(server, name=name, files=files):
            # What waits for the encoder longer than its deadline is refused: one at a time, then.
            found = dict(zip((("cpu", name), ("rate", name)), bench.cost(server, files, 1 if server in slow else 32)))
            if server is plain:
                found[("new", name)] = bench.cost(server, files, fresh=True)[0]
            return found

        bench.rounds(every, one)
    rows = []
    for server in filter(None, every):
        cells = [server.name]
        for name in BODIES:
            ratio = bench.ratio(server.name, "nginx", "cpu", name)
            cells.append(f"{shown(bench.median(server.name, 'cpu', name), 0)} µs" + (f" ({shown(ratio, 2)} ×)" if ratio and server.name != "nginx" else ""))
        rows.append(cells)
    new = {name: (bench.median(plain.name, "new", name), bench.median("nginx", "cpu", name)) for name in BODIES}
    rows.append([f"{plain.name}, each with a last turn never seen before", *(f"{shown(ours, 0)} µs" + (f" ({shown(ours / theirs, 2)} ×)" if theirs else "") for ours, theirs in new.values())])
    table(["the same requests again, CPU a request (× nginx)", *BODIES], rows)
    for name in BODIES:
        goals.add(f"CPU per request × nginx, {name}", bench.ratio(plain.name, "nginx", "cpu", name), 3.0)
    goals.add("all safeguards × hardly any, 600 B", bench.ratio(plain.name, "least", "cpu", "600 B"), 1.6)


def measure_latency(bench, goals, servers):
    files = bench.files("600 B")

    def one(server):
        said = bench.load("rate", server, files, "--rate", 1000, "--connections", 64, "--seconds", bench.options.seconds)["kinds"][0]
        return {("latency", q): said[f"{q}_us"] for q in ("p50", "p99")}

    every = [bench.upstream, servers["nginx"], servers["plain"], servers["disk"]]
    bench.rounds(every, one)
    direct = {q: bench.median(bench.upstream.name, "latency", q) for q in ("p50", "p99")}
    added = {s.name: {q: bench.median(s.name, "latency", q) - direct[q] for q in direct} for s in every[1:] if s}
    table(["at 1,000/s, added to direct's", "p50 µs", "p99 µs"], [["direct (whole)", shown(direct["p50"], 0), shown(direct["p99"], 0)], *([name, shown(q["p50"], 0), shown(q["p99"], 0)] for name, q in added.items())])
    plain = added[servers["plain"].name]
    goals.add("added p50 at 1,000/s × nginx", plain["p50"] / added["nginx"]["p50"] if "nginx" in added and added["nginx"]["p50"] > 0 else None, 3.0)
    goals.add("added p99 at 1,000/s, ms", plain["p99"] / 1000, 1.0)


def measure_streams(bench, goals, servers):
    ask = bench.file("stream.json", body([{"role": "user", "content": prose(random.Random(5), 600, "en")}], stream=True))

    def streams(count, tag):
        def one(server):
            before = server.cpu()
            said = bench.load("streams", server, [ask], "--streams", count, "--ramp", 500, "--deadline", 60)
            kind = said["kinds"][0]
            return {(tag, "cpu"): (server.cpu() - before) / max(1, said["tokens"]), (tag, "tokens/s"): said["tokens"] / said["seconds"], (tag, "dropped"): count - kind["ok"]}

        return one

    every = [servers["nginx"], servers["plain"]]
    for count, tag in ((200, "few"), (bench.options.held, "many")):
        bench.rounds(every, streams(count, tag))
    rows = [[s.name, *(shown(bench.median(s.name, tag, what), 2 if what == "cpu" else 0) for tag in ("few", "many") for what in ("cpu", "tokens/s", "dropped"))] for s in every if s]
    table(["streams of 100 tokens, 20 ms", "200: CPU µs a token", "tokens/s", "dropped", f"{bench.options.held}: CPU µs a token", "tokens/s", "dropped"], rows)
    goals.add("CPU per streamed token × nginx, 200 streams", bench.ratio("process", "nginx", "few", "cpu"), 2.5)
    goals.add(f"{bench.options.held} streams × 20 ms: dropped", bench.median("process", "many", "dropped"), 0, 0)
    goals.add(f"{bench.options.held} streams × 20 ms: tokens/s × nginx", bench.ratio("process", "nginx", "many", "tokens/s"), 0.9, least=True)


def measure_memory(bench, goals, _):
    """Fresh servers before a slow model server, one alone at a time: what they hold at rest, and for each stream."""
    rows, count = [], bench.options.held
    ask = bench.file("held.json", body([{"role": "user", "content": prose(random.Random(5), 600, "en")}], stream=True))
    for make in (lambda: bench.nginx(bench.slow, "nginx held"), lambda: bench.gateway("held", bench.slow)):
        server = make()
        if not server:
            continue
        time.sleep(2)
        idle, most, began = server.memory(), 0, time.monotonic()
        pin = ["taskset", "-c", str(bench.load_core)] if bench.load_core is not None else []
        command = [*pin, bench.tool, "streams", server.port, "--key", KEY, "--streams", count, "--ramp", 1500, "--deadline", 40, "--body", ask]
        load = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        while load.poll() is None and time.monotonic() - began < 60:
            most = max(most, server.memory())
            time.sleep(0.2)
        said = json.loads(load.communicate()[0])
        bench.values[server.name, "idle"], bench.values[server.name, "held"] = [idle / 2**20], [(most - idle) / max(1, said["peak"]) / 1024]
        rows.append([server.name, shown(idle / 2**20), shown((most - idle) / max(1, said["peak"]) / 1024), str(count - said["kinds"][0]["ok"])])
        server.stop()
    table(["memory (PSS)", "idle MiB", f"KiB a stream, {count} held", "dropped"], rows)
    goals.add("idle, MiB", bench.median("held", "idle"), 64, 1)
    goals.add("KiB a held stream", bench.median("held", "held"), 16, 1)


def measure_flood(bench, goals, servers):
    server, good = servers["plain"], bench.files("600 B")
    flood = [bench.file(f"refused-{n}.json", body([{"role": "user", "content": f"{n} {prose(random.Random(n), 500, 'en')} {PHRASE}"}])) for n in range(8)]
    streamed = [bench.file(f"refused-stream-{n}.json", body([{"role": "user", "content": f"{n} {prose(random.Random(n), 500, 'en')} {PHRASE}"}], stream=True)) for n in range(8)]
    rate = ["--rate", 500, "--connections", 256, "--seconds", max(2, bench.options.seconds)]
    said = bench.load("turns", server, flood, "--seconds", 0.2)["kinds"][0]
    if said["filtered"] != said["ok"] or said["failed"]:
        raise SystemExit(f"ratios: the flood is not refused: {said}")

    def one(server):
        alone = bench.load("rate", server, good, *rate)["kinds"][0]
        both = bench.load("rate", server, good, *rate, "--flood-rate", 5000, *[x for file in flood for x in ("--flood-body", file)])["kinds"]
        return {
            ("flood", "alone p50"): alone["p50_us"], ("flood", "alone p99"): alone["p99_us"], ("flood", "p50"): both[0]["p50_us"], ("flood", "p99"): both[0]["p99_us"],
            ("flood", "refused"): both[1]["filtered"] / max(1, both[1]["sent"]), ("flood", "failed"): both[0]["failed"] + both[1]["failed"],
            ("flood", "cpu"): bench.cost(server, flood)[0], ("flood", "cpu streamed"): bench.cost(server, streamed)[0], ("flood", "cpu good"): bench.cost(server, good)[0],
        }  # fmt: skip

    bench.rounds([server], one)
    names = ["alone p50", "p50", "alone p99", "p99", "refused", "failed", "cpu", "cpu streamed", "cpu good"]
    table(["500 good ones a second, then beside 5,000 refused", *names], [["µs", *(shown(bench.median(server.name, "flood", n), 2 if n == "refused" else 0) for n in names)]])
    alone, both = bench.median(server.name, "flood", "alone p99"), bench.median(server.name, "flood", "p99")
    goals.add("p99 of good ones under a flood × without", both / alone, 2.0)


def measure_resent(bench, goals, servers):
    last = [conversation("resent", 51 * 4096, 51, "en", n) for n in range(48)]
    whole = [bench.file(f"whole-{n}.json", body(turns)) for n, turns in enumerate(last)]
    alone = [bench.file(f"alone-{n}.json", body(turns[-1:])) for n, turns in enumerate(last)]
    again = bench.options.seconds

    def one(server):
        found = {}
        for kind, files in (("whole", whole), ("alone", alone)):
            said = bench.load("rate", server, files, "--rate", 300, "--connections", 8, "--seconds", bench.options.seconds, "--fresh", FRESH)
            found[("resent", f"{kind} p50")] = said["kinds"][0]["p50_us"]
            if server is not bench.upstream:
                found[("resent", kind)] = bench.cost(server, files, 1, fresh=True)[0]
        return found

    every = [bench.upstream, servers["nginx"], servers["plain"]]
    bench.options.seconds = max(1, again)
    bench.rounds(every, one)
    bench.options.seconds = again
    rows = []
    direct = [bench.median(bench.upstream.name, "resent", f"{kind} p50") for kind in ("whole", "alone")]
    for server in filter(None, every[1:]):
        cost = [bench.median(server.name, "resent", kind) for kind in ("whole", "alone")]
        added = [bench.median(server.name, "resent", f"{kind} p50") - d for kind, d in zip(("whole", "alone"), direct)]
        rows.append([server.name, shown(cost[0], 0), shown(cost[1], 0), shown(cost[0] / cost[1], 2), shown(added[0], 0), shown(added[1], 0), shown(added[0] / added[1], 2)])
    table(["200 KB with a new turn, and the turn alone", "CPU whole µs", "alone µs", "ratio", "added to direct's median at 300/s: whole µs", "alone µs", "ratio"], rows)
    goals.add("200 KB resent × its last turn, CPU of the process", cost[0] / cost[1], 1.3)
    goals.add("200 KB resent × its last turn, added to direct's median", added[0] / added[1], 1.3)


MEASURES = {"memory": measure_memory, "cpu": measure_cpu, "latency": measure_latency, "streams": measure_streams, "flood": measure_flood, "resent": measure_resent}


def strangers(began):
    """The share of all cores' time since `began` that this program's children did not use, and were not idle."""
    lines = [line.split() for line in pathlib.Path("/proc/stat").read_text().splitlines() if re.match(r"cpu\d", line)]
    busy = sum(sum(map(int, line[1:9])) - int(line[4]) - int(line[5]) for line in lines) / os.sysconf("SC_CLK_TCK")
    return busy - (began or 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default=ROOT / ".build/release/sluice", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each load")
    parser.add_argument("--held", type=int, default=2000, help="streams at once")
    parser.add_argument("--only", help="some of " + ",".join(MEASURES))
    parser.add_argument("--json", type=pathlib.Path, help="the raw figures")
    parser.add_argument("--strict", action="store_true", help="end with status 1 where a goal is missed")
    options = parser.parse_args()
    options.sluice = options.sluice.resolve()
    wanted = options.only.split(",") if options.only else list(MEASURES)
    if unknown := set(wanted) - set(MEASURES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="ratios-") as folder:
        bench, goals = Bench(options, pathlib.Path(folder)), Goals()
        busy, began = strangers(0), time.monotonic()
        try:
            if "memory" in wanted:
                measure_memory(bench, goals, None)
            servers = {"nginx": bench.nginx(bench.upstream), "plain": bench.gateway("process")}
            if not servers["nginx"]:
                print("ratios: no nginx here, so no ratios to it")
            extra = {"disk": {"ledger": {"durability": "disk"}}, "efficient": {"second_stage": "efficient"}, "thorough": {"second_stage": "thorough"}}
            for name, settings in extra.items():
                servers[name] = bench.gateway(name, **settings) if {"cpu", "latency"} & set(wanted) else None
            servers["least"] = bench.gateway("least", rules="least", distillation={"watch": "off"}, public_log={"enabled": "off"}) if "cpu" in wanted else None
            for name in wanted:
                if name != "memory":
                    MEASURES[name](bench, goals, servers)
            own = sum(s.cpu() for s in bench.servers if s.process.poll() is None) / 1e6 + sum(os.times()[:4])
        finally:
            for server in bench.servers:
                if server.process.poll() is None:
                    server.stop()
    goals.show()
    if options.json:
        options.json.write_text(json.dumps({" / ".join(k): v for k, v in bench.values.items()}, indent=1))
    wall = time.monotonic() - began
    other = max(0.0, strangers(busy) - own) / wall / (os.cpu_count() or 1)
    print(f"\n{goals.closing} ({wall:.0f} s, others used {other:.0%} of the cores)")
    sys.exit(1 if goals.missed and options.strict else 0)


if __name__ == "__main__":
    main()
