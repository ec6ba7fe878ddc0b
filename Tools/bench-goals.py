#!/usr/bin/env python3
"""What a run of the bench kit came to, beside what is asked of the gateway.

    Tools/bench-goals.py .bench/raw.json

The file holds, for each target, lists of figures, one a round: medians of them are compared. What was not measured is said to be so.
"""

import argparse
import json
import pathlib
import statistics

from goals import Goals


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=pathlib.Path)
    options = parser.parse_args()
    raw = json.loads(options.raw.read_text())

    def mid(target, key):
        values = raw.get(target, {}).get(key)
        return statistics.median(values) if values else None

    def ratio(key, other):
        ours, theirs = mid("sluice", key), mid(other, key)
        return ours / theirs if ours is not None and theirs else None

    def added(target, key):
        whole, direct = mid(target, key), mid("direct", key)
        return None if whole is None or direct is None else whole - direct

    goals = Goals()
    goals.add("CPU per request × nginx", ratio("cpu_us_req", "nginx"), 3.0)
    goals.add("requests/s × LiteLLM", ratio("sat_rps", "litellm"), 150, digits=0, least=True)
    ours, theirs = added("sluice", "rate1000_p50"), added("nginx", "rate1000_p50")
    goals.add("added to the median at 1,000/s × nginx", ours / theirs if ours is not None and theirs else None, 3.0)
    slow = added("sluice", "rate1000_p99")
    goals.add("added to the 99th percentile at 1,000/s, ms", None if slow is None else slow / 1000, 1.0)
    goals.add("CPU per streamed token × nginx, 200 streams", ratio("s200_cpu_us_tok", "nginx"), 2.5)
    goals.add("CPU per streamed token × nginx, 2,000 streams", ratio("s2000_cpu_us_tok", "nginx"), 2.5)
    goals.add("CPU per streamed token × nginx, 2,000 held streams of 20 tokens", ratio("hold_cpu_us_tok", "nginx"), 2.5)
    goals.add("tokens/s × nginx, 2,000 streams", ratio("s2000_tps", "nginx"), 0.9, least=True)
    dropped = [raw.get("sluice", {}).get(f"{kind}_dropped") for kind in ("s200", "s2000", "hold")]
    goals.add("streams dropped", None if None in dropped else sum(map(sum, dropped)), 0, digits=0)
    held, idle, streams = mid("sluice", "hold_rss"), mid("sluice", "idle_rss"), mid("sluice", "hold_peak")
    goals.add("KiB per held stream", (held - idle) / streams / 1024 if held and idle and streams else None, 16, digits=1)
    goals.add("idle memory, MiB", idle / 2**20 if idle else None, 64, digits=1)
    goals.add("start to the first answer, s", mid("sluice", "start_s"), 1, digits=3)
    goals.show()
    print(f"\n{goals.closing}; CPU {goals.rows[0][1]} × nginx, {goals.rows[1][1]} × LiteLLM's requests/s")


if __name__ == "__main__":
    main()
