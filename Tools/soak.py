#!/usr/bin/env python3
"""Half an hour at 70 % load: does anything grow? Memory, connections, running and waiting exchanges, latency.

    Tools/soak.py [--sluice BIN] [--minutes 30] [--load 0.7]
    Tools/soak.py --minutes 2.5          the short form

The gateway gets one event loop and one thread to judge on. What a request costs it (CPU time) is measured first; requests then come at
the rate that keeps one core busy for the wanted share of the time, whatever else the machine does: long prompts (12 to 60 KB), streams and whole answers in both
dialects, refusals, and one client in fifty that hangs up. The second quarter of the time is held against the last one. Prints one
closing line. Connections to the model server are kept for up to 75 s after their last use, so descriptors rise with the load; a run of five
minutes and more waits for their end and looks whether any are left. Ends with status 1 where something grew, 2 where the machine was too busy to keep the pace, which says nothing.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import re
import socket
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "EndToEnd"))
import conftest  # noqa: E402
import wire  # noqa: E402
from harness import PHRASE, Config, Gateway, Upstream, chat, exchange, messages, request_bytes  # noqa: E402
from test_budgets import answer_of, stream_of  # noqa: E402

WORDS = "water gauge mill river canal gate keeper level rises falls morning evening barge lock reed heron bank stone slow clear cold".split()
TICKS = os.sysconf("SC_CLK_TCK")
# Descriptors that a server may have more after all work than before any: files that the first record opens.
LEFT_OPEN = 8
# By how much the last quarter may exceed the second.
MEMORY, MEMORY_BYTES, COUNT, LATENCY = 0.03, 4 << 20, 64, 1.5


def prompt(rng, size):
    words = " ".join(rng.choice(WORDS) for _ in range(size // 6))
    return f"[script soak] {words}"


class Rig:
    def __init__(self, binary, folder, seed):
        rules = folder / "constitution.yaml"
        rules.write_text((ROOT / "Sources/Constitution/Resources/default.yaml").read_text().rstrip() + "\n" + conftest.CATEGORY)
        self.upstream = Upstream(folder)
        # Few and large events: what is to be loaded is the gateway, not the clients and the model server, which are in Python.
        said = wire.Answer.of("The gauge stands by the mill. " * 12)
        self.upstream.put({
            "soak": {"events": stream_of(400), "whole": answer_of(100), "interval_ms": 5},
            "soak-a": {"whole": wire.anthropic_whole(said)},
        })  # fmt: skip
        os.environ["SLUICE_THREADS"] = "1"
        self.gateway = Gateway(binary, Config(upstream=self.upstream.url, var=folder / "var", constitution=str(rules), extra={"ledger": {"segment_bytes": 8 << 20, "retention_bytes": 32 << 20}})).start()
        for model in ("mock-1", "claude-mock"):
            self.gateway.run("price", "set", model, "--input", "1", "--output", "1")
        self.rng = random.Random(seed)
        self.bodies = []
        for number in range(60):
            text = prompt(self.rng, self.rng.choice([12_000, 30_000, 60_000]))
            if number % 20 == 0:
                text += f" {PHRASE}"
            self.bodies.append(chat(text, number % 3 > 0) if number % 4 else messages(text.replace("[script soak]", "[script soak-a]")))
        self.data = [request_bytes(*body) for body in self.bodies]
        self.failed, self.done = 0, 0

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.gateway.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def one(self, latencies):
        data, began = self.rng.choice(self.data), time.monotonic()
        if self.rng.random() < 0.02:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.config.port)
            writer.write(data)
            await asyncio.sleep(self.rng.random() / 50)
            writer.transport.abort()
            return
        answer = await exchange(self.gateway.config.port, data, 30)
        self.done += 1
        if answer.status != 200 or not answer.whole:
            self.failed += 1
        latencies.append(time.monotonic() - began)

    async def at_rate(self, rate, seconds, each=None):
        """An open loop: a request that is late does not hold up the next."""
        began, started, latencies, running = time.monotonic(), 0, [], set()
        next_look = began
        while (now := time.monotonic()) < began + seconds:
            while started < (now - began) * rate and len(running) < 2000:
                task = asyncio.create_task(self.one(latencies))
                running.add(task)
                task.add_done_callback(running.discard)
                started += 1
            if each and now >= next_look:
                next_look += 2
                each(latencies, len(running))
                latencies = []
            await asyncio.sleep(0.002)
        await asyncio.gather(*running, return_exceptions=True)
        return started

    def status(self):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(self.gateway.config.var / "admin.sock"))
            link.sendall(b"GET /admin/v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            data = b""
            while piece := link.recv(65536):
                data += piece
        return json.loads(data.partition(b"\r\n\r\n")[2])


def quarter(samples, number):
    size = len(samples) // 4
    return samples[number * size : (number + 1) * size]


def verdict(samples):
    """(text, whether it grew) for each thing that must not grow."""
    second, last = quarter(samples, 1), quarter(samples, 3)
    for name, key, unit in (("memory", "memory", 1 << 20), ("descriptors", "descriptors", 1), ("running", "running", 1), ("waiting", "waiting", 1)):
        a, b = (statistics.median(s[key] for s in part) for part in (second, last))
        room = max(a * MEMORY, MEMORY_BYTES) if key == "memory" else max(COUNT, a * 0.25)
        yield f"{name} {a / unit:.1f} -> {b / unit:.1f}{' MiB' if key == 'memory' else ''}", b > a + room
    # Whole answers and streams take very different times: a median would stand between the two and jump.
    for name, of in (("mean", statistics.fmean), ("p99", lambda times: sorted(times)[int(len(times) * 0.99)])):
        both = [[t for s in part for t in s["latencies"]] for part in (second, last)]
        values = [of(times) if times else 0 for times in both]
        yield f"{name} {values[0] * 1000:.0f} -> {values[1] * 1000:.0f} ms", values[1] > values[0] * LATENCY + 0.01


async def soak(rig, minutes, load):
    await rig.at_rate(8, 5)
    before = rig.cpu()
    count = await rig.at_rate(8, 10)
    each = (rig.cpu() - before) / max(1, count)
    # Nearer to the wanted load step by step: work in batches costs less, and what the clock asks for is shared by more.
    for share in (0.7, 0.85, 1):
        before = rig.cpu()
        count = await rig.at_rate(load / each * share, 12)
        each = (rig.cpu() - before) / max(1, count)
    rate = load / each
    print(f"soak: a request costs {each * 1000:.2f} ms of CPU; {load:.0%} of one core is {rate:.0f} requests/s", flush=True)
    samples, began = [], time.monotonic()

    def look(latencies, running):
        facts = rig.status()
        waiting = sum(int(n) for line in facts["facts"].values() for n in re.findall(r"(\d+) waiting", line))
        samples.append({"memory": rig.gateway.memory(), "descriptors": rig.gateway.descriptors(), "running": facts["running"], "waiting": waiting, "latencies": latencies, "behind": running})

    cpu = rig.cpu()
    started = await rig.at_rate(rate, minutes * 60, look)
    busy = (rig.cpu() - cpu) / (time.monotonic() - began)
    return samples, started, busy, rate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--load", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", help="a file for every sample, as JSON lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-soak-") as scratch:
        rig = Rig(options.sluice, pathlib.Path(scratch), options.seed)
        try:
            before = rig.gateway.descriptors()
            samples, started, busy, rate = asyncio.run(soak(rig, options.minutes, options.load))
            end = time.monotonic() + 20
            while (left := rig.status()["running"]) and time.monotonic() < end:
                time.sleep(0.2)
            # A model server sees that its caller has gone when it writes next.
            while (active := rig.upstream.stats["active"]) and time.monotonic() < end:
                time.sleep(0.2)
            end = time.monotonic() + (90 if options.minutes >= 5 else 0)
            while (after := rig.gateway.descriptors()) > before + LEFT_OPEN and time.monotonic() < end:
                time.sleep(1)
            if options.samples:
                pathlib.Path(options.samples).write_text("".join(json.dumps({**s, "latencies": len(s["latencies"])}) + "\n" for s in samples))
        finally:
            rig.gateway.stop()
            rig.upstream.stop()
    late = statistics.median(s["behind"] for s in quarter(samples, 3))
    if late > max(50, rate * 5) or busy < options.load * 0.5:
        print(f"soak: not measured: the machine was too busy ({rate:.0f} requests/s were to come, {late:.0f} waited, core {busy:.0%} busy)")
        return 2
    results = list(verdict(samples))
    grown = [text for text, grew in results if grew]
    if left or active:
        grown.append(f"{left} exchanges and {active} upstream requests left behind")
    if options.minutes >= 5 and after > before + LEFT_OPEN:
        grown.append(f"{after} descriptors when all was over, {before} before")
    if rig.failed > rig.done * 0.001:
        grown.append(f"{rig.failed} of {rig.done} failed")
    print(
        f"soak: {options.minutes:g} min, {started} requests at {rate:.0f}/s, core {busy:.0%} busy, {rig.failed} failed; "
        + "; ".join(text for text, _ in results) + ("; GREW: " + "; ".join(grown) if grown else "; nothing grew")
    )  # fmt: skip
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
