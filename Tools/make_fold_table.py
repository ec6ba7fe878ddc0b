#!/usr/bin/env python3
"""Writes Sources/Text/FoldData.swift: how every Unicode scalar is folded before it is read.

Source of the data: Python's `unicodedata` (the Unicode Character Database; its version is written into the file) and the
short table of look-alike letters below, drawn up by hand for this project.

    python3 Tools/make_fold_table.py > Sources/Text/FoldData.swift

Each scalar above U+007F gets a class and a code:
    s separator · w letter or mark of a word · d decimal digit · c ideograph or kana (a word by itself) · x dropped · q a sequence
Runs are written as `start length class code skeleton`, hexadecimal, `-` for "the scalar itself" and "none".
"""
import sys
import unicodedata as ud

# Letters of other scripts (lower case) that pass for a Latin letter.
LOOKALIKES = {
    "а": "a", "ӑ": "a", "в": "b", "ь": "b", "ъ": "b", "с": "c", "ԁ": "d", "е": "e", "є": "e", "ё": "e", "ғ": "f", "ԍ": "g",
    "һ": "h", "н": "h", "ћ": "h", "ђ": "h", "і": "i", "ї": "i", "ј": "j", "к": "k", "қ": "k", "ӏ": "l", "м": "m",
    "п": "n", "о": "o", "ө": "o", "р": "p", "ԛ": "q", "г": "r", "я": "r", "ѕ": "s", "т": "t", "ц": "u", "џ": "u", "ѵ": "v",
    "ԝ": "w", "ш": "w", "щ": "w", "ѡ": "w", "х": "x", "ҳ": "x", "ж": "x", "у": "y", "ү": "y", "ў": "y", "ч": "y", "з": "z",
    "α": "a", "β": "b", "ϲ": "c", "δ": "d", "ε": "e", "φ": "f", "γ": "y", "η": "n", "ι": "i", "ϳ": "j", "κ": "k", "λ": "l",
    "μ": "u", "ν": "v", "ο": "o", "π": "n", "ρ": "p", "σ": "o", "ς": "s", "τ": "t", "υ": "u", "ω": "w", "χ": "x", "ζ": "z",
    "ϝ": "f", "θ": "o", "ξ": "e",
    "ա": "w", "զ": "q", "հ": "h", "յ": "j", "ո": "n", "ռ": "n", "ս": "u", "ց": "g", "ք": "p", "օ": "o", "ք": "p", "ғ": "f",
    "լ": "l", "ե": "t", "ն": "u", "վ": "u", "բ": "p", "ո": "n",
    "א": "x", "ס": "o", "ו": "l", "ן": "l", "ט": "u", "ח": "n",
}
# Upper-case Cherokee folds to itself; these pass for Latin capitals.
LOOKALIKES.update(zip("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏀᏃᏋᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏩᏬᏭᏮᏴ", "drtiajewmhgzesbrwsvslcpkdgoobb"))
# Latin letters without a decomposition, always read as their plain letter.
PLAIN = {
    "đ": "d", "ð": "d", "ł": "l", "ø": "o", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng", "ĸ": "k",
    "ƀ": "b", "ɓ": "b", "ƈ": "c", "ɗ": "d", "ƒ": "f", "ɠ": "g", "ɡ": "g", "ɦ": "h", "ɨ": "i", "ɩ": "i", "ɪ": "i", "ʝ": "j",
    "ƙ": "k", "ɫ": "l", "ɬ": "l", "ɭ": "l", "ɱ": "m", "ɯ": "m", "ɲ": "n", "ɳ": "n", "ɔ": "o", "ɵ": "o", "ƥ": "p", "ʠ": "q",
    "ɾ": "r", "ɽ": "r", "ʀ": "r", "ɹ": "r", "ʂ": "s", "ʃ": "s", "ƭ": "t", "ʈ": "t", "ʉ": "u", "ʊ": "u", "ʋ": "v", "ʌ": "v",
    "ʍ": "w", "ʏ": "y", "ƴ": "y", "ƶ": "z", "ʐ": "z", "ɑ": "a", "ɐ": "a", "ə": "e", "ɛ": "e", "ǝ": "e", "ɜ": "e", "ʙ": "b",
    "ɢ": "g", "ʜ": "h", "ʟ": "l", "ɴ": "n", "ᴀ": "a", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ᴊ": "j", "ᴋ": "k", "ᴍ": "m", "ᴏ": "o",
    "ᴘ": "p", "ꞯ": "q", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ᴢ": "z", "ꜰ": "f", "ⱥ": "a", "ȼ": "c", "ɇ": "e",
}
# Circled, squared and regional letters that NFKC leaves alone.
for base, first in ((0x1F150, "a"), (0x1F170, "a"), (0x1F1E6, "a")):
    for i in range(26):
        PLAIN[chr(base + i)] = chr(ord(first) + i)

