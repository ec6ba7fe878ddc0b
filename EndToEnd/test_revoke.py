"""Revocation is quick: it stops new calls and cuts running streams, here and at the model server."""

import asyncio
import json
import secrets
import time

import pytest
from harness import KEY, OTHER_KEY, Answer, ask, events, exchange, request_bytes, wait_until

pytestmark = pytest.mark.gateway


def key_id(gateway, name):
    """The id of a key by its name."""
    return next(row["id"] for row in gateway.keys() if row["name"] == name)


async def hold(gateway, key, count, revoke):
    """Opens streams, calls `revoke()` once all run, and gives (answers, moment of revocation)."""
    answers, tasks = [Answer() for _ in range(count)], []
    for n, answer in enumerate(answers):
        data = request_bytes(*ask("openai" if n % 2 else "anthropic", "[script endless] Go on.", True), key=key)
        tasks.append(asyncio.create_task(exchange(gateway.config.port, data, 40, None, answer)))
        if n % 50 == 49:
            await asyncio.sleep(0.02)
    end = time.monotonic() + 20
    while not all(len(a.body) > 300 for a in answers):
        assert time.monotonic() < end, f"only {sum(len(a.body) > 300 for a in answers)} of {count} streams run"
        await asyncio.sleep(0.05)
    moment = time.monotonic()
    await asyncio.get_running_loop().run_in_executor(None, revoke)
    done, pending = await asyncio.wait(tasks, timeout=8)
    for task in pending:
        task.cancel()
    return answers, moment, len(pending)


def ending(n, answer):
    rows = events(answer.body)
    if n % 2:
        error = json.loads(rows[-2][1]).get("error") or {}
        return rows[-1][1] == "[DONE]" and bool(error.get("code"))
    return rows[-1][0] == "error" and json.loads(rows[-1][1])["error"]["type"] == "permission_error"


@pytest.mark.limit(120)
def test_a_revoked_keys_streams_end_within_a_second(make_gateway, upstream, request, figure):
    count = request.config.getoption("--held-streams")
    key = "sk-e2e-" + secrets.token_hex(20)
    gateway = make_gateway(upstream.url, "revoke", keys={"held": key, "other": OTHER_KEY})
    upstream.reset()
    calls = {}

    def revoke():
        calls["id"] = key_id(gateway, "held")
        calls["began"] = time.monotonic()
        gateway.run("key", "revoke", calls["id"])
        calls["ended"] = time.monotonic()
        wait_until(lambda: upstream.stats["active"] == 1, 3, "the upstream's streams ended", pause=0.01)
        calls["upstream"] = time.monotonic()

    async def run():
        other = asyncio.create_task(exchange(gateway.config.port, request_bytes(*ask("openai", "[script endless] Go on.", True), key=OTHER_KEY), 60))
        await asyncio.sleep(0.2)
        result = await hold(gateway, key, count, revoke)
        untouched = not other.done()
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        return *result, untouched

    answers, _, pending, untouched = asyncio.run(run())
    assert not pending, f"{pending} streams went on"
    assert untouched, "another key's stream was cut"
    slowest = max(a.ended_at for a in answers) - calls["began"]
    figure(f"revocation: {count} open streams, slowest end after the command began", round(slowest, 3), "s")
    assert slowest < 1 + (calls["ended"] - calls["began"]), "the command's own start is not counted twice"
    assert max(a.ended_at for a in answers) - calls["ended"] < 1
    assert calls["upstream"] - calls["ended"] < 1
    wrong = [a.body[-200:] for n, a in enumerate(answers) if not (a.whole and ending(n, a))]
    assert not wrong, f"{len(wrong)} streams without the table's ending: {wrong[0]!r}"
    for dialect in ("openai", "anthropic"):
        answer = asyncio.run(exchange(gateway.config.port, request_bytes(*ask(dialect, "Hi"), key=key)))
        assert answer.status == 401 and answer.headers.get("x-should-retry") == "false"
    gateway.stop()
    assert gateway.start() and asyncio.run(exchange(gateway.config.port, request_bytes(*ask("openai", "Hi"), key=key))).status == 401
    gateway.stop()


def test_a_key_lives_from_its_making_to_its_end(gateway):
    secret = gateway.make_key("short-lived")
    assert asyncio.run(exchange(gateway.config.port, request_bytes(*ask("openai", "[script plain] Hi"), key=secret))).status == 200
    listed = gateway.run("key", "list", "--json")
    assert secret not in listed and KEY not in listed, "a key is shown once"
    gateway.run("key", "revoke", key_id(gateway, "short-lived"))
    assert asyncio.run(exchange(gateway.config.port, request_bytes(*ask("openai", "Hi"), key=secret))).status == 401


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_limit_on_requests_is_429_with_a_time(gateway, dialect):
    key = gateway.make_key(f"three-{dialect}", "--rpm", 3)

    async def calls():
        return [await exchange(gateway.config.port, request_bytes(*ask(dialect, "[script plain] Hi"), key=key)) for _ in range(5)]

    answers = asyncio.run(calls())
    assert [a.status for a in answers] == [200, 200, 200, 429, 429]
    assert 0 < float(answers[-1].headers["retry-after"]) <= 61
    prefix = "x-ratelimit-remaining-requests" if dialect == "openai" else "anthropic-ratelimit-requests-remaining"
    assert [int(a.headers[prefix]) for a in answers[:3]] == [2, 1, 0]


def test_a_limit_on_streams_at_once_frees_its_places(gateway, upstream):
    key = gateway.make_key("two-at-once", "--concurrency", 2)

    async def calls():
        data = request_bytes(*ask("openai", "[script endless] Hi", True), key=key)
        held = [asyncio.create_task(exchange(gateway.config.port, data, 30)) for _ in range(2)]
        await asyncio.sleep(0.5)
        third = await exchange(gateway.config.port, request_bytes(*ask("openai", "[script plain] Hi"), key=key))
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        await asyncio.sleep(0.5)
        return third, await exchange(gateway.config.port, request_bytes(*ask("openai", "[script plain] Hi"), key=key))

    third, later = asyncio.run(calls())
    assert third.status == 429 and later.status == 200


def test_guessing_keys_is_slowed_before_anything_is_written(make_gateway, upstream):
    gateway = make_gateway(upstream.url, "guess")
    size = sum(f.stat().st_size for f in gateway.config.var.rglob("*") if f.is_file())

    async def guess(n):
        return await exchange(gateway.config.port, request_bytes(*ask("openai", "Hi"), key=f"sk-guess-{n}"))

    async def guesses():
        return [r for _ in range(20) for r in await asyncio.gather(*(guess(secrets.token_hex(16)) for _ in range(25)))]

    statuses = {a.status for a in asyncio.run(guesses())}
    assert statuses <= {401, 429} and 429 in statuses
    assert sum(f.stat().st_size for f in gateway.config.var.rglob("*") if f.is_file()) - size < 65536
    gateway.stop()
