"""Several model servers for one model: one may die at any moment, and no client that had nothing yet notices."""

import asyncio
import json
import os
import random
import subprocess
import sys
import time

import pytest
from harness import HERE, KEY, Answer, Child, Upstream, chat, exchange, fetch, free_port, request_bytes, wait_until

pytestmark = pytest.mark.gateway


class Counted(Child):
    """A model server that can be killed and started again on its port; its requests are known in any case."""

    def __init__(self, folder, name, interval=10):
        self.port, self.file, self.folder, self.interval = free_port(), folder / f"{name}.requests", folder, interval
        self.label = name
        self.url = f"http://127.0.0.1:{self.port}"
        self.file.touch()
        self.begin()

    def begin(self):
        super().__init__(self.label, [sys.executable, HERE / "counted_upstream.py", self.port, self.file, self.interval], self.folder / f"{self.label}-{time.monotonic_ns()}.log")
        self.expect(lambda: "listening" in self.text(), 20, "listening")

    def requests(self):
        """(time, number) of each request that arrived."""
        lines = (line.split() for line in self.file.read_text().splitlines())
        return [(float(at), int(number)) for at, number in lines if number != "-"]


def models(*entries, **fields):
    """sluice.yaml's models: one named `m` with these servers."""
    return {"models": [{"name": "m", "dialect": "openai", "upstreams": list(entries), **fields}]}


def ask(gateway, text, model="m", stream=False, headers=None, timeout=20):
    path, body = chat(text, stream, model)
    return asyncio.run(exchange(gateway.config.port, request_bytes(path, body, headers=headers), timeout))


def content(answer):
    return answer.json["choices"][0]["message"]["content"]


def log_of(gateway):
    return (gateway.config.var.parent / f"{gateway.config.var.name}.log").read_text()


def status(gateway):
    """What the server says of itself, over its admin socket."""
    command = ["curl", "-s", "--unix-socket", str(gateway.config.var / "admin.sock"), "http://sluice/admin/v1/status"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=10).stdout)


# One of two dies


class Load:
    """Clients that never rest. Each request has a number, and what became of it is kept."""

    def __init__(self, port, seed, clients):
        self.port, self.rng, self.clients, self.next, self.done, self.stopping = port, random.Random(seed), clients, 0, {}, False

    async def client(self):
        while not self.stopping:
            number, stream = self.next, self.rng.random() < 0.6
            self.next += 1
            answer, first = Answer(), []
            path, body = chat(f"[id {number}] What does the gauge say?", stream, "m")
            await exchange(self.port, request_bytes(path, body), 30, lambda *_, first=first: first or first.append(time.monotonic()), answer)
            self.done[number] = (answer, first[0] if first else None, stream)

    async def run(self, work):
        tasks = [asyncio.create_task(self.client()) for _ in range(self.clients)]
        try:
            await work
        finally:
            self.stopping = True
            await asyncio.gather(*tasks)


def is_good(answer, stream):
    return answer.status == 200 and answer.whole and (not stream or answer.body.endswith(b"data: [DONE]\n\n") and b'"error"' not in answer.body)


@pytest.mark.limit(600)
def test_one_of_two_dies_at_any_moment(make_gateway, folder, seed, figure, request):
    """No request fails that had not received a byte; none is sent again after one; the breaker opens and closes."""
    rounds = request.config.getoption("--deaths")
    servers = [Counted(folder, "left"), Counted(folder, "right")]
    gateway = make_gateway(servers[0].url, "dying", extra=models({"url": servers[0].url}, {"url": servers[1].url}), timeouts={"breaker_open": "200ms"})
    rng = random.Random(seed)
    load = Load(gateway.config.port, seed, 24)

    async def work():
        loop = asyncio.get_running_loop()
        for number in range(rounds):
            victim = servers[number % 2]
            await asyncio.sleep(rng.uniform(0.2, 0.6))
            await loop.run_in_executor(None, victim.kill)
            await asyncio.sleep(rng.uniform(0.05, 0.4))
            before = len(victim.requests())
            await loop.run_in_executor(None, victim.begin)
            # It gets requests again before the other one dies.
            for _ in range(500):
                if len(victim.requests()) > before + 3:
                    break
                await asyncio.sleep(0.02)
            else:
                pytest.fail(f"round {number}: the server that came back gets no requests")

    asyncio.run(load.run(work()))
    sent = {}
    for server in servers:
        for at, number in server.requests():
            sent.setdefault(number, []).append(at)
    bad = {n: a for n, (a, _, stream) in load.done.items() if not is_good(a, stream)}
    failed = {n: (a.status, a.body[:200]) for n, a in bad.items() if load.done[n][1] is None or a.status != 200}
    late = {n: ats for n, ats in sent.items() if n in load.done and load.done[n][1] and max(ats) > load.done[n][1]}
    again = sum(len(ats) > 1 for ats in sent.values())
    for server in servers:
        server.stop()
    figure("requests under dying servers", len(load.done))
    figure("deaths", rounds)
    figure("requests that failed before their first byte", len(failed))
    figure("requests sent again after their first byte", len(late))
    figure("requests sent again before it", again)
    figure("streams cut after their first byte", len(bad) - len(failed))
    assert not failed, list(failed.items())[:5]
    assert not late, list(late.items())[:5]
    assert again > 0, "no death ever met a request: the test shows nothing"
    assert "A model server is kept out" in log_of(gateway) and "A model server is back" in log_of(gateway)


