"""`sluice screen`: lists in, versions kept across kills, names found, cases decided."""

import json
import random
import signal
import subprocess
import time

import pytest
from harness import ROOT

pytestmark = pytest.mark.gateway

UN = """<?xml version="1.0"?><CONSOLIDATED_LIST><ENTITIES><ENTITY><DATAID>1</DATAID><REFERENCE_NUMBER>KPe.1</REFERENCE_NUMBER>
<FIRST_NAME>Zorvex Quantum Dynamics</FIRST_NAME><ENTITY_ALIAS><ALIAS_NAME>ZQD</ALIAS_NAME></ENTITY_ALIAS></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


@pytest.fixture
def screen(request, tmp_path):
    def run(*arguments, **options):
        command = [request.config.getoption("--sluice"), "screen", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=50, cwd=tmp_path, **options)

    run.binary = request.config.getoption("--sluice")
    return run


def party(number, name=None):
    return json.dumps({"id": f"p{number}", "name": name or f"Listed Party Number {number}", "type": "organization"})


def write(path, count, first="Zorvex Quantum Dynamics Co., Ltd."):
    path.write_text("".join(party(n, first if n == 0 else None) + "\n" for n in range(count)))
    return path


def test_a_list_is_imported_searched_and_imported_again(screen, tmp_path):
    (tmp_path / "un.xml").write_text(UN)
    done = screen("import", "un.xml", "--directory", "lists", "--json")
    assert done.returncode == 0, done.stderr
    version = json.loads(done.stdout)
    assert version["format"] == "un-xml" and version["version"] == 1 and version["count"] == 1 and len(version["sha256"]) == 64
    assert json.loads(screen("import", "un.xml", "--directory", "lists", "--json").stdout)["new"] is False
    found = screen("search", "ZORVEX QUANTUM DYNAMIC LLC", "--directory", "lists", "--json")
    assert found.returncode == 1, found.stderr
    hit = json.loads(found.stdout.splitlines()[0])
    assert hit["id"] == "KPe.1" and hit["score"] > 0.5 and hit["list_version"].startswith("UN 1 ")
    assert {"asked": "dynamic", "listed": "dynamics"}.items() <= [w for w in hit["words"] if w["listed"] == "dynamics"][0].items()
    assert screen("search", "Maple Bakery", "--directory", "lists").returncode == 0


def test_a_list_that_shrinks_is_refused_until_confirmed(screen, tmp_path):
    assert screen("import", write(tmp_path / "a.jsonl", 100), "--name", "own").returncode == 0
    small = write(tmp_path / "b.jsonl", 89)
    refused = screen("import", small, "--name", "own")
    assert refused.returncode != 0 and "--confirm-shrink" in refused.stderr
    (tmp_path / "c.jsonl").write_text("\n")
    assert "no entry" in screen("import", tmp_path / "c.jsonl", "--name", "own", "--confirm-shrink").stderr
    taken = screen("import", small, "--name", "own", "--confirm-shrink", "--json")
    assert taken.returncode == 0 and len(json.loads(taken.stdout)["removed"]) == 11
    # Another list's file under this one's name is no shorter, and everybody would be unlisted all the same.
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps({"id": f"z{n}", "name": f"Quite Another Party {n}"}) + "\n" for n in range(500)))
    refused = screen("import", other, "--name", "own")
    assert refused.returncode != 0 and "89 of the 89 entries" in refused.stderr and "--confirm-shrink" in refused.stderr


def test_a_name_of_signs_alone_is_no_question(screen, tmp_path):
    assert screen("import", write(tmp_path / "a.jsonl", 10), "--name", "own").returncode == 0
    for name in ("", "   ", "!!!", "\u0301\u0302"):
        done = screen("search", name)
        assert done.returncode == 64 and "no letter" in done.stderr, (name, done)


@pytest.mark.parametrize("text, words", [
    ("<sdnList><sdnEntry><uid>1</uid>", "line 1"), ("name,source\n\"x,y\n", "never closed"), ("hello", "--format"),
    ("<!DOCTYPE a [<!ENTITY b \"c\">]><sdnList/>", "entities"), ('{"id":"1"}\n', "'name' is missing"),
])  # fmt: skip
def test_a_broken_file_is_refused_with_its_place(screen, tmp_path, text, words):
    (tmp_path / "x").write_text(text)
    arguments = ["--format", "csl-csv"] if "source" in text else []
    done = screen("import", "x", *arguments)
    assert done.returncode != 0 and words in done.stderr and not (tmp_path / "var/lists").exists()


@pytest.mark.limit(240)
def test_a_killed_import_leaves_a_whole_version_in_force(screen, tmp_path, seed, request):
    rounds = request.config.getoption("--import-kills")
    rng = random.Random(seed)
    lists = tmp_path / "lists"
    assert screen("import", write(tmp_path / "0.jsonl", 2000), "--name", "own", "--directory", lists).returncode == 0
    begin = time.monotonic()
    assert screen("import", write(tmp_path / "1.jsonl", 2001), "--name", "own", "--directory", lists).returncode == 0
    whole = time.monotonic() - begin
    count, finished = 2001, 0
    for round in range(rounds):
        source = write(tmp_path / "next.jsonl", 2002 + round)
        child = subprocess.Popen([screen.binary, "screen", "import", source, "--name", "own", "--directory", lists],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(rng.random() * whole * 1.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        newest = max(int(p.stem) for p in (lists / "own").glob("[0-9]*.list"))
        head, *body, foot = (lists / "own" / f"{newest}.list").read_text().splitlines()
        version = json.loads(head)
        assert version["count"] == len(body) == json.loads(foot)["entries"], f"round {round}"
        assert version["count"] in (count, 2002 + round), f"round {round}"
        finished += version["count"] != count
        count = version["count"]
        if round % 10 == 0:
            found = screen("search", "Zorvex Quantum Dynamics", "--directory", lists, "--json")
            assert found.returncode == 1 and f"own {version['number']} " in json.loads(found.stdout.splitlines()[0])["list_version"]
    print(f"killed {rounds} imports, {finished} of them after their rename")
    done = screen("import", write(tmp_path / "last.jsonl", 3000), "--name", "own", "--directory", lists, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["count"] == 3000, done.stderr


def test_cases_answer_a_line_for_a_line(screen, tmp_path):
    write(tmp_path / "l.jsonl", 20)
    rows = [{"id": "s1", "kind": "search", "query": "Zorvex Quantm Dynamics"}, {"id": "s2", "kind": "search", "query": "Maple Bakery"},
            {"id": "s3", "kind": "search", "query": ""}, {"id": 4, "kind": "pair", "query": "Anna Lindt", "candidate": "Lindt, Anna"},
            {"id": "p5", "kind": "pair", "query": "Anna Lindt", "candidate": "Otto Becker"},
            {"id": "s6", "kind": "search", "query": "\u202ex" * 5000 + "e\u0301" * 2000}]  # fmt: skip
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = screen("cases", "--list", "l.jsonl", "--cases", "c.jsonl")
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in out] == ["s1", "s2", "s3", 4, "p5", "s6"]
    assert out[0]["hits"][0]["id"] == "p0" and out[0]["hits"][0]["score"] > 0.5
    assert all(hit["score"] < 0.5 for row in out[1:3] for hit in row["hits"])
    assert out[3]["is_match"] is True and out[3]["score"] > 0.5 and out[4]["is_match"] is False
    (tmp_path / "c.jsonl").write_text(json.dumps(rows[0]) + "\n{broken\n")
    broken = screen("cases", "--list", "l.jsonl", "--cases", "c.jsonl")
    assert broken.returncode != 0 and "line 2" in broken.stderr


def test_a_case_is_decided_and_remembered(screen, tmp_path):
    screen("import", write(tmp_path / "a.jsonl", 20), "--name", "own")
    (tmp_path / "who.jsonl").write_text(json.dumps({"id": "acme", "name": "Zorvex Quantum Dynamic", "type": "organization"}) + "\n")
    first = screen("review", "run", "--applicants", "who.jsonl", "--json")
    assert first.returncode == 1, first.stderr
    case = json.loads(first.stdout)
    assert case["id"] == "acme/own/p0" and case["state"] == "open"
    assert screen("review", "clear", case["id"], "--by", "rosa", "--reason", " ").returncode != 0
    assert screen("review", "clear", case["id"], "--by", "rosa", "--reason", "another firm").returncode == 0
    assert screen("review", "run", "--applicants", "who.jsonl").returncode == 0
    assert screen("review", "list").stdout == ""
    changed = (tmp_path / "a.jsonl").read_text().replace('"type": "organization"', '"type": "organization", "country": "CN"', 1)
    (tmp_path / "a.jsonl").write_text(changed)
    screen("import", "a.jsonl", "--name", "own")
    assert screen("review", "run", "--applicants", "who.jsonl").returncode == 1
    acts = json.loads(screen("review", "list", "--json").stdout)["acts"]
    assert [act["what"] for act in acts] == ["opened", "cleared", "reopened"] and acts[2]["listVersion"].startswith("own 2 ")
