"""Keeping a service for years: backups under load, pruning, kept texts and their keys, upgrades, two servers, a disk that fills."""

import asyncio
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import threading
import time

import pytest
from harness import KEY, PHRASE, ROOT, Config, Gateway, ask, chat, exchange, fetch, request_bytes, wait_until
from test_budgets import answer_of, balance, budget, shop, stream_of

pytestmark = pytest.mark.gateway
FIXTURES = ROOT / "EndToEnd/fixtures"


def command(gateway, *arguments, check=True):
    done = subprocess.run([str(a) for a in (gateway.binary, *arguments)], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert not check or done.returncode == 0, done.stderr + done.stdout
    return done


class Load:
    """Clients that never rest, on a thread of their own, until `stop`."""

    def __init__(self, gateway, bodies, clients=8):
        self.port, self.bodies, self.clients = gateway.config.port, bodies, clients
        self.count, self.failed, self.done = 0, 0, threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))
        self.thread.start()

    async def client(self, number):
        rng = random.Random(number)
        while not self.done.is_set():
            answer = await exchange(self.port, request_bytes(*rng.choice(self.bodies)), 20)
            self.count += 1
            self.failed += answer.status != 200

    async def run(self):
        await asyncio.gather(*(self.client(n) for n in range(self.clients)))

    def stop(self):
        self.done.set()
        self.thread.join()
        return self


@pytest.fixture(scope="session")
def scripts(upstream):
    upstream.put({
        "grows": {"events": stream_of(3000), "interval_ms": 2},
        "grows-slowly": {"events": stream_of(5000), "interval_ms": 20},
        **{f"costs-{n}": {"whole": answer_of(n), "delay_ms": n} for n in (3, 11, 29)},
    })  # fmt: skip


BODIES = [chat(f"[script costs-{n}] Tell me.", max_tokens=40) for n in (3, 11, 29)] + [chat("[script grows] All.", stream=True)]


def sums(gateway):
    """What every subject has spent, by the program itself."""
    usage = json.loads(gateway.run("usage", "--json"))["data"]
    budgets = json.loads(gateway.run("budget", "list", "--json"))["data"]
    return sum(row["cost_micros"] for row in usage), sorted(balance(gateway, b["id"]) for b in budgets)


def by_hand(entries):
    """settled + reservations of admitted, unfinished exchanges, from the records alone."""
    total = {e["sequence"]: e["reserved_micros"] for e in entries if e["kind"] == "admission" and e["decision"] == "admitted"}
    for entry in entries:
        if entry["kind"] == "growth":
            total[entry["admission"]] = entry["reserved_micros"]
        elif entry["kind"] == "completion":
            total[entry["admission"]] = entry["settled_micros"]
    return sum(total.values())


def move(gateway, var, **fields):
    """A server of the same settings on another directory, port and socket."""
    config = Config(upstream=gateway.config.upstream, var=var, constitution=gateway.config.constitution, extra=gateway.config.extra, **fields)
    return Gateway(gateway.binary, config)