@pytest.mark.limit(60)
def test_breaker_opens_and_closes(make_gateway, folder, upstream):
    """Five failures in a row open it; open, no request goes there; then one at a time; two successes close it."""
    sick = Upstream(folder)
    gateway = make_gateway(upstream.url, "breaker", extra=models({"url": sick.url}, {"url": upstream.url}, balance="weighted"), timeouts={"breaker_open": "1500ms"})
    # What one server knows under this name the other fails at.
    upstream.script("breaker", answer=None)
    sick.script("breaker", status=500, body="{}")

    def arrived():
        return sick.stats["by_script"].get("breaker", 0)

    for _ in range(10):
        assert ask(gateway, "[script breaker] Go.").status == 200
    assert arrived() == 5
    opened = time.monotonic()
    while time.monotonic() < opened + 1.0:
        assert ask(gateway, "[script breaker] Go.").status == 200
    assert arrived() == 5
    # One probe after 1.5 s; it fails, and the next one comes 3 s later.
    wait_until(lambda: ask(gateway, "[script breaker] Go.").status == 200 and arrived() == 6, 3, "a probe")
    failed = time.monotonic()
    sick.script("breaker", answer=None)
    while time.monotonic() < failed + 2.2:
        assert ask(gateway, "[script breaker] Go.").status == 200
    assert arrived() == 6
    wait_until(lambda: ask(gateway, "[script breaker] Go.").status == 200 and arrived() >= 9, 5, "the breaker closed")
    seen = arrived()
    for _ in range(10):
        ask(gateway, "[script breaker] Go.")
    assert arrived() == seen + 5
    sick.stop()


def test_what_another_server_can_mend(make_gateway, folder, upstream):
    """Every fault before the first byte leads elsewhere; a wrong request and an answer that began do not."""
    sick = Upstream(folder)
    faults = {
        "f-500": {"status": 500, "body": "{}"}, "f-401": {"status": 401, "body": "{}"}, "f-404": {"status": 404, "body": "{}"},
        "f-429": {"status": 429, "body": "{}", "headers": {"retry-after": "0"}}, "f-garbage": {"whole": "\x01 not json", "events": ["not json"]},
        "f-cut": {"cut_at": 40}, "f-silent": {"delay_ms": 60_000}, "f-error": {"whole": '{"error":{"message":"no"}}', "events": ['{"error":{"message":"no"}}']},
    }  # fmt: skip
    extra = models({"url": sick.url}, {"url": upstream.url})
    gateway = make_gateway(upstream.url, "mend", extra=extra, timeouts={"first_byte_timeout": "1s", "breaker_failures": "1000"})
    sick.put(faults)
    upstream.put({name: {"answer": None} for name in faults})
    for name in faults:
        for stream in (False, True):
            for _ in range(2):
                answer = ask(gateway, f"[script {name}] Go.", stream=stream)
                assert is_good(answer, stream), (name, stream, answer.status, answer.body[:300])
        assert sick.stats["by_script"].get(name, 0) > 0 or name == "f-silent", name
    for server in (sick, upstream):
        server.script("f-400", status=400, body='{"error":{"message":"too warm"}}')
        server.reset()
    answer = ask(gateway, "[script f-400] Go.")
    assert answer.status == 400 and "too warm" in answer.json["error"]["message"]
    assert sick.stats["requests"] + upstream.stats["requests"] == 1
    sick.stop()


