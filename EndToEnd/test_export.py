"""`sluice export …`: chips, owners and compute in batches, and what bad input gets."""

import csv
import io
import json
import subprocess

import pytest
from harness import ROOT

pytestmark = pytest.mark.gateway

CHIPS = """vendor,name,release_date,market,tpp,die_area_mm2,memory_bw_gbs,interconnect_gbs
NVIDIA,Big,2025-01-01,datacenter,15832,814,3350,900
NVIDIA,Fenced,2025-01-01,datacenter,4992,826,2039,400
NVIDIA,Blank,2025-01-01,datacenter,4400,,1000,300
NVIDIA,Card,2025-01-01,consumer,5285,609,1008,64
Huawei,Home-grown,2025-01-01,datacenter,12800,700,3200,784
"""


@pytest.fixture
def export(request, tmp_path):
    def run(*arguments, status=0, **files):
        paths = []
        for name, text in files.items():
            path = tmp_path / name
            path.write_text(text)
            paths += ["--" + name, str(path)]
        command = [request.config.getoption("--sluice"), "export", *arguments, *paths]
        done = subprocess.run(command, capture_output=True, text=True, timeout=50, cwd=ROOT)
        assert done.returncode == status, done.stderr
        return done

    return run


def rows(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def cases(*asked, columns=("vendor", "name", "rule_version", "destination")):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(asked)
    return text.getvalue()


def test_a_batch_is_answered_line_by_line_with_clause_and_margins(export):
    asked = [("NVIDIA", "Big", "2022", "CN"), ("NVIDIA", "Fenced", "2022", "CN"), ("NVIDIA", "Fenced", "2023", "CN"),
             ("NVIDIA", "Big", "diffusion-2025", "JP"), ("NVIDIA", "Big", "current", "CN"), ("NVIDIA", "Card", "current", "AE"),
             ("Huawei", "Home-grown", "current", "DE")]  # fmt: skip
    out = rows(export("classify", chips=CHIPS, cases=cases(*asked)))
    assert [(r["vendor"], r["name"], r["rule_version"], r["destination"]) for r in out] == asked
    assert [(r["classification"], r["licence"]) for r in out] == [
        ("3A090", "licence:presumption_of_denial"), ("none", "NLR"), ("3A090.a", "licence:presumption_of_denial"), ("3A090.a", "exception:AIA"),
        ("3A090.a", "licence:case_by_case"), ("3A090.a-nondc", "exception:ACA"), ("3A090.a", "GP10:presumed_violation_to_use_worldwide"),
    ]  # fmt: skip
    assert out[1]["margins"]["interconnect_gbs>=600"] == {"value": 400, "distance": -200, "met": False}
    assert all(r["clause"] and r["sources"] and "legal advice" in r["notice"] for r in out)


def test_what_is_missing_is_named_and_nothing_is_guessed(export):
    out = rows(export("classify", chips=CHIPS, cases=cases(("NVIDIA", "Blank", "2023", "CN"), ("NVIDIA", "Blank", "2022", "CN"))))
    assert (out[0]["classification"], out[0]["licence"]) == ("undetermined", "undetermined")
    assert out[0]["reason"] == "undetermined, because die_area_mm2 is missing"
    assert set(out[0]["possible_classifications"]) == {"none", "3A090.a", "3A090.b"}
    assert (out[1]["classification"], out[1]["licence"]) == ("none", "NLR")


def test_a_blank_headquarters_is_unknown_and_a_missing_column_is_assumed(export):
    columns = ("vendor", "name", "rule_version", "destination", "headquarters", "ultimate_parent")
    asked = [("NVIDIA", "Big", "current", "MY", "MY", ""), ("NVIDIA", "Big", "current", "MY", "MY", "CN"), ("NVIDIA", "Big", "current", "MY", "MY", "MY")]
    out = rows(export("classify", chips=CHIPS, cases=cases(*asked, columns=columns)))
    assert [r["licence"] for r in out] == ["undetermined", "licence:presumption_of_denial", "NLR"]
    assert out[0]["missing"] == ["ultimate_parent"]
    assumed = rows(export("classify", chips=CHIPS, cases=cases(("NVIDIA", "Big", "current", "MY"))))[0]
    assert assumed["licence"] == "NLR" and assumed["assumptions"]


def test_bad_cells_are_unknown_and_named_with_their_line(export):
    done = export("classify", status=1, chips=CHIPS.replace("4992", "a lot"), cases=cases(("NVIDIA", "Fenced", "2023", "CN"), ("NVIDIA", "Nobody", "2023", "CN")))
    out = rows(done)
    assert out[0]["classification"] == "undetermined" and "line 3, tpp" in out[0]["problems"][0]
    assert out[1]["missing"] == ["the item"]


@pytest.mark.parametrize("chips, said", [("", "empty"), ("vendor\nA\n", "'name' is missing"), ("vendor,name\nA\n", "line 2"), ("vendor,vendor\nA,B\n", "twice")])
def test_a_broken_table_is_refused_with_its_place(export, chips, said):
    done = export("classify", status=1, chips=chips, cases=cases())
    assert said in done.stderr and not done.stdout


def test_one_item_by_its_numbers(export):
    done = export("classify", "--tpp", "4992", "--die-area", "826", "--interconnect", "600", "--memory-bandwidth", "2039", "--vendor", "NVIDIA",
                  "--market", "datacenter", "--to", "CN", "--headquarters", "CN", "--parent", "CN", "--json")  # fmt: skip
    assert [r["licence"] for r in rows(done)] == ["licence:presumption_of_denial"] * 3 + ["licence:case_by_case"]
    equipment = export("classify", "--kind", "manufacturing_equipment", "--to", "CN", "--json", "--rules", "current")
    assert rows(equipment)[0]["classification"] == "not_covered" and "3B001" in rows(equipment)[0]["clause"]
    region = export("classify", "--tpp", "100", "--market", "consumer", "--to", "UA-43", "--json", "--rules", "2023")
    assert rows(region)[0]["licence"] == "not_covered:embargo"
    export("classify", status=64)


def test_owners_are_seen_through_by_date(export):
    edges = [{"owner": "L", "owned": "H", "pct": 55}, {"owner": "H", "owned": "A", "pct": 45}, {"owner": "L", "owned": "A", "pct": 5}]
    def asked(day, **more):
        return json.dumps({"id": day, "edges": edges, "listed": {"L": "BIS Entity List"}, "query": "A", "date": day, "hq": {}, "holdings": {}, **more}) + "\n"
    text = asked("2025-10-15") + asked("2026-03-01") + asked("2025-10-15", expected={"restricted": None, "listed_pct": None}) + "{\n"
    out = rows(export("ownership", status=1, cases=text))
    assert [r["result"]["restricted"] for r in out[:3]] == [True, False, True]
    assert out[0]["result"]["listed_pct"] == 50 and out[1]["result"]["red_flag"] is True
    assert set(out[2]["result"]) == {"restricted", "listed_pct"}
    assert "H (reached by the cascade) holds 45 % of A." in out[0]["path"]
    assert out[3]["line"] == 4 and out[3]["error"]


def test_a_register_is_evaluated_and_kept_up_to_date(export):
    edges = "owner,owned,pct\nP,A,60\nA,B,60\nB,A,40\nQ,C,\n"
    lists, changes = "party,list\nP,OFAC SDN\n", "owner,owned,pct\nP,A,0\n"
    before = {r["party"]: r for r in rows(export("ownership", "--on", "2026-11-20", edges=edges, lists=lists))}
    assert (before["B"]["ultimate_parent"], before["B"]["restricted"]) == ("P", True)
    assert before["C"]["ultimate_parent"] is None
    after = {r["party"]: r for r in rows(export("ownership", "--on", "2026-11-20", edges=edges, lists=lists, changes=changes))}
    assert (after["B"]["ultimate_parent"], after["B"]["restricted"]) == ("A", False)


def test_compute_is_counted_and_split_purchases_are_found(export):
    people = [{"id": f"c{n}", "payments": ["acct"], "facts": {"shows_infrastructure": False} if n == 0 else {}} for n in range(3)]
    bought = [{"customer": f"c{n}", "date": "2025-03-01", "tpp": 15832, "quantity": 600, "destination": "MY"} for n in range(3)]
    lines = lambda values: "".join(json.dumps(value) + "\n" for value in values)  # noqa: E731
    out = rows(export("compute", status=1, customers=lines(people), orders=lines(bought)))
    assert [r["tpp"] for r in out if r["kind"] == "sum"] == [9_499_200] * 3
    scheme = next(r for r in out if r["kind"] == "structuring")
    assert scheme["customers"] == ["c0", "c1", "c2"] and scheme["total_tpp"] == 28_497_600 and "payment" in scheme["links"][0]
    assert [(r["customer"], r["flag"]) for r in out if r["kind"] == "red_flag"] == [("c0", "infrastructure")]
    assert not [r for r in rows(export("compute", customers=lines(people), orders=lines(bought[:2]))) if r["kind"] == "structuring"]
    wrong = export("compute", status=1, customers=lines(people), orders='{"customer": "c0"}\n')
    assert "line 1, tpp" in wrong.stderr


def test_the_rule_book_shows_sources_and_marks_memory(export):
    text = export("rules").stdout
    assert "stated from memory" in text and "88 FR 73458" in text and "Not legal advice" in text
    book = rows(export("rules", "--rules", "2023", "--json"))
    assert book[0]["items"][0]["tests"] and book[0]["since"] == "2023-11-17"


@pytest.mark.parametrize("name", ["classify", "ownership", "compute", "rules"])
def test_help_teaches(export, name):
    assert "OVERVIEW" in export(name, "--help").stdout
