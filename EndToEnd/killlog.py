"""Kills `sluice log bench` at random points and checks what is left; run by itself for many kills.

    python EndToEnd/killlog.py --sluice .build/release/sluice --count 500

After each kill: every acknowledged entry is in the tree at its place, every checkpoint that was ever seen is the root of the
tree's beginning of that size, so no size has two roots, and the log opens again and goes on.
"""

import argparse
import base64
import hashlib
import pathlib
import random
import subprocess
import tempfile
import threading
import time


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """The roots of a growing tree, after RFC 6962."""

    def __init__(self):
        self.size, self.stack = 0, []  # (height, hash), largest first

    def add(self, leaf):
        self.stack.append((0, leaf))
        self.size += 1
        while len(self.stack) > 1 and self.stack[-1][0] == self.stack[-2][0]:
            (height, right), (_, left) = self.stack.pop(), self.stack.pop()
            self.stack.append((height + 1, node(left, right)))

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").digest()
        root = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            root = node(left, root)
        return root


def number(n):
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def checkpoint(directory):
    """(size, root) of the published checkpoint, None while there is none."""
    try:
        lines = (directory / "checkpoint").read_text().split("\n")
    except FileNotFoundError:
        return None
    return int(lines[1]), base64.b64decode(lines[2])


def leaf_hashes(directory, size):
    """The hashes of all entries, read from the bundles, not from the tiles."""
    hashes = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        path = directory / "tile/entries" / number(index)
        data = path.read_bytes() if path.exists() else path.with_name(f"{path.name}.p").joinpath(str(width)).read_bytes()
        at = 0
        for _ in range(width):
            length = int.from_bytes(data[at : at + 2], "big")
            hashes.append(hashlib.sha256(b"\0" + data[at + 2 : at + 2 + length]).digest())
            at += 2 + length
    return hashes


def watch(directory, seen, stop):
    """Notes every checkpoint that a reader could have seen."""
    while not stop.is_set():
        head = checkpoint(directory)
        if head:
            seen.add(head)
        time.sleep(0.0005)


def run_once(binary, directory, key, rng, seen, acknowledged):
    """Appends until the kill; the number of acknowledgements that came."""
    command = [binary, "log", "bench", directory, "--key", key, "--seconds", "60", "--acknowledge", "--interval", "2",
               "--bytes", str(rng.choice([16, 64, 200, 900])), "--journal", str(rng.choice([4096, 65536, 1 << 20])),
               "--in-flight", str(rng.choice([64, 1024, 8192]))]  # fmt: skip
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stdout.readline().decode()
    if not first.startswith("open "):
        process.kill()
        raise AssertionError(f"the log does not open: {first}{process.stderr.read().decode()}")
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(directory, seen, stop))
    watcher.start()
    timer = threading.Timer(rng.uniform(0.002, 0.25), process.kill)
    timer.start()
    output = process.stdout.read().decode()
    timer.join()
    process.wait()
    process.stderr.close()
    stop.set()
    watcher.join()
    count = 0
    for line in output.split("\n")[:-1]:  # what the kill cut is no acknowledgement
        if line.startswith("ack "):
            _, index, leaf, size = line.split(" ")
            assert acknowledged.setdefault(int(index), leaf) == leaf, f"entry {index} was acknowledged twice"
            assert int(size) > int(index)
            count += 1
    return int(first.split()[1]), count


def check(directory, seen, acknowledged):
    head = checkpoint(directory)
    if head is None:
        assert not acknowledged
        return 0
    size, root = head
    hashes = leaf_hashes(directory, size)
    for index, leaf in acknowledged.items():
        assert index < size, f"entry {index} was acknowledged and is not in the tree of {size}"
        assert hashes[index].hex() == leaf, f"entry {index} was acknowledged and is another now"
    roots = {}
    for seen_size, seen_root in seen | {head}:
        assert roots.setdefault(seen_size, seen_root) == seen_root, f"size {seen_size} has two roots"
    tree = Tree()
    for leaf in hashes:
        tree.add(leaf)
        if tree.size in roots:
            assert tree.root() == roots[tree.size], f"the tree of {tree.size} was published with another root"
    assert max(roots) <= size, f"a tree of {max(roots)} was published, now there are {size}"
    assert tree.root() == root
    return size


def kill_many(binary, folder, count, seed=1):
    """Kills `count` times; a new log after every 25. What was counted, for the report."""
    rng = random.Random(seed)
    totals = {"kills": 0, "acknowledged": 0, "checkpoints": 0, "logs": 0}
    while totals["kills"] < count:
        directory = pathlib.Path(folder) / f"log-{totals['logs']}"
        key = pathlib.Path(folder) / "key"
        if not key.exists():
            made = subprocess.run([binary, "log", "key", "kill.example/log"], capture_output=True, text=True, check=True)
            key.write_text(made.stdout)
        seen, acknowledged = set(), {}
        for _ in range(min(25, count - totals["kills"])):
            run_once(binary, directory, key, rng, seen, acknowledged)
            totals["kills"] += 1
        # What the last kill left is made good by opening once more.
        subprocess.run([str(c) for c in (binary, "log", "bench", directory, "--key", key, "--seconds", "0.01")],
                       check=True, capture_output=True)  # fmt: skip
        check(directory, seen, acknowledged)
        totals["acknowledged"] += len(acknowledged)
        totals["checkpoints"] += len(seen)
        totals["logs"] += 1
    return totals


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sluice", default=".build/release/sluice")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        totals = kill_many(options.sluice, folder, options.count, options.seed)
    print(
        f"{totals['kills']} kills of {totals['logs']} logs: {totals['acknowledged']} acknowledged entries all there, "
        f"{totals['checkpoints']} checkpoints seen, none contradicted ({time.monotonic() - began:.0f} s)"
    )