# Places, names, other models


def test_full_servers_let_wait_and_then_refuse(make_gateway, upstream):
    slow = upstream.script("slow-place", delay_ms=700)
    extra = models({"url": upstream.url, "max_concurrency": 2}, queue=2)
    gateway = make_gateway(upstream.url, "places", extra=extra)

    async def all_at_once():
        data = request_bytes(*chat(f"{slow} Go.", False, "m"))
        return await asyncio.gather(*(exchange(gateway.config.port, data) for _ in range(7)))

    answers = asyncio.run(all_at_once())
    assert sorted(a.status for a in answers) == [200] * 4 + [503] * 3
    for answer in answers:
        if answer.status == 503:
            assert answer.json["error"]["code"] == "server_is_overloaded" and answer.headers["retry-after"]
    assert ask(gateway, "Go.").status == 200


@pytest.mark.limit(120)
def test_clients_that_hang_up_leave_no_work(make_gateway, upstream, folder, figure, request):
    """Whether they wait for a place, for the first token or for the next one."""
    count = request.config.getoption("--hangups")
    slow = upstream.script("hang-slow", interval_ms=1_000)
    extra = models({"url": upstream.url, "max_concurrency": 600}, queue=100_000)
    gateway = make_gateway(upstream.url, "hangup", extra=extra, timeouts={"idle_timeout": "30s", "queue_timeout": "60s"})
    assert ask(gateway, "Go.").status == 200
    descriptors = gateway.descriptors()

    async def hang_up():
        data = request_bytes(*chat(f"{slow} Go.", True, "m"))
        links = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.config.port)
            writer.write(data)
            links.append(writer)
        await asyncio.sleep(0.5)
        for writer in links:
            writer.transport.abort()

    asyncio.run(hang_up())
    began = time.monotonic()
    wait_until(lambda: upstream.stats["active"] == 0 and status(gateway)["running"] == 0, 20, "all work for clients that left has ended")
    figure("seconds until no work was left", round(time.monotonic() - began, 2), "s")
    # What may stay for a minute are connections to the server without work, at most 512 for each event loop.
    wait_until(lambda: gateway.descriptors() <= descriptors + 512 * os.cpu_count() + 16, 20, "the connections are closed")
    line = next(value for name, value in status(gateway)["facts"].items() if name.startswith("upstream m "))
    assert " 0 running, 0 waiting" in line, line
    assert ask(gateway, "Go.").status == 200


def test_falls_back_to_another_model(make_gateway, upstream):
    dead = f"http://127.0.0.1:{free_port()}"
    extra = {
        "models": [
            {"name": "large", "upstream": dead, "fallback": ["middle", "small"], "aliases": ["big"]},
            {"name": "middle", "upstream": dead},
            {"name": "small", "upstream": upstream.url, "upstream_model": "mock-1"},
        ]
    }
    gateway = make_gateway(upstream.url, "fallback", extra=extra)
    for name in ("large", "big"):
        answer = ask(gateway, "Go.", name)
        assert answer.status == 200 and answer.json["model"] == name and answer.headers["x-sluice-model"] == "small"
        stream = ask(gateway, "Go.", name, stream=True)
        assert is_good(stream, True) and stream.headers["x-sluice-model"] == "small"
    assert "x-sluice-model" not in ask(gateway, "Go.", "small").headers
    # A key that may not use the other model does not get it this way either.
    path, body = chat("Go.", False, "big")
    key = gateway.make_key("large-only", "--model", "large")
    answer = asyncio.run(exchange(gateway.config.port, request_bytes(path, body, key=key)))
    assert answer.status == 502, answer.body
    path, body = chat("Go.", False, "small")
    assert asyncio.run(exchange(gateway.config.port, request_bytes(path, body, key=key))).status == 403
    names = [m["id"] for m in json.loads(fetch(f"{gateway.url}/v1/models", headers={"authorization": f"Bearer {KEY}"})[2])["data"]]
    assert set(names) == {"large", "big", "middle", "small"}


