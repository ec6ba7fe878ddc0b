"""The public log from outside: receipts, an independent verifier, a witness, audits, kills, and the page in a browser."""

import base64
import functools
import http.server
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from harness import ROOT, Child
from killlog import check, kill_many

cryptography = pytest.importorskip("cryptography", reason="the independent verifier needs the package cryptography")
import verify_receipt  # noqa: E402


@pytest.fixture(scope="session")
def binary(request):
    return pathlib.Path(request.config.getoption("--sluice")).resolve()


def run(binary, *arguments, status=0):
    done = subprocess.run([str(a) for a in (binary, *arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def world(binary, tmp_path_factory):
    """A log of made-up exchanges with receipts."""
    folder = tmp_path_factory.mktemp("proof")
    run(binary, "log", "simulate", folder, "--exchanges", 2000, "--receipts", 60)
    return folder


def receipts(world):
    return sorted((world / "receipts").glob("*.tlog-proof"))


def test_vectors(binary):
    """Vectors beside the repository, if there are any."""
    data = pathlib.Path(os.environ.get("SLUICE_DATA", ROOT.parent / "shared/data")) / "transparency"
    files = sorted(data.glob("*.json"))
    if not files:
        pytest.skip(f"no vectors in {data}")
    assert json.loads(run(binary, "log", "vectors", "--json", *files))["failed"] == 0


def test_both_verifiers_agree(binary, world):
    policy_file = world / "policy.txt"
    policy = verify_receipt.Policy.parse(policy_file.read_text())
    for path in receipts(world):
        texts = {"text": path.with_suffix(".request"), "answer": path.with_suffix(".answer")}
        texts = {name: file for name, file in texts.items() if file.exists()}
        ours = json.loads(run(binary, "receipt", "verify", path, "--policy", policy_file, "--json", *[x for n, f in texts.items() for x in (f"--{n}", f)]))
        theirs = verify_receipt.verify(path.read_bytes(), policy, **{n: f.read_bytes() for n, f in texts.items()})
        for field in ("valid", "sequence", "event", "origin", "size", "witnesses", "constitution", "opened"):
            assert ours[field] == theirs[field], f"{path.name}: {field}"
        assert ours.get("outcome") == theirs["outcome"] and ours.get("category") == theirs["category"]


def test_both_verifiers_reject_what_was_changed(binary, world, tmp_path, seed):
    rng = random.Random(seed)
    policy_file = world / "policy.txt"
    policy = verify_receipt.Policy.parse(policy_file.read_text())
    whole = receipts(world)[0].read_bytes()
    for _ in range(12):
        place = rng.randrange(len(whole))
        changed = whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(7)]) + whole[place + 1 :]
        file = tmp_path / "changed"
        file.write_bytes(changed)
        run(binary, "receipt", "verify", file, "--policy", policy_file, status=1)
        with pytest.raises((verify_receipt.Invalid, ValueError)):
            verify_receipt.verify(changed, policy)
    for name in ("--text", "--answer"):
        wrong = tmp_path / "wrong"
        wrong.write_text("something else")
        run(binary, "receipt", "verify", receipts(world)[0], "--policy", policy_file, name, wrong, status=1)


def test_audit_finds_one_changed_bit(binary, world, tmp_path, seed):
    rng = random.Random(seed)
    policy = world / "policy.txt"
    kept = tmp_path / "kept"
    report = json.loads(run(binary, "log", "audit", world / "log", "--policy", policy, "--json", "--remember", kept))
    assert report["sound"] and report["days"] and report["total"]["events"]["admitted"] > 1000
    for _ in range(6):
        copy = tmp_path / "copy"
        shutil.copytree(world / "log", copy)
        # Partial files of trees before this one are no part of it.
        size = (copy / "checkpoint").read_text().split("\n")[1]
        files = [f for f in copy.rglob("*") if f.is_file() and ".journal" not in f.parts and (f.parent.suffix != ".p" or f.name == size)]
        file = rng.choice(files)
        data = bytearray(file.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.write_bytes(data)
        done = subprocess.run([binary, "log", "audit", copy, "--policy", policy, "--remember", kept], capture_output=True, text=True)
        assert done.returncode == 1 and "WRONG" in done.stdout, f"{file}: {done.stdout}{done.stderr}"
        shutil.rmtree(copy)
    # The same over HTTP.
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=world / "log")
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        run(binary, "log", "audit", f"http://127.0.0.1:{server.server_port}", "--policy", policy, "--remember", kept)
        server.shutdown()
    # Another log with the same name and another key is another log.
    run(binary, "log", "simulate", tmp_path / "other", "--exchanges", 10, "--receipts", 1)
    run(binary, "log", "audit", tmp_path / "other/log", "--policy", policy, status=1)


def post(url, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), method="POST"), timeout=10) as answer:
            return answer.status, answer.headers["content-type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()


def start_witness(binary, folder, name, log_key):
    key = folder / f"{name}.key"
    made = subprocess.run([binary, "log", "key", "--witness", f"{name}.example/w"], capture_output=True, text=True, check=True)
    key.write_text(made.stdout)
    child = Child(name, [binary, "witness", "serve", "--key", key, "--log", log_key, "--directory", folder / name, "--listen", "127.0.0.1:0"], folder / f"{name}-{time.monotonic_ns()}.log")
    child.expect(lambda: "listening" in child.text(), 20, "listening")
    words = child.text().split()
    return child, words[1], f"http://{words[3]}"


def test_witnesses_cosign_what_grows(binary, world, tmp_path):
    log_key = (world / "log.pub").read_text().strip()
    witnesses = [start_witness(binary, tmp_path, f"w{i}", log_key) for i in range(3)]
    try:
        lines = [f"log {log_key}"] + [f"witness w{i} {key} {url}" for i, (_, key, url) in enumerate(witnesses)]
        policy = tmp_path / "policy.txt"
        policy.write_text("\n".join([*lines, "group g 2 w0 w1 w2", "quorum g"]) + "\n")
        # Without cosignatures the quorum is not met.
        run(binary, "log", "audit", world / "log", "--policy", policy, status=1)
        log = tmp_path / "log"
        shutil.copytree(world / "log", log)
        assert "w2" in run(binary, "log", "cosign", "--directory", log, "--policy", policy)
        run(binary, "log", "audit", log, "--policy", policy)
        # A step back is told the size, in the media type of the specification.
        note = (log / "checkpoint").read_text()
        size = note.split("\n")[1]
        url = witnesses[0][2]
        assert post(f"{url}/add-checkpoint", "old 0\n\n" + note) == (409, "text/x.tlog.size", f"{size}\n")
        assert post(f"{url}/add-checkpoint", "nonsense")[0] == 400
        assert post(f"{url}/add-checkpoint", f"old {size}\n\nother.example\n" + note.split("\n", 1)[1])[0] == 404
        # What it has cosigned outlives it.
        witnesses[0][0].kill()
        name = witnesses[0][0].name
        again = Child(name, [binary, "witness", "serve", "--key", tmp_path / "w0.key", "--log", log_key, "--directory", tmp_path / "w0", "--listen", "127.0.0.1:0"], tmp_path / "again.log")
        try:
            again.expect(lambda: "listening" in again.text(), 20, "listening")
            url = "http://" + again.text().split()[3]
            assert post(f"{url}/add-checkpoint", "old 0\n\n" + note)[0] == 409
            assert post(f"{url}/add-checkpoint", f"old {size}\n\n" + note)[0] == 200
        finally:
            again.stop()
    finally:
        for child, _, _ in witnesses:
            child.stop()


def test_a_checkpoint_is_published_once_witnesses_have_seen_it(binary, world, tmp_path):
    log_key = (world / "log.pub").read_text().strip()
    witness, key, url = start_witness(binary, tmp_path, "w", log_key)
    try:
        policy = tmp_path / "policy.txt"
        policy.write_text(f"log {log_key}\nwitness w {key} {url}\nquorum w\n")
        command = ["log", "integrate", "--ledger", world / "ledger", "--key", world / "log.key", "--policy", policy, "--directory"]
        run(binary, *command, tmp_path / "one")
        run(binary, "log", "audit", tmp_path / "one", "--policy", policy)
        run(binary, *command, tmp_path / "one", "--close-day", "2026-11-22")
        run(binary, "log", "audit", tmp_path / "one", "--policy", policy)
        # The same key in another place is another history, and the witness does not help it.
        shutil.copytree(world / "log", tmp_path / "two")
        run(binary, *command, tmp_path / "two")
        assert (tmp_path / "two/checkpoint").read_text() == (world / "log/checkpoint").read_text()
        run(binary, "log", "audit", tmp_path / "two", "--policy", policy, status=1)
        run(binary, "log", "audit", tmp_path / "two", "--log-key", log_key, "--remembered", tmp_path / "one/checkpoint", status=1)
    finally:
        witness.stop()


@pytest.mark.limit(300)
def test_kills_lose_nothing(binary, tmp_path, seed):
    totals = kill_many(binary, tmp_path, 20, seed)
    assert totals["kills"] == 20 and totals["acknowledged"] > 100


def test_a_full_disk_refuses_and_loses_nothing(binary, tmp_path):
    """A limit on file sizes stands in for the disk: the journal's write fails, and what was acknowledged is still there."""
    key = tmp_path / "key"
    key.write_text(run(binary, "log", "key", "full.example/log"))
    command = [binary, "log", "bench", tmp_path / "log", "--key", key, "--acknowledge", "--seconds", "20", "--interval", "2"]

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=50)
    assert done.returncode != 0 and "write" in done.stderr, done.stderr
    lines = [line.split() for line in done.stdout.split("\n") if line.startswith("ack ")]
    assert len(lines) > 100
    run(binary, *command[1:-5], "--seconds", "0.2")
    check(tmp_path / "log", set(), {int(index): leaf for _, index, leaf, _ in lines})