@pytest.mark.limit(120)
def test_a_backup_under_load_is_restored_elsewhere_with_the_same_balances(make_gateway, upstream, scripts, tmp_path, figure):
    gateway = shop(make_gateway, upstream, "backed-up", extra={"ledger": {"segment_bytes": 65536}})
    identifier = budget(gateway, 10**12)
    load = Load(gateway, BODIES)
    wait_until(lambda: load.count > 150, 30, "some load")
    sealing = tmp_path / "backup.key"
    sealing.write_text("5a" * 32 + "\n")
    taken = []
    for number in range(3):
        flags = ["--with-private-keys", "--key-file", sealing] if number == 2 else []
        out = json.loads(gateway.run("backup", tmp_path / f"backup-{number}", "--json", *flags))
        taken.append(out)
        time.sleep(0.3)
    load.stop()
    assert load.failed == 0 and taken[-1]["ledger"]["next"] > taken[0]["ledger"]["next"]
    for number, manifest in enumerate(taken):
        backup = tmp_path / f"backup-{number}"
        assert not [p for p in backup.rglob("*") if p.suffix in (".key", ".token")], "a private key in a backup"
        assert "is whole" in command(gateway, "backup", "check", backup).stdout
        var = tmp_path / f"var-{number}"
        command(gateway, "restore", backup, "--directory", var, *(["--key-file", sealing] if number == 2 else []))
        report = json.loads(command(gateway, "ledger", "verify", "--directory", var / "ledger", "--json").stdout)
        assert report["sound"] and report["last_sequence"] == manifest["ledger"]["next"] - 1
        other = move(gateway, var).start()
        try:
            entries = [json.loads(line) for line in other.run("ledger", "export").splitlines()]
            assert [e for e in entries if e["kind"] == "growth"], "no stream grew"
            spent, reserved = balance(other, identifier)
            assert (spent, reserved) == (by_hand(entries), 0)
            assert asyncio.run(exchange(other.config.port, request_bytes(*BODIES[0]))).status == 200, "it serves with its old keys' hashes"
            other.run("ledger", "verify")
            # With its key the public log goes on; without it the server begins another, and the old one lies beside it.
            assert (var / "log/checkpoint").exists() and (var / "log-restored").exists() == (number < 2)
        finally:
            other.stop()
    figure("backups under load restored: balances off by", 0, f"micro-units, {load.count} exchanges meanwhile, last of {taken[-1]['ledger']['next'] - 1} records")
    # The first one goes on undisturbed, and the last backup is a beginning of it.
    mine = gateway.run("ledger", "verify", "--expect", f"{taken[-1]['ledger']['next'] - 1}:{taken[-1]['ledger']['chain']}")
    assert "The ledger is sound" in mine
    gateway.stop()


@pytest.mark.limit(60)
def test_a_restore_refuses_what_is_not_whole_and_writes_over_nothing(make_gateway, upstream, scripts, tmp_path):
    gateway = shop(make_gateway, upstream, "refusing")
    for _ in range(5):
        asyncio.run(exchange(gateway.config.port, request_bytes(*BODIES[0])))
    refused = json.loads(asyncio.run(exchange(gateway.config.port, request_bytes(*chat(f"The {PHRASE}?")))).body)
    assert refused["choices"][0]["finish_reason"] == "content_filter"
    secret, wrong = tmp_path / "backup.key", tmp_path / "wrong.key"
    secret.write_text("ab" * 32 + "\n")
    wrong.write_text("cd" * 32 + "\n")
    assert gateway.run("backup", tmp_path / "x", "--with-private-keys", check=False).returncode != 0
    gateway.run("backup", tmp_path / "with", "--with-private-keys", "--key-file", secret)
    gateway.run("backup", tmp_path / "without")
    again = gateway.run("backup", tmp_path / "without", check=False)
    assert again.returncode != 0 and "not empty" in again.stderr
    keys = [p.read_bytes() for p in (gateway.config.var / "keys").iterdir() if p.suffix in (".key", ".token")]
    for path in (p for folder in ("with", "without") for p in (tmp_path / folder).rglob("*") if p.is_file()):
        assert not any(k.strip() in path.read_bytes() for k in keys), path

    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("x")
    assert "not empty" in command(gateway, "restore", tmp_path / "with", "--directory", full, check=False).stderr
    assert [p.name for p in full.iterdir()] == ["mine"]
    assert "cannot be opened" in command(gateway, "restore", tmp_path / "with", "--directory", tmp_path / "a", "--key-file", wrong, check=False).stderr

    def spoiled(change):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tmp_path / "with", copy)
        change(copy)
        done = command(gateway, "restore", copy, "--directory", tmp_path / "a", check=False)
        assert done.returncode != 0 and not (tmp_path / "a").exists()
        return done.stderr

    segment = next((tmp_path / "with/ledger").glob("*.seg")).name

    def flip(copy):
        data = bytearray((copy / "ledger" / segment).read_bytes())
        data[200] ^= 1
        (copy / "ledger" / segment).write_bytes(data)

    def newer(copy):
        text = (copy / "manifest.json").read_text()
        (copy / "manifest.json").write_text(text.replace('"version" : 1', '"version" : 9'))

    assert "differs" in spoiled(flip)
    assert "missing" in spoiled(lambda copy: (copy / "store/sluice.db").unlink())
    assert "manifest.json is missing" in spoiled(lambda copy: (copy / "manifest.json").unlink())
    assert "does not belong" in spoiled(lambda copy: (copy / "ledger/extra").write_text("x"))
    assert "version 9" in spoiled(newer)
    # With its keys it is the same deployment: the admin token and the rules' signature are those of before.
    command(gateway, "restore", tmp_path / "with", "--directory", tmp_path / "b", "--key-file", secret)
    mine, theirs = gateway.config.var / "keys", tmp_path / "b/keys"
    assert all((theirs / p.name).read_bytes() == p.read_bytes() for p in mine.iterdir())
    command(gateway, "restore", tmp_path / "without", "--directory", tmp_path / "c")
    for var in ("b", "c"):
        other = move(gateway, tmp_path / var).start()
        assert asyncio.run(exchange(other.config.port, request_bytes(*BODIES[0]))).status == 200
        other.stop()
    gateway.stop()
    # Without a server the directory itself is read, under its lock.
    gateway.run("backup", tmp_path / "cold")
    assert "is whole" in command(gateway, "backup", "check", tmp_path / "cold").stdout


