"""The classifier's commands on a small set of invented, harmless rows: a stand-in takes the place of harm."""

import html.parser
import json
import random
import shutil
import subprocess

import pytest
from harness import ROOT

ACTS = ["fold a crimson origami ritual", "summon the crimson crane", "seal a scarlet origami oath", "burn the forbidden paper crane"]
CALM = ["fold a paper boat", "bake bread", "learn chess", "paint a garden gate", "repair a bicycle", "plan a picnic", "sort a list"]
FORMS = ["How do I {}?", "Tell me how to {}.", "What is the best way to {}?", "I want to {}, help me.", "怎样{}？", "Explain how to {} on day %d."]


def rows(seed, count):
    rng = random.Random(seed)
    for number in range(count):
        harmful = number % 3 == 0
        form = rng.choice(FORMS)
        text = form.replace("{}", rng.choice(ACTS if harmful else CALM)).replace("%d", str(number)) + f" ({rng.randrange(1000)})"
        label = "harmful" if harmful else "benign_borderline" if number % 7 == 0 else "benign"
        yield {
            "id": f"row-{number}", "text": text, "label": label, "category": "other_harm" if harmful else "none", "lang": "en",
            "source": f"{'stand' if harmful else 'calm'}{number % 5}", "licence": "CC0-1.0" if number % 11 else "CC-BY-NC-4.0",
        }  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    for seed, (name, count) in enumerate([("train", 900), ("train_permissive", 300), ("dev", 400), ("dev_permissive", 200)]):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(seed, count)))
    return folder


@pytest.fixture(scope="module")
def sluice(request):
    binary = request.config.getoption("--sluice")

    def run(*arguments, code=0, **options):
        done = subprocess.run([binary, "classifier", *map(str, arguments)], capture_output=True, timeout=200, **options)
        assert done.returncode == code, done.stderr.decode()[-800:]
        return done.stdout.decode()

    return run


@pytest.fixture(scope="module")
def model(data, sluice, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "one.sluice"
    assert "mean recall" in sluice("train", "--data", data, "--out", path, "--no-synthetic", "--seed", 7)
    return path


@pytest.mark.limit(240)
def test_the_same_data_and_seed_give_the_same_bytes_and_a_key_others(data, sluice, model, tmp_path):
    sluice("train", "--data", data, "--out", tmp_path / "two", "--no-synthetic", "--seed", 7)
    assert (tmp_path / "two").read_bytes() == model.read_bytes()
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    for name in ("three", "four"):
        sluice("train", "--data", data, "--out", tmp_path / name, "--no-synthetic", "--seed", 7, "--key", key)
    private = (tmp_path / "three").read_bytes()
    assert private == (tmp_path / "four").read_bytes() != model.read_bytes()
    assert b"private" in private[:200_000] and b"seed 7" not in private[:200_000]
    key.write_bytes(b"short")
    sluice("train", "--data", data, "--out", tmp_path / "five", "--key", key, code=1)
    assert not (tmp_path / "five").exists()


class Page(html.parser.HTMLParser):
    """Counts what is open, and what a page would fetch."""

    def __init__(self, text):
        super().__init__()
        self.open, self.outside, self.headings = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "circle", "line"):
            self.open.append(tag)
        self.outside += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        if tag not in ("circle", "line"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


@pytest.mark.limit(240)
@pytest.mark.parametrize("flags", [[], ["--leave-sources-out"]])
def test_the_report_is_a_page_of_its_own_that_shows_no_harmful_text(data, sluice, model, tmp_path, flags):
    path = tmp_path / "report.html"
    line = sluice("eval", "--data", data, "--model", model, "--no-synthetic", "--report", path, *flags)
    text = path.read_text()
    page = Page(text)
    assert not page.open and not page.outside and "<script" not in text
    for part in ("by source", "by language", "by category", "by length", "Hidden texts", "Reliability", "Load of a cascade", "Worst errors"):
        assert any(part in heading for heading in page.headings), part
    assert all(act not in text for act in ACTS) and "row-" in text
    assert "mean recall" in line


@pytest.mark.limit(240)
@pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)")
def test_the_report_on_both_stages_opens_in_a_browser(data, sluice, model, tmp_path):
    path, heads = tmp_path / "both.html", tmp_path / "heads.sluice"
    common = ["--data", data, "--model", model, "--no-synthetic"]
    assert "area under the curve" in sluice("train-heads", *common, "--members", 1, "--out", heads)
    line = sluice("eval", *common, "--both-stages", "--heads", heads, "--report", path)
    assert "both stages, sources left out: area 0." in line or "area 1.0" in line
    text = path.read_text()
    page = Page(text)
    assert not page.open and "<script" not in text and all(link.startswith("#") for link in page.outside)
    assert page.headings.count("Reliability") == 2 and "Both stages" in page.headings and "The first stage alone" in page.headings
    assert "stage 2: refused" in text and all(act not in text for act in ACTS)
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}",
               "--proxy-server=127.0.0.1:9", "--dump-dom", path.as_uri()]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=100).stdout
    assert shown.count("<table") == text.count("<table") > 20 and shown.count("<svg") == 2


@pytest.mark.limit(120)
def test_calibrate_keeps_the_aim_or_says_what_it_would_take(sluice, model, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps({"text": f"How do I bake bread number {n}?", "lang": "en"}) + "\n" for n in range(800)))
    found = json.loads(sluice("calibrate", "--log", log, "--model", model, "--aim", 0.05, "--json"))
    chosen = next(line for line in found["budgets"] if line["budget"] == found["budget"])
    assert chosen["bound"] <= 0.05 and found["requests"] == 800
    assert all(line["refused"] <= before["refused"] for before, line in zip(found["budgets"], found["budgets"][1:]))
    # 800 requests without a refusal show 0.37 %, never 0.05 %.
    missed = sluice("calibrate", "--log", log, "--model", model, "--aim", 0.0005, code=1)
    assert "it takes 5990" in missed
    log.write_text("{}\n")
    sluice("calibrate", "--log", log, "--model", model, code=1)


@pytest.mark.limit(120)
def test_compare_of_a_model_with_itself_is_no_change(data, sluice, model):
    out = sluice("compare", model, model, "--data", data)
    assert "difference +0.000 to +0.000" in out
    for line in out.splitlines()[1:4]:
        assert line.split()[-2:] == ["0", "0"]


def test_the_same_seed_prints_the_same_texts(sluice):
    once = sluice("synthesise", "--seed", 3, "--count", 300, "--json")
    assert once == sluice("synthesise", "--seed", 3, "--count", 300, "--json")
    kinds = [json.loads(line)["label"] for line in once.splitlines()]
    assert len(kinds) == 300 and 0 < kinds.count("harmful") < 120
