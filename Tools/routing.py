#!/usr/bin/env python3
"""Repeats the figures on routing, reload and stops: dying model servers, clients that hang up, changes under streams.

    Tools/routing.py [--sluice BIN] [--quick]

Runs the end-to-end tests of routing and reload at full size (50 deaths, 2,000 clients, 1,000 changes under 500 streams;
about ten minutes on two cores) and prints one closing line. --quick runs them at a tenth of that.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FULL = {"deaths": 50, "hangups": 2_000, "reloads": 1_000, "reload-streams": 500}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"))
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    python = ROOT / ".venv/bin/python"
    sizes = {name: max(5, value // 10) if options.quick else value for name, value in FULL.items()}
    with tempfile.TemporaryDirectory() as folder:
        figures = pathlib.Path(folder) / "figures"
        command = [python if python.exists() else sys.executable, "-m", "pytest", "-q", "test_routing.py", "test_reload.py", "--sluice", os.path.abspath(options.sluice), "--figures", figures]
        command += [part for name, value in sizes.items() for part in (f"--{name}", value)]
        done = subprocess.run([str(part) for part in command], cwd=ROOT / "EndToEnd")
        rows = [json.loads(line) for line in figures.read_text().splitlines()] if figures.exists() else []
    print("routing: " + "; ".join(f"{row['name']} {row['value']}{' ' + row['unit'] if row['unit'] else ''}" for row in rows))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