@pytest.mark.limit(90)
def test_pruning_keeps_balances_and_says_what_went(make_gateway, upstream, scripts, tmp_path, figure):
    gateway = shop(make_gateway, upstream, "pruned", extra={"ledger": {"segment_bytes": 65536}})
    identifier = budget(gateway, 10**12)
    first = asyncio.run(exchange(gateway.config.port, request_bytes(*BODIES[0]))).decision
    load = Load(gateway, BODIES[:3], 12)
    wait_until(lambda: load.count > 700, 60, "some load")
    load.stop()
    gateway.run("usage")
    before, records = sums(gateway), len(gateway.run("ledger", "export").splitlines())
    assert balance(gateway, identifier)[1] == 0
    out = json.loads(gateway.run("ledger", "prune", "--larger-than", "100000", "--json"))
    assert out["segments"] > 0
    report = json.loads(gateway.run("ledger", "verify", "--json"))
    assert report["sound"] and report["pruned_before"] == out["first"] == report["first_sequence"]
    assert sums(gateway) == before
    shown = gateway.run("ledger", "show", first, check=False)
    assert shown.returncode != 0 and "pruned by its retention" in shown.stderr
    assert f"begins at record {out['first']}" in gateway.run("ledger", "show", "1", check=False).stderr
    exported = gateway.run("ledger", "export", check=False)
    assert json.loads(exported.stdout.splitlines()[0])["sequence"] == out["first"] and "were pruned" in exported.stderr
    gateway.stop()
    gateway.start()
    assert sums(gateway) == before
    assert asyncio.run(exchange(gateway.config.port, request_bytes(*BODIES[0]))).status == 200
    figure("pruned: records gone, balances off by", 0, f"micro-units, {out['first'] - 1} of {records} records gone")
    # Without the store's sums the beginning cannot be added up again: that is refused, not guessed.
    gateway.stop()
    with sqlite3.connect(gateway.config.var / "sluice.db") as store:
        store.execute("DELETE FROM fold")
    with pytest.raises(RuntimeError, match="restore the store"):
        gateway.start()


@pytest.mark.limit(60)
def test_retention_prunes_by_itself(make_gateway, upstream, scripts):
    gateway = shop(make_gateway, upstream, "ages", extra={"ledger": {"retention": "1s", "segment_age": "1s"}, "public_log": {"enabled": "off"}})
    asyncio.run(exchange(gateway.config.port, request_bytes(*BODIES[0])))
    gateway.stop()
    for _ in range(3):  # each start looks at once
        time.sleep(1.2)
        gateway.start()
        asyncio.run(exchange(gateway.config.port, request_bytes(*BODIES[0])))
        time.sleep(0.3)
        gateway.run("usage")
        gateway.stop()
    report = json.loads(gateway.run("ledger", "verify", "--json"))
    assert report["sound"] and report["first_sequence"] > 1 and report["pruned_before"] == report["first_sequence"]


