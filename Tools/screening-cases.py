"""Writes search cases for a list of parties: listed names as people garble them, and names that are not listed.

    python3 Tools/screening-cases.py --list parties.jsonl --seed 1 --count 1500 > cases.jsonl

Each line is {"id", "kind": "search", "query", "expected_ids", "difficulty"}; no expected ids means that nothing may hit.
"""

import argparse
import json
import pathlib
import random
import re
import unicodedata

ROOT = pathlib.Path(__file__).parent.parent
FORMS = ["Co., Ltd.", "Limited", "LLC", "Inc", "Corp", "(Group) Co Ltd", "Company", "GmbH", "S.A.", "JSC", "Ltd"]
OTHER = """Amberley Bluebell Cedarwood Driftwood Eastleigh Fernhill Goldcrest Hazelmere Ivybridge Kestrel Larkspur Moorland
Nightingale Oakhurst Primrose Quayside Rosewood Silverbirch Thornbury Underhill Verbena Whitfield Yarrow Zinnia Almond
Basalt Copperfield Dunmore Elderberry Foxglove Granite Heather Indigo Lavender Mistral Northgate Opaline Pebble Rainford
Saffron Tamarind Umber Violet Willowbrook Bracken Clover Delphine Ebony Flint Gilder Hollins Inkwell Juno Kelp Lynx""".split()
TRADES = """Bakery Laundry Tours Cafe Films Dental Kitchen Museum Florist Pottery Yoga Tailors Plumbing Books Cinema Bistro
Ballet Nursery Carpets Toys Salon Gardens Records Stables Candles Choir Pizzeria Orchestra""".split()
PEOPLE = """Maria Schneider|Tom Becker|Anna Lindqvist|Pierre Dubois|Lucy Hargreaves|Giulia Romano|Paulo Teixeira|Ingrid Solberg|
Henrik Madsen|Claire Fontaine|Rosa Delgado|Emily Watson|Jack Thornton|Sofia Papadakis|Daniel O'Brien|Elena Marinescu|Oliver Grant|
Petra Novotna|Katarzyna Zielinska|Matteo Bianchi|Hannah Weiss|Lars Eriksen|Amelie Laurent|Chloe Martin|Noah Fischer|Isla Campbell|
Priya Raman|Anjali Deshmukh|Kenji Watanabe|Yuki Mori|Nguyen Thi Lan|Tran Quoc Bao|Wei Ling Tan|Mei Hua Zhou|Park Soo Yeon|Choi Da Hye|
Leila Haddad|Omar Benali|Yasmin Farouk|Tariq Aziz Malik|Dmitry Sokolov|Olga Smirnova|Bogdan Kovalenko|Nadia Petrova|Kwame Mensah|
Amara Okafor|Zanele Dube|Aisha Bello""".replace("\n", "").split("|")
LEGAL = re.compile(r"\b(co|company|ltd|limited|llc|inc|corp|corporation|gmbh|jsc|ojsc|pjsc|ooo|oao|zao|pao|sa|plc|pte|lp|llp)\b\.?,?", re.I)


def traditional():
    text = (ROOT / "Sources/ExportControl/Screening/RomanisationData.swift").read_text()
    block = text.split("static let simplified: StaticString = \"\"\"")[1].split('"""')[0]
    block = re.sub(r"\s|\\", "", block)
    return {block[i + 1]: block[i] for i in range(0, len(block) - 1, 2)}


def typo(rng, text):
    places = [i for i, c in enumerate(text) if c.isalpha() and i > 0 and ord(c) < 0x3000]
    if len(places) < 4:
        return None
    i = rng.choice(places)
    kind = rng.randrange(4)
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    letter = letter.upper() if text[i].isupper() else letter
    if kind == 0:
        return text[:i] + text[i + 1:]
    if kind == 1:
        return text[:i] + letter + text[i:]
    if kind == 2:
        return text[:i] + letter + text[i + 1:]
    return text[:i] + text[i + 1] + text[i] + text[i + 2:] if i + 1 < len(text) and text[i + 1].isalpha() else None