def browse(folder, whole, policy, report, every):
    """What the public page says of a receipt, of the same with each `every`th byte changed, and without WebCrypto's Ed25519;
    in headless Chromium, without a network."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    page = ROOT / "Public"
    assert sum(f.stat().st_size for f in page.iterdir()) < 200_000
    for file in page.iterdir():
        shutil.copy(file, folder)
    # A script beside the page's own drives it: first the receipt, then with each byte changed, then WebCrypto's absence.
    driver = """
      const whole = RECEIPT, policy = POLICY, every = EVERY;
      (async () => {
        const out = { accepted: [] };
        byId("receipt").value = whole; byId("policy").value = policy;
        await check(); out.first = byId("result").dataset.state; out.text = byId("result").textContent;
        const times = [];
        for (let turn = 0; turn < 5; turn++) { await check(); times.push(Number(byId("result").dataset.milliseconds)); }
        out.milliseconds = Math.min(...times);
        for (let place = 0; place < whole.length; place += every) {
          const changed = whole.slice(0, place) + String.fromCharCode(whole.charCodeAt(place) ^ 1) + whole.slice(place + 1);
          try { await verifyReceipt(changed, policy); out.accepted.push(place); } catch (error) {}
        }
        out.tried = Math.ceil(whole.length / every);
        const real = crypto.subtle.importKey;
        crypto.subtle.importKey = () => { throw new DOMException("none", "NotSupportedError"); };
        try { out.slow = (await verifyReceipt(whole, policy)).origin; } catch (error) { out.slow = String(error); }
        crypto.subtle.importKey = real;
        speak("zh"); out.chinese = document.querySelector("h1").textContent;
        report = REPORT; showReport(); out.bars = document.querySelectorAll(".chart rect").length;
        const done = document.createElement("pre"); done.id = "done"; done.textContent = JSON.stringify(out);
        document.body.append(done);
      })();
    """
    driver = driver.replace("RECEIPT", json.dumps(whole)).replace("POLICY", json.dumps(policy)).replace("EVERY", str(every)).replace("REPORT", report.strip())
    (folder / "driver.js").write_text(driver)
    html = (folder / "index.html").read_text().replace('<script src="page.js"></script>', '<script src="page.js"></script><script src="driver.js"></script>')
    (folder / "test.html").write_text(html)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}",
               "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", f"--virtual-time-budget={60_000 if every > 1 else 1_200_000}", "--dump-dom", (folder / "test.html").as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=110 if every > 1 else 1500)
    assert '<pre id="done">' in done.stdout, done.stderr[-2000:] + done.stdout[-2000:]
    import html as entities

    return json.loads(entities.unescape(done.stdout.split('<pre id="done">')[1].split("</pre>")[0]))


@pytest.mark.limit(1800)
def test_page_in_a_browser_without_a_network(binary, world, tmp_path, figure, request):
    whole = max(receipts(world), key=lambda f: f.stat().st_size).read_text()
    report = run(binary, "log", "audit", world / "log", "--policy", world / "policy.txt", "--json")
    out = browse(tmp_path, whole, (world / "policy.txt").read_text(), report, every=request.config.getoption("--page-step") or 31)
    assert out["first"] == "valid", out["text"]
    assert out["accepted"] == [], f"of {out['tried']} changed receipts these were accepted: {out['accepted']}"
    assert out["slow"] == "try.example/log"
    assert out["chinese"] == "核验一项决定" and out["bars"] > 5
    figure("receipt.page", out["milliseconds"], "ms to verify, the least of five")
    figure("receipt.page.changed", out["tried"], f"receipts with one byte changed, of {len(whole)} bytes, all rejected")
    assert out["milliseconds"] < 100


def test_a_proof_file_is_the_standard_one(binary, world):
    proof = run(binary, "log", "prove", "1", "--log", world / "log", "--leaf")
    lines = proof.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[2] == "index 1"
    leaf = base64.b64decode(lines[1].removeprefix("extra "))
    blank = lines.index("")
    policy = verify_receipt.Policy.parse((world / "policy.txt").read_text())
    _, size, root, _ = verify_receipt.open_checkpoint("\n".join(lines[blank + 1 :]), policy)
    hashes = [base64.b64decode(line) for line in lines[3:blank]]
    assert verify_receipt.root_of_inclusion(verify_receipt.sha256(b"\0", leaf), 1, size, hashes) == root