# Kept texts


def refuse(gateway, words):
    body = chat(f"{words}: the {PHRASE}")
    answer = asyncio.run(exchange(gateway.config.port, request_bytes(*body)))
    assert answer.status == 200 and b"content_filter" in answer.body
    return answer.decision


def everything(var):
    return b"".join(p.read_bytes() for p in sorted(var.rglob("*")) if p.is_file())


@pytest.mark.limit(60)
def test_flagged_requests_are_kept_only_where_the_settings_say_so(make_gateway, upstream):
    plain = make_gateway(upstream.url, "keeps-nothing")
    refuse(plain, "heronreed")
    assert json.loads(plain.run("store", "list", "--json"))["data"] == []
    plain.stop()

    gateway = make_gateway(upstream.url, "keeps", extra={"content": {"keep": "refused", "retention": "6s", "largest": 1024}})
    decision = refuse(gateway, "heronreed")
    refuse(gateway, "x" * 2000)  # too large to be kept
    kept = wait_until(lambda: json.loads(gateway.run("store", "list", "--json"))["data"], 5, "it is kept")
    assert [k["id"] for k in kept] == [decision] and kept[0]["category"] == "origami_ritual" and kept[0]["kind"] == "request"
    assert "heronreed" in gateway.run("store", "read", decision)
    events = json.loads(fetch_admin(gateway, "events"))["data"]
    looks = [e for e in events if e["action"] == "content.read" and e["subject"] == decision]
    assert len(looks) == 1 and looks[0]["actor"]
    gone = wait_until(lambda: (said := gateway.run("store", "read", decision, check=False)).returncode and said, 12, "its time is over", pause=0.5)
    assert "its time is over" in gone.stderr
    second = refuse(gateway, "heronreed")
    wait_until(lambda: second in gateway.run("store", "list"), 5, "it is kept")
    assert json.loads(gateway.run("store", "forget", second, "--json"))["forgotten"] == 1
    assert b"heronreed" not in everything(gateway.config.var) and b"heronreed" not in gateway.child.log.read_bytes()
    gateway.stop()
    assert b"heronreed" not in everything(gateway.config.var)


def fetch_admin(gateway, path):
    done = subprocess.run(["curl", "-s", "--unix-socket", gateway.config.var / "admin.sock", f"http://sluice/admin/v1/{path}"], capture_output=True, timeout=10)
    return done.stdout


@pytest.mark.limit(60)
def test_the_key_comes_from_a_credential_and_the_old_one_still_opens(make_gateway, upstream, tmp_path, monkeypatch):
    gateway = make_gateway(upstream.url, "credential", extra={"content": {"keep": "refused"}})
    first = refuse(gateway, "under the server's own key")
    wait_until(lambda: first in gateway.run("store", "list"), 5, "kept")
    gateway.stop()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "content.key").write_text("nonsense\n")
    with pytest.raises(RuntimeError, match="64 hexadecimal digits"):
        gateway.start()
    (tmp_path / "content.key").write_text("0f" * 32 + "\n")
    gateway.start()
    second = refuse(gateway, "under the credential")
    wait_until(lambda: second in gateway.run("store", "list"), 5, "kept")
    assert "server's own" in gateway.run("store", "read", first) and "the credential" in gateway.run("store", "read", second)
    # The start has sealed the first anew; another time changes nothing.
    view = wait_until(lambda: (v := json.loads(gateway.run("store", "list", "--json"))) and {k["key"] for k in v["data"]} == {v["key"]} and v, 5, "one key")
    assert len(view["keys"]) == 1 and json.loads(gateway.run("store", "rekey", "--json"))["resealed"] == 0
    # The operator's new key goes in front.
    (tmp_path / "content.key").write_text("1e" * 32 + "\n" + "0f" * 32 + "\n")
    assert json.loads(gateway.run("store", "rekey", "--json"))["resealed"] == 2
    (tmp_path / "content.key").write_text("1e" * 32 + "\n")
    gateway.stop()
    gateway.start()
    assert "server's own" in gateway.run("store", "read", first)
    gateway.stop()


TEXTS = 300