@pytest.mark.parametrize("rule", ["conversation", "header:x-session"])
def test_a_conversation_stays_with_its_server(make_gateway, folder, rule):
    servers = [Counted(folder, f"home{n}-{rule[:4]}", 1) for n in range(3)]
    gateway = make_gateway(servers[0].url, f"affinity-{rule[:4]}", extra=models(*({"url": s.url} for s in servers), affinity=rule))
    homes = {}
    for number in range(60):
        talk = number % 12
        turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Talk {talk}: what is a lock?"}]
        turns += [{"role": "assistant", "content": "A chamber."}, {"role": "user", "content": f"[id {number}] And then?"}]
        body = {"model": "m", "messages": turns}
        if rule != "conversation":
            turns[1]["content"] = f"Question {number}?"
        data = request_bytes("/v1/chat/completions", body, headers={"x-session": f"s{talk}"})
        assert asyncio.run(exchange(gateway.config.port, data)).status == 200
    for place, server in enumerate(servers):
        for _, number in server.requests():
            homes.setdefault(number % 12, set()).add(place)
        server.stop()
    assert all(len(places) == 1 for places in homes.values()), homes
    assert len(set.union(*homes.values())) > 1, "all conversations have one home"


def test_health_route_takes_a_server_out_and_back(make_gateway, folder, upstream):
    other = Counted(folder, "healthy", 1)
    extra = models({"url": upstream.url, "upstream_model": "mock-1"}, {"url": other.url}, health={"path": "/health", "every": "100ms", "within": "1s", "fall": 2, "rise": 2}, balance="weighted")
    gateway = make_gateway(upstream.url, "health", extra=extra)
    other.kill()
    wait_until(lambda: '"health":"down"' in log_of(gateway).replace(" ", ""), 5, "the server is taken out")
    other.begin()
    wait_until(lambda: "A model server is back" in log_of(gateway), 5, "the server is back")
    before = len(other.file.read_text().splitlines())
    for _ in range(6):
        assert ask(gateway, "Go.").status == 200
    assert len(other.file.read_text().splitlines()) == before + 3
    other.stop()


# Settings

WRONG = [
    ({"upstreams": []}, "list of 1 to 64"),
    ({"upstreams": [{"url": "ftp://x"}]}, "must begin with http"),
    ({"upstreams": [{"url": "http://a:1", "weight": 0}]}, "whole number from 1 to 1000"),
    ({"upstreams": [{"url": "http://a:1", "wieght": 2}]}, "did you mean 'weight'"),
    ({"upstreams": [{"url": "http://a:1", "dialect": "telegraph"}]}, "must be openai or anthropic or openai-responses or openai-completions or gemini"),
    ({"upstreams": ["http://a:1", "http://a:1/v1"]}, "names a server twice"),
    ({"upstreams": [{"url": "http://a:1"}], "upstream": "http://b:1"}, "both 'upstream' and 'upstreams'"),
    ({"upstream": "http://a:1", "balance": "fastest"}, "least_loaded or weighted"),
    ({"upstream": "http://a:1", "affinity": "sticky"}, "none, conversation, or header:NAME"),
    ({"upstream": "http://a:1", "fallback": ["q"]}, "there is no model 'q'"),
    ({"upstream": "http://a:1", "fallback": ["m"]}, "names the model itself"),
    ({"upstream": "http://a:1", "prefill": "maybe"}, "must be one of continue, prefix, plain, refuse"),
    ({"upstream": "http://a:1", "reasoning": "hide"}, "must be one of pass, summarise, withhold"),
    ({"upstream": "http://a:1", "aliases": ["messages"]}, "named twice"),
    ({"upstream": "http://a:1", "timeouts": {"idle": "soon"}}, "must be a time such as"),
    ({"upstream": "http://a:1", "health": "health"}, "a path such as /health"),
    ({"upstream": "http://a:1", "attempts": "many"}, "whole number from 1 to 64"),
    ({"upstream": "http://a:1", "upstreams": [{"key_env": "NOT_SET_ANYWHERE", "url": "http://b:1"}]}, "NOT_SET_ANYWHERE is not set"),
]  # fmt: skip


@pytest.mark.parametrize("fields,reason", WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_doctor_names_what_is_wrong_with_a_model(make_gateway, upstream, fields, reason):
    extra = {"models": [{"name": "m", **fields}, {"name": "messages", "dialect": "anthropic", "upstream": "http://c:1"}]}
    gateway = make_gateway(upstream.url, f"wrong-{abs(hash(reason)) % 10**8}", start=False, extra=extra)
    done = subprocess.run([gateway.binary, "doctor", "--config", gateway.path], capture_output=True, text=True, timeout=30)
    text = done.stdout + done.stderr
    assert done.returncode != 0 and reason in text and "line" in text, text
