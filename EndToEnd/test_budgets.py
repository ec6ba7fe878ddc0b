"""Money: budgets hold under load, aborted calls leave nothing reserved, and what is spent is what the ledger says, across kills."""

import asyncio
import json
import os
import random
import signal
import socket

import pytest
from harness import chat, events, exchange, messages, request_bytes, wait_until

pytestmark = pytest.mark.gateway
TOKENS = 20


def answer_of(tokens, prompt=5):
    """A whole answer of so many tokens by our own count (four letters each), with the usage to match."""
    usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
    choice = {"index": 0, "message": {"role": "assistant", "content": "wat " * tokens}, "finish_reason": "stop"}
    return json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [choice], "usage": usage})


def chunk(content=None, finish=None, usage=None):
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "mock-1", "choices": []}
    if usage:
        return json.dumps({**body, "usage": usage})
    delta = {"role": "assistant", "content": content} if content else {}
    return json.dumps({**body, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def stream_of(tokens):
    pieces = [chunk("wat " * 50) for _ in range(tokens // 50)]
    return pieces + [chunk(finish="stop"), chunk(usage={"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens})]


@pytest.fixture(scope="session")
def scripts(upstream):
    upstream.put({
        "equal": {"whole": answer_of(TOKENS), "delay_ms": 5},
        "long": {"events": stream_of(5000)},
        "slow-money": {"events": stream_of(5000), "interval_ms": 20},
        "growing": {"events": stream_of(20000), "interval_ms": 4},
        "silent": {"events": stream_of(500), "stall_at": 3},
        "liar": {"whole": answer_of(TOKENS).replace(f'"completion_tokens": {TOKENS}', '"completion_tokens": 1000000000')},
        **{f"uses-{n}": {"whole": answer_of(n), "delay_ms": n} for n in range(1, 41)},
    })  # fmt: skip


def shop(make_gateway, upstream, name, **fields):
    gateway = make_gateway(upstream.url, name, **fields)
    for model in ("mock-1", "claude-mock"):
        # A token of an answer costs one micro-unit, one of a prompt nothing.
        gateway.run("price", "set", model, "--input", "0", "--output", "1")
    return gateway


def budget(gateway, limit, *flags):
    """A budget of so many micro-units for the organisation that the keys belong to."""
    amount = f"{limit // 10**6}.{limit % 10**6:06}"
    out = gateway.run("budget", "set", "--org", "bootstrap", "--per", "total", "--limit", amount, "--json", *flags)
    return json.loads(out)["id"]


def balance(gateway, identifier):
    stands = json.loads(gateway.run("budget", "show", identifier, "--json"))["balances"][0]
    return stands["spent_micros"], stands["reserved_micros"]


def ask_many(gateway, bodies, **options):
    async def all_of_them():
        calls = [exchange(gateway.config.port, request_bytes(*body), 60, **options) for body in bodies]
        return await asyncio.gather(*calls)

    return asyncio.run(all_of_them())


@pytest.mark.limit(180)
def test_of_a_thousand_calls_at_once_a_budget_for_a_hundred_pays_a_hundred(make_gateway, upstream, scripts, figure):
    gateway = shop(make_gateway, upstream, "hundred")
    identifier = budget(gateway, 100 * TOKENS)
    answers = ask_many(gateway, [chat("[script equal] Tell me.", max_tokens=TOKENS)] * 1000)
    through = [a for a in answers if a.status == 200]
    figure("budget for 100, 1,000 calls at once: answered", len(through))
    assert len(through) == 100 and all(a.whole for a in through)
    refused = [a for a in answers if a.status == 429]
    assert len(refused) == 900
    for answer in refused:
        # Either it is used up for good, or the rest is promised to calls that run.
        if answer.json["error"]["code"] == "insufficient_quota":
            assert answer.headers.get("x-should-retry") == "false" and "retry-after" not in answer.headers
        else:
            assert "retry-after" in answer.headers
    assert balance(gateway, identifier) == (100 * TOKENS, 0)
    last = ask_many(gateway, [chat("[script equal] Once more.", max_tokens=TOKENS)])[0]
    assert last.status == 429 and last.json["error"]["code"] == "insufficient_quota"
    gateway.stop()


@pytest.mark.limit(120)
def test_unequal_calls_never_pass_a_budget(make_gateway, upstream, scripts, seed, figure):
    gateway, rng = shop(make_gateway, upstream, "unequal"), random.Random(seed)
    limit = 3000
    identifier = budget(gateway, limit)
    for _ in range(4):
        bodies = []
        for _ in range(150):
            asked = rng.randint(1, 40)
            bodies.append(chat(f"[script uses-{rng.randint(1, 40)}] Tell me.", max_tokens=asked))
        ask_many(gateway, bodies)
        spent, reserved = balance(gateway, identifier)
        assert spent <= limit and reserved == 0
    figure("unequal calls on a budget of 3,000: left unused", limit - spent, "micro-units (largest reservation 40)")
    assert limit - spent < 40
    gateway.stop()


@pytest.mark.limit(60)
def test_a_stream_without_a_limit_ends_with_length_where_the_budget_ends(make_gateway, upstream, scripts):
    gateway = shop(make_gateway, upstream, "length")
    identifier = budget(gateway, 2500)
    answer = ask_many(gateway, [chat("[script long] Tell me all.", stream=True)])[0]
    assert answer.status == 200 and answer.whole
    data = [payload for _, payload in events(answer.body)]
    assert data[-1] == "[DONE]"
    ends = [c["finish_reason"] for d in data[:-1] for c in json.loads(d)["choices"] if c["finish_reason"]]
    assert ends == ["length"]
    text = "".join(c["delta"].get("content") or "" for d in data[:-1] for c in json.loads(d)["choices"])
    # Two blocks of 1,024 fit into 2,500, a third does not.
    assert 1900 * 4 <= len(text) <= 2048 * 4
    spent, reserved = balance(gateway, identifier)
    assert len(text) // 4 <= spent <= 2500 and reserved == 0
    gateway.stop()


@pytest.mark.limit(60)
def test_a_message_that_outgrows_what_was_reserved_ends_with_max_tokens(make_gateway, upstream, scripts):
    gateway = shop(make_gateway, upstream, "outgrown")
    identifier = budget(gateway, 25)
    answer = ask_many(gateway, [messages("[script endless] Tell me all.", stream=True, max_tokens=20)])[0]
    assert answer.status == 200 and answer.whole
    names = [name for name, _ in events(answer.body) if name != "ping"]
    assert names[0] == "message_start" and names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    deltas = [json.loads(data) for name, data in events(answer.body) if name == "message_delta"]
    assert [d["delta"]["stop_reason"] for d in deltas] == ["max_tokens"]
    spent, reserved = balance(gateway, identifier)
    assert 0 < spent <= 25 and reserved == 0
    gateway.stop()


@pytest.mark.limit(60)
def test_an_upstream_that_lies_is_held_to_what_was_seen(make_gateway, upstream, scripts):
    gateway = shop(make_gateway, upstream, "lies")
    identifier = budget(gateway, 1_000_000)
    assert ask_many(gateway, [chat("[script liar] Tell me.", max_tokens=TOKENS)])[0].status == 200
    assert balance(gateway, identifier) == (4 * TOKENS + 64, 0)
    gateway.stop()


@pytest.mark.limit(900)
def test_calls_that_are_aborted_or_time_out_leave_nothing_behind(make_gateway, upstream, scripts, request, figure):
    count = request.config.getoption("--aborts")
    gateway = shop(make_gateway, upstream, "aborted", timeouts={"idle_timeout": "300ms"})
    identifier = budget(gateway, 10**12)
    others = upstream.stats["active"]  # what suites before this one have left standing

    async def abort(number):
        body = chat("[script slow-money] Tell me all.", stream=True) if number % 2 else messages("[script slow-money] Tell me.")
        if number % 7 == 0:  # the model server falls silent: the gateway's time-out ends it
            answer = await exchange(gateway.config.port, request_bytes(*chat("[script silent] Tell me.", stream=number % 2 == 0)), 30)
            assert answer.status in (200, 504)
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.config.port)
        writer.write(request_bytes(*body))
        if number % 3:
            await reader.read(1)
        await asyncio.sleep(random.random() / 20)
        writer.transport.abort()

    async def everyone():
        for start in range(0, count, 200):
            await asyncio.gather(*(abort(start + n) for n in range(min(200, count - start))))

    asyncio.run(everyone())
    wait_until(lambda: balance(gateway, identifier)[1] == 0, 20, "everything given back", 0.2)
    wait_until(lambda: running(gateway) == 0, 20, "no slot is held", 0.2)
    wait_until(lambda: upstream.stats["active"] <= others, 20, "the model server works for nobody", 0.2)
    figure("aborted calls: micro-units and slots still held", 0, f"after {count}")
    gateway.stop()


def running(gateway):
    """Exchanges that hold a place under the limits now, by the admin API."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(gateway.config.var / "admin.sock"))
        link.sendall(b"GET /admin/v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        data = b""
        while piece := link.recv(65536):
            data += piece
    return json.loads(data.partition(b"\r\n\r\n")[2])["running"]


def folded(gateway):
    """settled + reservations of admitted, unfinished exchanges, added up from the ledger by hand."""
    entries = [json.loads(line) for line in gateway.run("ledger", "export").splitlines() if line.strip()]
    sums = {e["sequence"]: e["reserved_micros"] for e in entries if e["kind"] == "admission" and e["decision"] == "admitted"}
    for entry in entries:
        if entry["kind"] == "growth":
            sums[entry["admission"]] = entry["reserved_micros"]
        elif entry["kind"] == "completion":
            sums[entry["admission"]] = entry["settled_micros"]
    return sum(sums.values())


def grown(gateway):
    """How many unfinished exchanges had extended their reservation when their process died."""
    entries = [json.loads(line) for line in gateway.run("ledger", "export").splitlines() if line.strip()]
    ended = {e["admission"] for e in entries if e["kind"] == "completion"}
    return len({e["admission"] for e in entries if e["kind"] == "growth"} - ended)


@pytest.mark.limit(3600)
def test_what_is_spent_is_what_the_ledger_says_after_every_kill(make_gateway, upstream, scripts, request, seed, figure):
    rounds = max(3, request.config.getoption("--kill-rounds"))
    gateway = shop(make_gateway, upstream, "killed")
    identifier = budget(gateway, 10**14)
    rng, difference = random.Random(seed), 0

    async def load():
        async def client():
            while True:
                body = chat(f"[script uses-{rng.randint(1, 40)}] Tell me.", max_tokens=rng.randint(1, 60))
                if rng.random() < 0.4:
                    body = chat("[script slow-money] Tell me all.", stream=True)
                elif rng.random() < 0.4:
                    body = chat("[script growing] Tell me all.", stream=True)  # past its first block within a tenth of a second
                answer = await exchange(gateway.config.port, request_bytes(*body), 2)
                if not answer.status:
                    await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(client()) for _ in range(12)]
        await asyncio.sleep(rng.uniform(0.05, 0.8))
        os.kill(gateway.pid, signal.SIGKILL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    for _ in range(rounds):
        asyncio.run(load())
        gateway.kill()
        gateway.start()
        spent, reserved = balance(gateway, identifier)
        difference = max(difference, abs(spent + reserved - folded(gateway)))
        assert difference == 0
    unfinished = grown(gateway)
    assert unfinished > 0, "no kill met a stream that had extended its reservation"
    figure("kill -9: spent differs from the ledger by", difference, f"micro-units, {rounds} kills, {spent} spent, {unfinished} unfinished streams had grown")
    usage = json.loads(gateway.run("usage", "--json"))["data"]
    assert sum(row["cost_micros"] for row in usage) == spent
    assert sum(row["unfinished"] for row in usage) > 0, "no kill met a running exchange"
    gateway.stop()


def test_prices_that_are_none_are_refused_with_field_and_line(make_gateway, upstream, tmp_path):
    gateway = make_gateway(upstream.url, "prices")
    for value, says in [("-1", "negative"), ("nan", "no decimal number"), ("1e9", "no decimal number"), ("99999999999", "too large")]:
        done = gateway.run("price", "set", "mock-1", f"--input={value}", "--output", "1", check=False)
        assert done.returncode != 0 and "input" in done.stderr and says in done.stderr
    path = tmp_path / "prices.csv"
    path.write_text("model,input,output\nmock-1,1,2\nother,1,-5\nthird,x,1\n")
    done = gateway.run("price", "import", path, check=False)
    assert done.returncode != 0 and "line 3, output" in done.stderr and "line 4, input" in done.stderr
    assert json.loads(gateway.run("price", "list", "--json"))["data"] == []
    budget(gateway, 1000)
    answer = ask_many(gateway, [chat("Hello.", max_tokens=5)])[0]
    assert answer.status == 403 and answer.json["error"]["code"] == "model_without_price"
    gateway.stop()


def test_one_end_user_is_cut_and_the_others_go_on(make_gateway, upstream, scripts):
    gateway = shop(make_gateway, upstream, "users")
    budget(gateway, 2 * TOKENS, "--each-end-user")

    def ask(user):
        fields = {"safety_identifier": user} if user else {}
        return ask_many(gateway, [chat("[script equal] Tell me.", max_tokens=TOKENS, **fields)])[0].status

    assert [ask("ada"), ask("ada"), ask("ada"), ask("ben"), ask(None)] == [200, 200, 429, 200, 200]
    assert '"ada"' not in gateway.run("ledger", "export")
    gateway.stop()