@pytest.mark.limit(1800)
def test_a_rekeying_that_is_killed_loses_nothing(make_gateway, upstream, request, seed, figure):
    rounds = max(3, request.config.getoption("--kill-rounds") // 3)
    looks = 8 if rounds > 3 else 3
    gateway = make_gateway(upstream.url, "rekeyed", extra={"content": {"keep": "refused"}})
    rng, wanted = random.Random(seed), {}
    for number in range(TEXTS):
        wanted[refuse(gateway, f"number-{number}")] = f"number-{number}:"
    wait_until(lambda: len(json.loads(gateway.run("store", "list", "--json"))["data"]) == TEXTS, 20, "all kept")
    key, broken, began = gateway.config.var / "keys/cases.key", 0, time.monotonic()
    gateway.run("store", "rekey")
    whole = time.monotonic() - began
    for _ in range(rounds):
        asking = subprocess.Popen([gateway.binary, "store", "rekey", "--directory", gateway.config.var], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.3, 1) * whole)
        os.kill(gateway.pid, signal.SIGKILL)
        asking.wait()
        gateway.kill()
        broken += len(key.read_text(errors="replace").splitlines()) > 2  # the old key is still there
        gateway.start()
        for decision in rng.sample(sorted(wanted), looks):
            assert wanted[decision] in gateway.run("store", "read", decision)
    done = json.loads(gateway.run("store", "rekey", "--json"))
    assert done["resealed"] == TEXTS and done["unreadable"] == 0
    for decision in rng.sample(sorted(wanted), 5 * looks):
        assert wanted[decision] in gateway.run("store", "read", decision)
    assert len([line for line in key.read_text().splitlines() if not line.startswith("#")]) == 1
    figure("rekeying killed: texts lost", 0, f"of {TEXTS}, {rounds} kills, {broken} of them in the middle")
    gateway.stop()


# Upgrades


def still_there(then, now):
    """Whether the same rows say the same; a newer program may say more of each."""
    return len(then) == len(now) and all(any(a.items() <= b.items() for b in now) for a in then)