CJK = ((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA),
       (0x30FC, 0x30FF), (0x3105, 0x312F), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
       (0x20000, 0x3FFFF))
MARKS = ((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
         (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
         (0xE0100, 0xE01EF))
DROPPED = {0x00AD, 0x034F, 0x061C, 0x0640, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F, 0x3164,
           0xFEFF, 0xFFA0, 0x1D159}


def within(cp, ranges):
    return any(a <= cp <= b for a, b in ranges)


def dropped(cp):
    return cp in DROPPED or within(cp, MARKS) or ud.category(chr(cp)) == "Cf" and not 0xE0020 <= cp <= 0xE007E \
        and not 0x0600 <= cp <= 0x0605


def folded(ch):
    if ch in PLAIN:
        return PLAIN[ch]
    out = []
    for c in ud.normalize("NFKC", ud.normalize("NFKC", ch).casefold()):
        if c in PLAIN:
            out.append(PLAIN[c])
        elif 0xAC00 <= ord(c) <= 0xD7A3:
            out.append(c)
        else:
            out += [PLAIN.get(d, d) for d in ud.normalize("NFD", c) if not dropped(ord(d))]
    return "".join(out)


def single(cp):
    """Class and code of a scalar that needs no further folding."""
    if cp < 0x80:
        c = chr(cp)
        return ("w" if c.isalpha() else "d" if c.isdigit() else "s"), cp
    if within(cp, CJK):
        return "c", cp
    cat = ud.category(chr(cp))
    if cat == "Nd":
        return "d", 0x30 + ud.decimal(chr(cp))
    return ("w" if cat[0] in "LMN" else "s"), cp


def entry(cp):
    if 0xE0020 <= cp <= 0xE007E:
        kind, code = single(ord(chr(cp - 0xE0000).lower()))
        return kind, code, 0
    if 0xD800 <= cp <= 0xDFFF:
        return "s", cp, 0
    if dropped(cp):
        return "x", cp, 0
    f = folded(chr(cp))
    if f == "":
        return "x", cp, 0
    if len(f) == 1:
        kind, code = single(ord(f))
        skeleton = ord(LOOKALIKES.get(f, "\0"))
        return kind, code, skeleton if kind == "w" else 0
    if all(single(ord(c))[0] == "s" for c in f):
        return "s", cp, 0
    return "q", f, 0


def main():
    runs, sequences, previous = [], [], None
    for cp in range(0x80, 0x110000):
        kind, code, skeleton = entry(cp)
        if kind == "s":
            previous = None
            continue  # the default
        if kind == "q":
            sequences.append((cp, [single(ord(c))[1] & 0xFFFF for c in code if single(ord(c))[0] != "s"][:6] or [0x20]))
            previous = None
            continue
        step = 0 if kind == "x" else code - cp
        key = (kind, step, skeleton)
        if previous and previous[0] == key and previous[1] == cp - 1 and not skeleton:
            runs[-1][1] += 1
        else:
            runs.append([cp, 1, kind, code, skeleton])
        previous = (key, cp)
    width = 116
    out = ["// Written by Tools/make_fold_table.py from the Unicode Character Database %s. Do not edit." % ud.unidata_version, "",
           "/// How scalars above U+007F fold: runs and sequences as text, read once by `FoldTable`.", "enum FoldData {"]

    def literal(name, summary, words):
        out.append("    /// %s" % summary)
        out.append("    static let %s: StaticString = \"\"\"" % name)
        line = "       "
        for w in words:
            if len(line) + 1 + len(w) > width:
                out.append(line + " \\")
                line = "       "
            line += " " + w
        out.extend([line, "        \"\"\""])

    body = []
    last = 0x80
    for start, length, kind, code, skeleton in runs:
        body.append("%x,%s%s%s%s" % (start - last, kind, "" if length == 1 else "%x" % length,
                                     "" if kind == "x" or code == start else ",%x" % code, ";%c" % skeleton if skeleton else ""))
        last = start
    literal("runs", "`gap,class[length][,code][;skeleton]`: gap from the start of the run before.", body)
    out.append("")
    last = 0x80
    body = []
    for cp, codes in sequences:
        body.append("%x,%s" % (cp - last, ".".join("%x" % c for c in codes)))
        last = cp
    literal("sequences", "`gap,code.code…`: scalars that fold to several.", body)
    out.append("}")
    print("\n".join(out))
    print("runs", len(runs), "sequences", len(sequences), file=sys.stderr)


main()
