"""What an operator is told: webhooks with their signatures, each alarm, and what a stop or a crash leaves of them."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import time

import pytest
from harness import KEY, PHRASE, ROOT, Upstream, chat, exchange, fetch, request_bytes, wait_until
from receiver import SECRET, Receiver

pytestmark = pytest.mark.gateway


def send(gateway, path, body, key=KEY, headers=None):
    return asyncio.run(exchange(gateway.config.port, request_bytes(path, body, key=key, headers=headers), 20))


@pytest.fixture
def secret(folder):
    path = folder / "webhook.secret"
    path.write_text(SECRET + "\n")
    return str(path)


@pytest.mark.limit(120)
def test_webhooks_tell_what_happens_signed_and_without_a_prompt(make_gateway, upstream, folder, secret):
    receiver, failing, hanging = Receiver(), Receiver(lambda number: 500 if number <= 2 else 204), Receiver(lambda _: 30.0)
    sick = Upstream(folder)
    models = [{"name": "m", "dialect": "openai", "upstreams": [{"url": sick.url}, {"url": upstream.url}]}, {"name": "mock-1", "dialect": "openai", "upstream": upstream.url}]
    hooks = [
        {"name": "all", "url": receiver.url, "secret_file": secret},
        {"name": "errs", "url": failing.url, "secret_file": secret, "events": ["upstream.*"], "backoff": "100ms"},
        {"name": "hangs", "url": hanging.url, "secret_file": secret, "timeout": "60s"},
    ]
    gateway = make_gateway(upstream.url, "webhooks", extra={"models": models, "webhooks": hooks, "alerts": {"window": "3s", "refusals": 5}, "appeals": {"due": "1s"}}, timeouts={"breaker_open": "1s"})
    view = {one["name"]: one for one in json.loads(gateway.run("webhook", "test", "--json"))["data"]}
    assert set(view) == {"all", "errs", "hangs"} and "planted" not in json.dumps(view)
    wait_until(lambda: receiver.of("test"), 10, "the test event")
    # Everything is brought about first, and then waited for.
    for _ in range(8):
        decision = send(gateway, *chat(f"Tell me of the {PHRASE}.")).decision
    status, _, body = fetch(f"{gateway.url}/sluice/v1/appeals", {"decision": decision, "reason": "planted reason"}, {"authorization": f"Bearer {KEY}"})
    assert status == 201
    gateway.run("price", "set", "mock-1", "--input", "0", "--output", "1")
    gateway.run("price", "set", "m", "--input", "0", "--output", "0")
    usage = {"prompt_tokens": 1, "completion_tokens": 10, "total_tokens": 11}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Water flows where it can, as ever."}, "finish_reason": "stop"}], "usage": usage}
    upstream.script("ten", whole=json.dumps(whole))
    gateway.run("budget", "set", "--org", "bootstrap", "--per", "total", "--limit", "0.000100")
    for _ in range(9):
        assert send(gateway, *chat("[script ten] Hi", max_tokens=10)).status == 200
    # A budget at 80 %.
    alarm = wait_until(lambda: receiver.of("budget.alarm"), 15, "budget.alarm")[0]["data"]
    assert alarm["percent"] == 80 and alarm["period"] == "total" and float(alarm["limit"]) == 0.0001
    gateway.run("budget", "remove", json.loads(gateway.run("budget", "list", "--json"))["data"][0]["id"])
    # An upstream goes down and comes back.
    sick.script("down", status=500, body="{}")
    upstream.script("down", answer=None)
    for _ in range(14):
        assert send(gateway, *chat("[script down] planted prompt", model="m")).status == 200
    down = wait_until(lambda: receiver.of("upstream.down"), 10, "upstream.down")[0]
    assert down["data"]["model"] == "m" and sick.url.removeprefix("http://") in down["data"]["upstream"]
    sick.script("down", answer=None)
    wait_until(lambda: send(gateway, *chat("[script down] planted prompt", model="m")).status == 200 and receiver.of("upstream.up"), 20, "upstream.up")
    # The receiver that erred twice, of one message or of two, was sent each again under its own id.
    wait_until(lambda: failing.of("test") and failing.of("upstream.down") and len(failing.tries) == len(failing.messages) + 2, 10, "the tries that succeed")
    assert set(failing.tries) == {m["id"] for m in failing.messages}
    # Refusals, many more than before; and an appeal that nobody decides.
    spike = wait_until(lambda: receiver.of("refusals.spike"), 15, "refusals.spike")[0]["data"]
    assert spike["refused"] >= 5 and 0 < spike["share"] <= 1
    waiting = wait_until(lambda: receiver.of("appeal.waiting"), 25, "appeal.waiting")[0]["data"]
    assert waiting["case"] == json.loads(body)["id"]
    assert all(m["signed"] for m in receiver.messages + failing.messages)
    told = json.dumps(receiver.messages)
    assert "planted" not in told and PHRASE not in told and KEY not in told and "sk-" not in told
    assert len({m["id"] for m in receiver.messages}) == len(receiver.messages)
    # What hangs has delayed nobody, and its state is shown.
    view = {one["name"]: one for one in json.loads(gateway.run("webhook", "list", "--json"))["data"]}
    assert view["hangs"]["delivered"] == 0 and view["hangs"]["waiting"] >= 4 and len(hanging.tries) == 1
    assert view["all"]["waiting"] == 0 and view["errs"]["failed"] == 2 and "last_delivery" in view["all"]
    doctor = subprocess.run([gateway.binary, "doctor", "--config", gateway.path], capture_output=True, text=True, timeout=30)
    assert "webhook       hangs at http://127.0.0.1:" in doctor.stdout and "planted" not in doctor.stdout
    for server in (receiver, failing, hanging):
        server.stop()
    sick.stop()


@pytest.mark.limit(60)
def test_a_receiver_that_hangs_delays_no_request_and_no_end(make_gateway, upstream, secret):
    hanging = Receiver(lambda _: 30.0)
    gateway = make_gateway(upstream.url, "hanging", extra={"webhooks": [{"url": hanging.url, "secret_file": secret, "timeout": "60s"}]})
    for _ in range(30):
        gateway.run("webhook", "test") if _ % 10 == 0 else None
        answer = send(gateway, *chat("[script plain] Hi"))
        assert answer.status == 200 and answer.seconds < 2
    began = time.monotonic()
    assert gateway.stop() == 0 and time.monotonic() - began < 10
    hanging.stop()


WRONG = [
    ({"url": "ftp://x"}, "http://"),
    ({"url": "http://127.0.0.1:1/"}, "secret_env"),
    ({"url": "http://127.0.0.1:1/", "secret_env": "NOT_SET_ANYWHERE"}, "16 bytes"),
    ({"url": "http://127.0.0.1:1/", "secret_file": "SECRET", "events": ["budget.alrm"]}, "budget.alarm"),
    ({"url": "http://127.0.0.1:1/", "secret_file": "SECRET", "backof": "1s"}, "backoff"),
]


@pytest.mark.parametrize("fields,reason", WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_doctor_names_what_is_wrong_with_a_webhook(make_gateway, upstream, secret, fields, reason):
    fields = {name: secret if value == "SECRET" else value for name, value in fields.items()}
    gateway = make_gateway(upstream.url, f"wrong-hook-{WRONG.index(next(w for w in WRONG if w[1] == reason))}", start=False, extra={"webhooks": [fields]})
    done = subprocess.run([gateway.binary, "doctor", "--config", gateway.path], capture_output=True, text=True, timeout=30)
    text = done.stdout + done.stderr
    assert done.returncode != 0 and reason in text and "line" in text and SECRET not in text, text


@pytest.fixture
def small_disk(folder):
    """A file system of 6 MiB for everything that a server keeps."""
    path = folder / "tight"
    path.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", path], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield path
    subprocess.run(["umount", "-l", path], check=False)


@pytest.mark.limit(60)
def test_a_disk_that_fills_is_told_before_anything_is_refused_and_so_is_a_ledger_that_cannot_be_written(make_gateway, upstream, small_disk, secret):
    receiver = Receiver()
    gateway = make_gateway(upstream.url, "tight", extra={"disk": {"warn_bytes": 500_000}, "webhooks": [{"url": receiver.url, "secret_file": secret}]})

    def fill(leave):
        with contextlib.suppress(OSError), open(small_disk / "filler", "ab", buffering=0) as out:
            while shutil.disk_usage(small_disk).free > leave:
                out.write(b"\0" * 4096)

    assert send(gateway, *chat("Hello.")).status == 200 and not receiver.messages
    fill(300_000)
    first = wait_until(lambda: receiver.of("disk.pressure"), 10, "disk.pressure")[0]["data"]
    assert first["level"] == "low" and 0 < first["free_bytes"] <= 500_000 and first["total_bytes"] == 6 << 20
    assert send(gateway, *chat("Hello.")).status == 200 and not receiver.of("ledger.lag")
    fill(0)
    wait_until(lambda: send(gateway, *chat("Hello.")).status == 503, 20, "it fails closed")
    wait_until(lambda: len(receiver.of("disk.pressure")) == 2, 10, "the disk is full")
    assert receiver.of("disk.pressure")[1]["data"]["level"] == "full"
    assert wait_until(lambda: receiver.of("ledger.lag"), 10, "ledger.lag")[0]["data"]["writable"] == "no"
    (small_disk / "filler").unlink()
    wait_until(lambda: receiver.of("disk.relieved") and receiver.of("ledger.recovered"), 15, "relief")
    assert send(gateway, *chat("Hello.")).status == 200
    assert [len(receiver.of(kind)) for kind in ("disk.relieved", "ledger.lag", "ledger.recovered")] == [1, 1, 1]
    assert all(m["signed"] for m in receiver.messages)
    gateway.stop()
    receiver.stop()


@pytest.mark.limit(60)
def test_a_ledger_that_lags_behind_the_disk_is_told(make_gateway, upstream, secret):
    receiver = Receiver()
    gateway = make_gateway(upstream.url, "lag", extra={"alerts": {"ledger_lag": "1ms"}, "webhooks": [{"url": receiver.url, "secret_file": secret, "events": ["ledger.*"]}]})
    data = request_bytes(*chat("[script plain] Hi"))

    async def load():
        async def client():
            while not receiver.of("ledger.lag"):
                assert (await exchange(gateway.config.port, data)).status == 200

        async with asyncio.timeout(30):
            await asyncio.gather(*(client() for _ in range(4)))

    asyncio.run(load())
    told = receiver.of("ledger.lag")[0]["data"]
    assert told["writable"] == "yes" and told["records"] >= 1 and 0.001 < told["seconds"] < 30
    wait_until(lambda: receiver.of("ledger.recovered"), 10, "it has caught up")
    gateway.stop()
    receiver.stop()


@pytest.mark.limit(60)
@pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)")
def test_a_safeguard_that_fails_is_told_and_so_is_its_recovery(make_gateway, upstream, secret):
    receiver = Receiver()
    extra = {"second_stage": "thorough", "second_stage_drill": "fail=1", "alerts": {"window": "2s", "safeguard_failures": 3}, "webhooks": [{"url": receiver.url, "secret_file": secret, "events": ["safeguard.*"]}]}
    gateway = make_gateway(upstream.url, "failing", constitution="built-in", extra=extra)

    def refused():
        return [send(gateway, *chat(f"Tell me of the river at gate number {number}.")).status for number in range(2)]

    assert refused() == [503, 503]
    time.sleep(1.2)  # one look of the alarms, at least: two failures are none
    assert not receiver.messages
    told = wait_until(lambda: refused() and receiver.of("safeguard.failing"), 20, "safeguard.failing")
    assert told[0]["data"]["safeguard"].startswith("second_stage") and told[0]["data"]["failures"] >= 3
    wait_until(lambda: receiver.of("safeguard.recovered"), 15, "safeguard.recovered")
    assert len(receiver.of("safeguard.failing")) == 1
    gateway.stop()
    receiver.stop()


@pytest.mark.limit(90)
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_what_waits_for_a_receiver_outlives_a_kill_and_a_stop(make_gateway, upstream, secret, end):
    good = []
    receiver = Receiver(lambda number: 204 if good else 503)
    hooks = [{"name": "ops", "url": receiver.url, "secret_file": secret, "backoff": "100ms", "attempts": 100}]
    gateway = make_gateway(upstream.url, f"waits-{end}", extra={"webhooks": hooks})
    for _ in range(3):
        gateway.run("webhook", "test")
    waits = gateway.config.var / "webhooks.waiting"
    wait_until(lambda: len(set(receiver.tries)) == 3, 10, "each was tried")
    # One line for each and the heading, and no address: it may hold a secret.
    kept = wait_until(lambda: waits.exists() and (text := waits.read_text()).count("\n") == 4 and text, 5, "they are kept")
    assert "planted" not in kept and (waits.stat().st_mode & 0o077) == 0
    if end == "kill":
        gateway.kill()
    else:
        assert gateway.stop() == 0
    before = set(receiver.tries)
    good.append(True)
    gateway.start()
    wait_until(lambda: len(receiver.messages) == 3, 15, "they arrive")
    assert {m["id"] for m in receiver.messages} == before and all(m["signed"] for m in receiver.messages)
    wait_until(lambda: not waits.exists(), 5, "nothing waits any more")
    gateway.stop()
    receiver.stop()