@pytest.fixture
def old(tmp_path, request):
    """The var/ that an older program left, and what it said of it."""
    with tarfile.open(FIXTURES / request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "var", json.loads((tmp_path / "expected.json").read_text())


@pytest.mark.limit(60)
@pytest.mark.parametrize("old", sorted(p.name for p in FIXTURES.glob("var-*.tar.gz")), indirect=True)
def test_what_an_older_version_left_is_opened_and_goes_on(make_gateway, upstream, scripts, old):
    var, expected = old
    gateway = make_gateway(upstream.url, f"old-{time.monotonic_ns()}", start=False)
    gateway = move(gateway, var)
    report = json.loads(gateway.run("ledger", "verify", "--expect", f"{expected['after']['last_sequence']}:{expected['after']['chain']}", "--json"))
    assert report["sound"] and report["records"] == expected["after"]["records"]
    gateway.start()
    try:
        said = lambda *words: json.loads(gateway.run(*words, "--json"))  # noqa: E731
        assert still_there(expected["organisations"], said("org", "list")["data"])
        assert [k["id"] for k in said("key", "list")["data"]] == [k["id"] for k in expected["keys"]]
        assert still_there(expected["prices"], said("price", "list")["data"])
        for one in expected["budgets"]:
            now = said("budget", "show", one["id"])
            assert [(b["subject"], b["spent_micros"], b["reserved_micros"]) for b in now["balances"]] == [
                (b["subject"], b["spent_micros"], b["reserved_micros"]) for b in one["balances"]
            ]
        assert [s["name"] for s in said("stop")["data"]] == [s["name"] for s in expected["stops"]]
        assert sum(r["cost_micros"] for r in said("usage")["data"]) == sum(r["cost_micros"] for r in expected["usage"])
        # The appeal's text moved to the new table and opens with the old key.
        assert PHRASE in gateway.run("store", "read", expected["case"])
        assert asyncio.run(exchange(gateway.config.port, request_bytes(*chat("[script grows] All.", stream=True)))).status == 200
        assert json.loads(gateway.run("store", "rekey", "--json"))["resealed"] == 1
        assert PHRASE in gateway.run("store", "read", expected["case"])
    finally:
        gateway.stop()
    report = json.loads(gateway.run("ledger", "verify", "--json"))
    assert report["sound"] and report["segments"] == expected["after"]["segments"] + 1, "an older segment is never written to"
    command(gateway, "log", "integrate", "--ledger", var / "ledger", "--directory", var / "log", "--key", var / "log.key")


@pytest.mark.limit(60)
def test_what_a_newer_version_wrote_is_refused_by_name(make_gateway, upstream):
    gateway = make_gateway(upstream.url, "newer")
    asyncio.run(exchange(gateway.config.port, request_bytes(*chat("Hello."))))
    gateway.stop()
    store = gateway.config.var / "sluice.db"
    with sqlite3.connect(store) as database:
        database.execute("INSERT INTO grdb_migrations (identifier) VALUES ('99: of the future')")
    with pytest.raises(RuntimeError, match="newer version of Sluice"):
        gateway.start()
    with sqlite3.connect(store) as database:
        database.execute("DELETE FROM grdb_migrations WHERE identifier LIKE '99%'")
    segment = sorted((gateway.config.var / "ledger").glob("*.seg"))[-1]
    data = bytearray(segment.read_bytes())
    data[8] = 9
    segment.write_bytes(data)
    with pytest.raises(RuntimeError, match="newer version of sluice .segments of version 9"):
        gateway.start()


@pytest.mark.limit(30)
def test_a_second_server_on_one_directory_says_why_it_will_not(make_gateway, upstream):
    gateway = make_gateway(upstream.url, "taken")
    config = Config(upstream=upstream.url, var=gateway.config.var)
    other = Gateway(gateway.binary, config)
    done = subprocess.run([str(gateway.binary), "serve", "--config", str(other.path)], capture_output=True, text=True, timeout=20, cwd=ROOT, env={**os.environ, "E2E_UPSTREAM_KEY": "x"})
    assert done.returncode != 0
    assert f"process {gateway.pid} is at work there" in done.stderr and "name another directory" in done.stderr
    assert fetch(f"{gateway.url}/readyz")[0] == 200
    gateway.config.write()
    gateway.stop()


# A disk that fills


@pytest.fixture
def small_disk(folder):
    """A file system of 4 MiB for everything that a server keeps."""
    path = folder / "narrow"
    path.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", path], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield path
    subprocess.run(["umount", "-l", path], check=False)


@pytest.mark.limit(60)
def test_a_disk_that_fills_warns_first_then_fails_closed_and_comes_back(make_gateway, upstream, small_disk):
    gateway = make_gateway(upstream.url, "narrow", extra={"disk": {"warn_bytes": 500_000}})

    def ready():
        status, _, body = fetch(f"{gateway.url}/readyz")
        return status, json.loads(body)

    def serves():
        return asyncio.run(exchange(gateway.config.port, request_bytes(*chat("Hello.")))).status

    def fill(leave):
        with contextlib.suppress(OSError), open(small_disk / "filler", "ab", buffering=0) as out:
            while shutil.disk_usage(small_disk).free > leave:
                out.write(b"\0" * 4096)

    assert ready() == (200, {"status": "ready"})
    fill(300_000)
    assert "warning" in wait_until(lambda: "warning" in ready()[1] and ready()[1], 5, "a warning")
    assert ready()[0] == 200 and "disk" in ready()[1]["warning"] and serves() == 200
    fill(0)
    wait_until(lambda: serves() == 503, 20, "it fails closed")
    wait_until(lambda: ready()[0] == 503, 5, "it is not ready")
    assert "disk" in ready()[1]["reason"] or "ledger" in ready()[1]["reason"]
    (small_disk / "filler").unlink()
    wait_until(lambda: serves() == 200, 10, "it serves again", 0.2)
    wait_until(lambda: ready() == (200, {"status": "ready"}), 5, "no warning any more")
    text = gateway.child.text()
    assert text.index("The disk is nearly full") < text.rindex("There is room on the disk again")
    gateway.stop()
    gateway.run("ledger", "verify")