def garbled(rng, name, back):
    han = [c for c in name if "\u4e00" <= c <= "\u9fff"]
    words = name.split()
    if len(han) >= 4:
        yield "han", name
        yield "han_traditional", "".join(back.get(c, c) if rng.random() < 0.8 else c for c in name)
        cut = rng.randrange(2, len(name) - 1)
        yield "han_spaced", name[:cut] + " " + name[cut:]
        yield "han_bare", re.sub("(股份有限公司|有限责任公司|有限公司|公司)$", "", name)
        return
    if sum(c.isalpha() and ord(c) < 0x250 for c in name) < 5:
        return
    one = typo(rng, name)
    if one and len(name) > 5:
        yield "typo1", one
        two = typo(rng, one)
        if two and len(name) > 11:
            yield "typo2", two
    if len(words) > 2 or (len(words) == 2 and "," in name):
        turned = [w.strip(",") for w in words]
        i = rng.randrange(len(turned) - 1)
        turned[i], turned[i + 1] = turned[i + 1], turned[i]
        yield "word_order", " ".join(turned)
    if len(words) > 1:
        yield "joined", "".join(words)
        yield "hyphens", "-".join(words)
        i = rng.randrange(len(words) - 1)
        yield "joined_pair", " ".join(words[:i] + [words[i] + words[i + 1]] + words[i + 2:])
    yield "case", rng.choice([name.upper(), name.lower(), name.title(), re.sub(r"[,.()'-]", " ", name)])
    yield "accents", "".join(rng.choice([c, unicodedata.normalize("NFC", c + "\u0301")]) if c in "aeiouAEIOU" else c for c in name)
    if LEGAL.search(name):
        yield "legal_form", LEGAL.sub("", name).strip(" ,") + " " + rng.choice(FORMS)
    yield "extra", rng.choice(["M/s {}", "Messrs. {} - Shanghai Branch Office", "{} Representative Office", "{} (Branch)"]).format(name)


def unlisted(rng, name, known):
    words = name.split()
    plain = [w for w in words if len(w.strip(".,()")) > 3 and w.lower().strip(".,()") in known]
    if len(words) > 1 and plain:
        kept = [w for w in words if w.lower().strip(".,()") in known or LEGAL.fullmatch(w.strip(",()") + ",")]
        if kept and len(kept) < len(words):
            at = rng.randrange(len(kept))
            yield "not_generic", " ".join(kept[:at] + [rng.choice(OTHER)] + kept[at:])
    if len(words) <= 3:
        first = re.sub(r"[^\w]", "", words[0])
        if len(first) > 4 and first.lower() not in known:
            yield "not_trade", f"{first} {rng.choice(TRADES)}"
    yield "not_other", f"{rng.choice(OTHER)} {rng.choice(OTHER)} {rng.choice(FORMS)}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--list", required=True)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=1500)
    arguments = arguments.parse_args()
    rng = random.Random(arguments.seed)
    parties = [json.loads(line) for line in open(arguments.list)]
    names = [(p["id"], n) for p in parties for n in [p["name"], *p["aliases"], *p["native_names"]]]
    owners, frequency = {}, {}
    for owner, name in names:
        owners.setdefault(re.sub(r"\W", "", name.lower()), set()).add(owner)
        for word in set(re.findall(r"\w+", name.lower())):
            frequency[word] = frequency.get(word, 0) + 1
    known = {w for w, n in frequency.items() if n > len(names) / 120 and len(w) > 2}
    back = traditional()
    number = 0

    def put(difficulty, query, expected):
        nonlocal number
        number += 1
        line = {"id": f"G{arguments.seed}-{number}", "kind": "search", "query": query, "expected_ids": sorted(expected), "difficulty": difficulty}
        print(json.dumps(line, ensure_ascii=False))

    for owner, name in rng.sample(names, min(len(names), arguments.count)):
        same = owners[re.sub(r"\W", "", name.lower())]
        for difficulty, query in garbled(rng, name, back):
            if rng.random() < 0.35:
                put(difficulty, query, same)
        for difficulty, query in unlisted(rng, name, known):
            if rng.random() < 0.3:
                put(difficulty, query, [])
    for name in PEOPLE:
        put("not_person", name, [])


main()
