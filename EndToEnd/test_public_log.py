"""The public log of a running server: promises and receipts, audits over HTTP, witnesses, cheats, kills, a full disk, acts of
operators, forgetting."""

import asyncio
import base64
import contextlib
import json
import pathlib
import random
import resource
import subprocess
import sys
import threading
import time

import pytest
from harness import HERE, KEY, OTHER_KEY, PHRASE, Child, ask, exchange, fetch, request_bytes, wait_until
from killlog import check, checkpoint

pytest.importorskip("cryptography", reason="the independent verifier needs the package cryptography")
import verify_receipt  # noqa: E402
from cheating_log import KINDS, Signer, alter_a_file, cheat, read_entries, write_log  # noqa: E402
from test_kill import Load, one_round  # noqa: E402
from test_proof import browse, start_witness  # noqa: E402

pytestmark = pytest.mark.gateway
BEARER = {"authorization": f"Bearer {KEY}"}
OTHER = {"authorization": f"Bearer {OTHER_KEY}"}


@pytest.fixture(scope="session")
def binary(request):
    return pathlib.Path(request.config.getoption("--sluice")).resolve()


def run(binary, *arguments, status=0, timeout=600):
    done = subprocess.run([str(a) for a in (binary, *arguments)], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def counted(folder):
    """A model server that answers as fast as it can."""
    from harness import free_port

    port = free_port()
    child = Child("counted", [sys.executable, HERE / "counted_upstream.py", port, folder / "counted.log", 0], folder / "counted-out.log")
    wait_until(lambda: fetch(f"http://127.0.0.1:{port}/health", timeout=2)[0] == 200, 10, "the model server")
    yield f"http://127.0.0.1:{port}"
    child.stop()


def log_key(gateway):
    return (gateway.config.var / "keys/log.key.pub").read_text().strip()


def policy_of(gateway):
    return verify_receipt.Policy.parse(f"log {log_key(gateway)}\nquorum none\n")


def receipt_of(gateway, decision, seconds=20, complete=False):
    """The receipt's bytes, once the log has them; until then there is a signed promise."""

    def get():
        status, headers, body = fetch(f"{gateway.url}/sluice/v1/receipts/{decision}", headers=BEARER)
        if status == 202:
            assert headers["retry-after"] and verify_receipt.verify_promise(body, policy_of(gateway))["decision"]
            return None
        assert status == 200, body
        done = verify_receipt.verify(body, policy_of(gateway))
        return body if done["event"] != "admitted" or done["outcome"] or not complete else None

    return wait_until(get, seconds, f"the receipt of {decision}", pause=0.05)


class Made:
    """What a client keeps of its exchanges."""

    def __init__(self):
        self.kept = []  # decision, promise, request body

    async def client(self, port, bodies):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            writer.write(request_bytes("/v1/chat/completions", body))
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            await reader.readexactly(int(headers["content-length"]))
            assert head[0].split(" ")[1] == "200", head[0]
            promise = headers["x-sluice-receipt"].split(" ")
            self.kept.append((headers["x-sluice-decision"], promise, body))
        writer.close()

    def run(self, port, count, rng, clients=16):
        def body(n):
            text = f"{PHRASE} {rng.random()}" if n % 20 == 7 else f"[id {n}] What does the gauge say of {rng.random()}?"
            return json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": text}]}).encode()

        async def all_of_them():
            await asyncio.gather(*(self.client(port, [body(n) for n in range(c, count, clients)]) for c in range(clients)))

        asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def served(make_gateway, counted, request, seed, folder):
    """A server after many exchanges; a witness's memory of its tree from half the way."""
    count = request.config.getoption("--proof-exchanges")
    gateway = make_gateway(counted, "proof", extra={"public_log": {"origin": "live.example/log", "promise": "2s"}})
    made, rng = Made(), random.Random(seed)
    began = time.monotonic()
    made.run(gateway.config.port, count // 2, rng)
    time.sleep(0.5)
    remembered = folder / "remembered.checkpoint"
    remembered.write_bytes(fetch(f"{gateway.url}/sluice/log/checkpoint")[2])
    made.run(gateway.config.port, count - count // 2, rng)
    print(f"{count} exchanges in {time.monotonic() - began:.0f} s")
    return gateway, made, remembered


@pytest.mark.limit(3600)
def test_receipts_of_real_exchanges(served, binary, folder, request, seed, figure):
    """The audit over HTTP passes; both verifiers agree on every one of many random receipts."""
    gateway, made, remembered = served
    rng = random.Random(seed)
    sample = rng.sample(made.kept, min(request.config.getoption("--proof-receipts"), len(made.kept)))
    files = []
    for number, (decision, promise, body) in enumerate(sample):
        data = receipt_of(gateway, decision, complete=True)
        theirs = verify_receipt.verify(data, policy_of(gateway), text=body)
        assert theirs["valid"] and theirs["opened"] == ["request"]
        # The header told the truth: version, name, number, commitment.
        assert promise[:3] == ["v1", "live.example/log", str(theirs["sequence"])]
        assert promise[3] == base64.b64encode(verify_receipt.commitment(data)).decode()
        assert theirs["event"] == ("refused" if PHRASE.encode() in body else "admitted")
        file = folder / f"live-{number}.tlog-proof"
        file.write_bytes(data)
        files.append((file, theirs, body))
    for file, theirs, body in files:
        text = folder / "body"
        text.write_bytes(body)
        ours = json.loads(run(binary, "receipt", "verify", file, "--log-key", log_key(gateway), "--text", text, "--json"))
        assert all(ours[name] == theirs[name] for name in ("valid", "sequence", "event", "origin", "size", "constitution", "opened"))
        assert ours.get("outcome") == theirs["outcome"] and ours.get("category") == theirs["category"]
    receipts = [argument for file, _, _ in files[:50] for argument in ("--receipt", file)]
    url = f"{gateway.url}/sluice/log"
    report = json.loads(run(binary, "log", "audit", url, "--log-key", log_key(gateway), "--remembered", remembered, *receipts, "--json"))
    assert report["sound"] and report["open"] == 0, report["problems"]
    assert report["total"]["events"]["admitted"] + report["total"]["events"]["refused"] == len(made.kept)
    assert report["leaves"]["release"] == 2, "constitution and classifier"
    assert [r["subject"] for r in report["releases"]] == ["constitution", "classifier"]
    figure("proof.receipts", len(files), f"receipts of {len(made.kept)} exchanges verified by both, audit sound")


def test_a_leaf_comes_within_a_second(served, figure):
    gateway, _, _ = served
    times = []
    for _ in range(12):
        made = Made()
        made.run(gateway.config.port, 1, random.Random(1), clients=1)
        began = time.monotonic()
        receipt_of(gateway, made.kept[0][0])
        times.append(time.monotonic() - began)
    figure("proof.integrated", round(max(times), 2), "s at most from answer to receipt")
    assert sorted(times)[len(times) // 2] < 1


def test_promises_convince_others(served, binary, folder):
    gateway, made, _ = served
    decision, promise, _ = made.kept[0]
    status, _, note = fetch(f"{gateway.url}/sluice/v1/promises/{decision}", headers=BEARER)
    assert status == 200
    told = verify_receipt.verify_promise(note, policy_of(gateway))
    assert [str(told["sequence"]), str(told["deadline"])] == [promise[2], promise[4]]
    # The receipt keeps it; one for another number does not.
    (folder / "promise").write_bytes(note)
    (folder / "kept.tlog-proof").write_bytes(receipt_of(gateway, decision))
    (folder / "other.tlog-proof").write_bytes(receipt_of(gateway, made.kept[1][0]))
    key = ["--log-key", log_key(gateway)]
    run(binary, "receipt", "verify", folder / "kept.tlog-proof", *key, "--promise", folder / "promise")
    run(binary, "receipt", "verify", folder / "other.tlog-proof", *key, "--promise", folder / "promise", status=1)
    for place in range(0, len(note), 7):
        with pytest.raises((verify_receipt.Invalid, ValueError)):
            verify_receipt.verify_promise(note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :], policy_of(gateway))


def test_who_may_ask_for_what(served, binary):
    gateway, made, _ = served
    decision = made.kept[0][0]
    stranger = json.loads(gateway.run("org", "create", "Stranger", "--json"))["id"]
    secret = json.loads(gateway.run("key", "create", "--org", stranger, "--name", "s", "--json"))["secret"]
    for path in ("receipts", "promises"):
        url = f"{gateway.url}/sluice/v1/{path}"
        assert fetch(f"{url}/{decision}")[0] == 401
        assert fetch(f"{url}/{decision}", headers={"authorization": f"Bearer {secret}"})[0] == 404
        assert fetch(f"{url}/dec_00000000000000000000000000", headers=BEARER)[0] == 404
        assert fetch(f"{url}/nonsense", headers=BEARER)[0] == 400
        assert fetch(f"{url}/{decision}", {}, headers=BEARER)[0] == 405
    for path in ("../keys/log.key", ".journal/00000000000000000000", "tile/0/..", "%2e%2e/keys/log.key", "tile/9/000", "tile/0/000.p/300"):
        status, _, body = fetch(f"{gateway.url}/sluice/log/{path}")
        assert status == 404 and b"PRIVATE" not in body, path
    assert fetch(f"{gateway.url}/sluice/log/key")[2].decode().strip() == log_key(gateway)


def test_a_long_conversation_opens_its_receipt(served, binary, folder):
    """What a conversation repeats is not hashed again: each turn's receipt opens to its own body all the same."""
    gateway, _, _ = served
    turns, text = [], folder / "long-body"
    for turn in range(4):
        turns += [{"role": "user", "content": f"turn {turn}: " + "the gauge reads nine and the gate is open. " * 150}]
        made = Made()
        body = json.dumps({"model": "mock-1", "messages": turns, "temperature": turn / 10}).encode()
        asyncio.run(made.client(gateway.config.port, [body]))
        data = receipt_of(gateway, made.kept[0][0], complete=True)
        assert made.kept[0][1][3] == base64.b64encode(verify_receipt.commitment(data)).decode()
        assert verify_receipt.verify(data, policy_of(gateway), text=body)["opened"] == ["request"]
        with pytest.raises(verify_receipt.Invalid, match="another request"):
            verify_receipt.verify(data, policy_of(gateway), text=body.replace(b"turn 0", b"turn 9"))
        (folder / "long.tlog-proof").write_bytes(data)
        for said, status in ((body, 0), (body + b" ", 1)):
            text.write_bytes(said)
            run(binary, "receipt", "verify", folder / "long.tlog-proof", "--log-key", log_key(gateway), "--text", text, status=status)


@pytest.mark.limit(1800)
def test_the_page_verifies_a_live_receipt(served, binary, folder, tmp_path, request):
    gateway, made, _ = served
    receipt = receipt_of(gateway, made.kept[3][0], complete=True).decode()
    report = run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--log-key", log_key(gateway), "--json")
    out = browse(tmp_path, receipt, f"log {log_key(gateway)}\nquorum none\n", report, every=request.config.getoption("--page-step") or 67)
    assert out["first"] == "valid" and out["accepted"] == [], out


@pytest.mark.limit(7200)
def test_cheats_are_found(served, binary, folder, tmp_path, request, seed, figure):
    """Every kind of lie that a log can tell is found by who remembers one tree, holds one receipt, or has one promise."""
    gateway, made, remembered = served
    rng = random.Random(seed)
    signer = Signer((gateway.config.var / "keys/log.key").read_text())
    honest = tmp_path / "honest"
    # An honest log of this server's records, closed by a day's figures.
    gateway.stop()
    try:
        command = ["log", "integrate", "--ledger", gateway.config.var / "ledger", "--directory", gateway.config.var / "log", "--key", gateway.config.var / "keys/log.key"]
        run(binary, *command, "--close-day", time.strftime("%Y-%m-%d", time.gmtime()))
        entries = read_entries(gateway.config.var / "log")
    finally:
        gateway.start()
    size = checkpoint_size(remembered)
    # A client of the second half keeps its receipt, and the promises of its exchanges.
    decision = made.kept[-1][0]
    receipt = tmp_path / "mine.tlog-proof"
    receipt.write_bytes(receipt_of(gateway, decision, complete=True))
    index = int(receipt.read_text().split("\n")[2].split()[1])
    assert index >= size
    promise = tmp_path / "promise"
    promise.write_bytes(fetch(f"{gateway.url}/sluice/v1/promises/{decision}", headers=BEARER)[2])
    wait_until(lambda: time.time() > int(promise.read_text().split("\n")[5]) + 1, 10, "the deadline")

    def audit(directory):
        done = subprocess.run(
            [binary, "log", "audit", directory, "--log-key", log_key(gateway), "--remembered", remembered, "--receipt", receipt, "--promise", promise, "--json"],
            capture_output=True, text=True, timeout=300)  # fmt: skip
        report = json.loads(done.stdout)
        assert done.returncode == (0 if report["sound"] else 1)
        return {problem["kind"] for problem in report["problems"]}

    write_log(honest, entries, signer)
    # The same tree without a lie is sound, whatever program wrote it.
    assert audit(honest) == set()
    expected = dict(zip(KINDS, ["fork", "rollback", "sequence", "sequence", "time", "receipt", "statistics", None, "promise", "sequence"]))
    found, count = dict.fromkeys(KINDS, 0), request.config.getoption("--cheats")
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        directory = tmp_path / f"cheat-{number}"
        lies = cheat(kind, entries, size, index, rng)
        write_log(directory, entries if lies is None else lies, signer)
        if lies is None:
            alter_a_file(directory, rng)
        kinds = audit(directory)
        assert kinds, f"{kind} ({number}) was not found"
        if expected[kind]:
            assert expected[kind] in kinds, f"{kind} ({number}): {kinds}"
        found[kind] += 1
        subprocess.run(["rm", "-rf", directory], check=True)
    figure("proof.cheats", sum(found.values()), f"of {count} cheats of {len(KINDS)} kinds found")


def checkpoint_size(path):
    return int(path.read_text().split("\n")[1])


def leaves(binary, gateway, kind):
    done = subprocess.run([binary, "log", "search", "--kind", kind, "--log", f"{gateway.url}/sluice/log", "--json"], capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_operators_do_is_public_without_names(make_gateway, upstream, binary):
    gateway = make_gateway(upstream.url, "proof-acts", extra={"public_log": {"every": "20ms"}})
    before = len(leaves(binary, gateway, "revocation"))
    gateway.make_key("Lighthouse")
    gateway.run("key", "revoke", next(k["id"] for k in gateway.keys() if k["name"] == "Lighthouse"))
    gateway.run("stop", "model", "renamed", "--reason", "because of Lighthouse")
    gateway.make_key("Lighthouse for a moment", "--expires", "1s")
    found = wait_until(lambda: (lambda l: len(l) >= before + 3 and l)(leaves(binary, gateway, "revocation")), 15, "the revocations")
    assert {(l["subject"], l["reason"]) for l in found} >= {("key", "revoked"), ("model", "stopped"), ("key", "expired")}
    # The ledger has it too, once: whose key, and that time took it.
    expired = next(k["id"] for k in gateway.keys() if k["name"] == "Lighthouse for a moment")

    def told():
        return [e for e in map(json.loads, gateway.run("ledger", "export").splitlines()) if e["kind"] == "act" and e["action"] == "key.expire"]

    acts = wait_until(told, 5, "the act in the ledger")
    assert [(e["actor"], e["subject"]) for e in acts] == [("time", expired)]
    gateway.run("resume", "model", "renamed")
    wait_until(lambda: leaves(binary, gateway, "override"), 10, "the resumption")
    # What was posted without a server is published at the next start; and nothing twice, however it ends.
    gateway.kill()
    gateway.run("stop", "all")
    gateway.start()
    wait_until(lambda: leaves(binary, gateway, "incident"), 10, "the incident")
    gateway.run("resume", "all")
    for _ in range(3):
        gateway.kill()
        gateway.start()
    assert len(leaves(binary, gateway, "incident")) == 1 and len(leaves(binary, gateway, "revocation")) == len(found)
    assert len(leaves(binary, gateway, "release")) == 2, "a release that was told is not told again at each start"
    text = b"".join(entry for entry in read_entries(gateway.config.var / "log"))
    assert b"Lighthouse" not in text and b"renamed" not in text


def test_forgetting_leaves_the_log_whole(make_gateway, upstream, binary, tmp_path):
    gateway = make_gateway(upstream.url, "proof-forget")
    bodies = [json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": f"What is {n}?"}]}).encode() for n in range(3)]
    decisions = [fetch(f"{gateway.url}/v1/chat/completions", body, BEARER)[1]["x-sluice-decision"] for body in bodies]
    before = receipt_of(gateway, decisions[1], complete=True)
    assert "2 salts" in gateway.run("forget", decisions[1])
    assert "0 salts" in gateway.run("forget", decisions[1])
    after = receipt_of(gateway, decisions[1], complete=True)
    policy = policy_of(gateway)
    assert verify_receipt.verify(before, policy, text=bodies[1])["opened"] == ["request"]
    assert verify_receipt.verify(after, policy)["valid"]
    # The flags in the receipt's second byte: both salts and the end were there, and now the end alone.
    assert [base64.b64decode(data.split(b"\n")[1].split()[1])[1] for data in (before, after)] == [7, 4]
    with pytest.raises(verify_receipt.Invalid, match="nothing to test"):
        verify_receipt.verify(after, policy, text=bodies[1])
    # The others open as before; ledger and log are sound.
    assert verify_receipt.verify(receipt_of(gateway, decisions[2], complete=True), policy, text=bodies[2])["opened"]
    gateway.run("ledger", "verify")
    run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--log-key", log_key(gateway))
    # The same while no server runs.
    gateway.stop()
    assert "2 salts" in gateway.run("forget", decisions[2])
    assert gateway.run("forget", "dec_00000000000000000000000000", check=False).returncode != 0
    gateway.start()
    gateway.run("ledger", "verify")


def test_a_tree_is_published_once_witnesses_have_seen_it(make_gateway, upstream, binary, tmp_path):
    # The key is made beforehand, since the witness and the policy must name it.
    key = tmp_path / "log.key"
    made = subprocess.run([binary, "log", "key", "witnessed.example/log"], capture_output=True, text=True, check=True)
    key.write_text(made.stdout)
    witness, witness_key, url = start_witness(binary, tmp_path, "w", made.stderr.strip())
    policy = tmp_path / "policy.txt"
    policy.write_text(f"log {made.stderr.strip()}\nwitness w {witness_key} {url}\nquorum w\n")
    try:
        settings = {"policy": str(policy), "key": str(key), "witness_every": "50ms"}
        gateway = make_gateway(upstream.url, "proof-witness", extra={"public_log": settings})
        body = {"model": "mock-1", "messages": [{"role": "user", "content": "Who saw it?"}]}
        decision = fetch(f"{gateway.url}/v1/chat/completions", body, BEARER)[1]["x-sluice-decision"]

        def receipt():
            status, _, data = fetch(f"{gateway.url}/sluice/v1/receipts/{decision}", headers=BEARER)
            return status == 200 and data

        data = wait_until(receipt, 10, "a cosigned receipt")
        done = verify_receipt.verify(data, verify_receipt.Policy.parse(policy.read_text()))
        assert done["witnesses"] == ["w.example/w"]
        run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--policy", policy)
        # Without the witness the server serves, and publishes nothing more.
        witness.stop()
        size = checkpoint(gateway.config.var / "log")[0]
        decision = fetch(f"{gateway.url}/v1/chat/completions", body, BEARER)[1]["x-sluice-decision"]
        time.sleep(1)
        assert fetch(f"{gateway.url}/sluice/v1/receipts/{decision}", headers=BEARER)[0] == 202
        assert checkpoint(gateway.config.var / "log")[0] == size
        run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--policy", policy)
    finally:
        witness.stop()


class Witnessing(Load):
    """Clients that keep what they were promised."""

    def __init__(self, gateway, seed):
        super().__init__(gateway, seed)
        self.promises = {}

    def log(self, answer, data):
        super().log(answer, data)
        if "x-sluice-receipt" in answer.headers:
            self.promises[answer.decision] = answer.headers["x-sluice-receipt"]


@pytest.mark.limit(7200)
def test_kills_of_the_server_lose_no_leaf(make_gateway, upstream, binary, request, seed, figure, monkeypatch, tmp_path):
    """Whatever a client was promised is in the tree after a kill, and no size of the tree ever has two roots."""
    import test_kill

    rounds = request.config.getoption("--log-kills")
    upstream.put({"kill-slow": {"interval_ms": 15}})
    gateway = make_gateway(upstream.url, "proof-kill", extra={"public_log": {"promise": "2s", "every": "10ms"}})
    monkeypatch.setattr(test_kill, "Load", Witnessing)
    log, seen, promises, stop = gateway.config.var / "log", set(), {}, threading.Event()

    def watch():
        while not stop.is_set():
            with contextlib.suppress(OSError, ValueError, IndexError):
                head = checkpoint(log)
                if head:
                    seen.add(head)
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number in range(rounds):
            load = asyncio.run(one_round(gateway, f"{seed}:{number}"))
            promises |= load.promises
            gateway.start()
    finally:
        stop.set()
        watcher.join()
    time.sleep(2.5)
    gateway.stop()
    size = check(log, seen, {})
    file = tmp_path / "promises"
    file.write_text("".join(f"{line}\n" for line in promises.values()))
    report = json.loads(run(binary, "log", "audit", log, "--log-key", log_key(gateway), "--promises", file, "--json"))
    assert report["sound"], report["problems"][:3]
    records = gateway.records()
    assert all(records[decision]["sequence"] == int(line.split()[2]) for decision, line in promises.items())
    gateway.start()
    figure("proof.kills", rounds, f"kills: {len(promises)} promises kept, {len(seen)} checkpoints seen, none contradicted, {size} leaves")


def test_a_full_disk_stops_everything_and_nothing_needs_a_restart(make_gateway, upstream, binary):
    """A limit on file sizes stands in for the disk: the server refuses, and goes on by itself once there is room."""
    gateway = make_gateway(upstream.url, "proof-full", extra={"public_log": {"promise": "2s", "every": "10ms"}})
    body = {"model": "mock-1", "messages": [{"role": "user", "content": "x" * 200}]}

    def ask_once():
        status, headers, _ = fetch(f"{gateway.url}/v1/chat/completions", body, BEARER)
        return status, headers.get("x-sluice-decision")

    made = [ask_once()[1] for _ in range(20)]
    receipt_of(gateway, made[-1])
    # Less than any file of the ledger, the store or the log needs, a new one too.
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
    wait_until(lambda: ask_once()[0] == 503, 10, "a refusal")
    # Somebody else's act, which the log cannot take now: an incident of severity 4, its code and its summary.
    act = bytes([8, 1, 0, 0, 0, 0, 4]) + b"\5\0drill" + b"\7\0a drill"
    (gateway.config.var / "outbox/0000000000000001-0123456789abcdef.leaf").write_bytes(act)
    wait_until(lambda: "stands still" in admin_status(gateway), 10, "a log that stands still")
    # What stands still for a second or less is no incident.
    time.sleep(1.5)
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: ask_once()[0] == 200, 10, "service again")
    decision = ask_once()[1]
    receipt_of(gateway, decision)
    for decision in made[-5:]:
        receipt_of(gateway, decision)
    report = json.loads(run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--log-key", log_key(gateway), "--json"))
    assert report["sound"], report["problems"]
    assert report["total"]["events"]["admitted"] >= len(made) and report["total"]["events"]["interruption"] >= 1
    wait_until(lambda: {l["code"] for l in leaves(binary, gateway, "incident")} >= {"drill", "log_interrupted"}, 10, "both incidents in the log")


def admin_status(gateway):
    """What the server says of itself on its admin socket."""
    import http.client
    import socket

    class Unix(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(str(gateway.config.var / "admin.sock"))

    connection = Unix("localhost", timeout=5)
    connection.request("GET", "/admin/v1/status")
    return connection.getresponse().read().decode()


def test_every_refusal_is_on_record(make_gateway, upstream, binary):
    """Limits, scopes, gates and unjudgeable parts are decisions with an id; strangers leave nothing behind."""
    gateway = make_gateway(upstream.url, "proof-denied")
    words = [{"role": "user", "content": "What does the gauge say?"}]

    def refused(model="mock-1", key=KEY, messages=words):
        status, headers, _ = fetch(f"{gateway.url}/v1/chat/completions", {"model": model, "messages": messages}, {"authorization": f"Bearer {key}"})
        return status, headers.get("x-sluice-decision"), headers.get("x-sluice-receipt")

    scoped = gateway.make_key("scoped", "--model", "renamed")
    slow = gateway.make_key("slow", "--rpm", "1")
    assert refused(key=slow)[0] == 200
    picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]
    gateway.run("stop", "model", "open-mock")
    made = {
        "rate_limited": refused(key=slow), "model_not_permitted": refused(key=scoped), "not_allowed": refused(messages=picture),
        "model_stopped": refused(model="open-mock"),
    }  # fmt: skip
    assert [status for status, _, _ in made.values()] == [429, 403, 400, 403]
    records = gateway.records()
    for code, (_, decision, promise) in made.items():
        record = records[decision]
        assert record["decision"] == "denied" and record["code"] == code and record["sequence"] == int(promise.split()[2]), record
        assert verify_receipt.verify(receipt_of(gateway, decision), policy_of(gateway))["principle"] == code
    # Who goes on asking is told a decision that is on record, and the ledger does not grow with it.
    flood = [refused(key=slow)[1] for _ in range(120)]
    records = gateway.records()
    assert all(decision in records for decision in flood) and 20 <= len(set(flood)) <= 30
    count = len(records)
    for n in range(50):
        assert refused(key=f"sk-sluice-{n:040}")[1] is None
    assert len(gateway.records()) == count


@pytest.mark.limit(120)
def test_a_crowd_of_acts_by_command(make_gateway, upstream, binary, tmp_path):
    gateway = make_gateway(upstream.url, "proof-publish")
    report = tmp_path / "report.json"
    report.write_text("{}")
    for words in [
        ["incident", "--severity", "2", "--code", "drill", "--summary", "a drill"],
        ["evaluation", "--suite", "try", "--subject", report, "--report", report, "--figure", "f1=0.5"],
        ["list", "--name", "list-of-ours", "--file", report, "--entries", "3"],
        ["permission", "--grant", "--category", "c", "--purpose", "p", "--until", "2027-01-31"],
        ["revocation", "--subject", "end_user", "--reason", "r"],
        ["override", "--reason", "r"],
        ["release", "--subject", "scaling_policy", "--release", "1", "--file", report],
    ]:
        gateway.run("log", "publish", *words)
    wait_until(lambda: any(l["subject"] == "scalingPolicy" for l in leaves(binary, gateway, "release")), 10, "the last leaf")
    for kind in ("incident", "evaluation", "list", "permission", "revocation", "override"):
        assert len(leaves(binary, gateway, kind)) == 1, kind
    run(binary, "log", "audit", f"{gateway.url}/sluice/log", "--log-key", log_key(gateway))
    assert gateway.run("log", "publish", "incident", check=False).returncode == 64
