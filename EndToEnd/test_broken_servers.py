"""Thousands of faults of model servers over every pairing of dialects: each ends in an error of the client's dialect, none is read as a success
or recorded as complete, and none leaves a call, a connection or a place behind."""

import asyncio
import json
import random
from collections import Counter

import broken_servers
import grammar
import pytest
from harness import chat, completions, exchange, fetch, messages, request_bytes, responses, wait_until
from metrics import numbers, scrape, total

pytestmark = pytest.mark.gateway
AT_ONCE = 40
BATCH = 400
ASK = {"openai": chat, "anthropic": messages, "openai-responses": responses, "openai-completions": completions}


@pytest.fixture(scope="module")
def tight(make_gateway, upstream):
    """A gateway with short time limits, and little more places for the key than the suite uses at once: lost ones would be missed."""
    gateway = make_gateway(upstream.url, "broken", timeouts={"first_byte_timeout": "700ms", "idle_timeout": "700ms", "connect_timeout": "2s"})
    gateway.run("limit", "set", "--key", gateway.keys()[0]["id"], "--concurrency", 60)
    return gateway


def complaint(case, got):
    """What is wrong with how a fault ended for its client; None if nothing."""
    if got.status == 200:
        if not case.stream:
            return f"read as a success: {got.body[:160]!r}"
        if not got.whole:
            return "a torn stream"
        seen, broken = grammar.check(case.client, got.body)
        if broken:
            return f"{broken}: {got.body[-300:]!r}"
        return None if seen.error else f"read as a success: {got.body[-300:]!r}"
    if got.status not in (502, 504):
        return f"status {got.status}: {got.body[:200]!r}"
    try:
        said = got.json
        error = said["error"]
        shaped = said["type"] == "error" and said["request_id"] if case.client == "anthropic" else {"message", "type", "param", "code"} <= set(error)
        return None if shaped and error["message"] and error["type"] else f"an error of another shape: {got.body[:200]!r}"
    except (ValueError, KeyError, TypeError):
        return f"no error in the dialect's shape: {got.body[:200]!r}"


async def one(gateway, case, number):
    path, body = ASK[case.client](f"[script broken-{number}] Go on.", case.stream, f"speaks-{case.server}")
    return await exchange(gateway.config.port, request_bytes(path, body), timeout=25)


def run(gateway, group):
    async def all_of_them():
        gate = asyncio.Semaphore(AT_ONCE)

        async def bounded(number, case):
            async with gate:
                return await one(gateway, case, number)

        return await asyncio.gather(*(bounded(n, c) for n, c in enumerate(group)))

    return asyncio.run(all_of_them())


@pytest.mark.limit(7200)
def test_no_fault_of_a_server_is_read_as_a_success(tight, upstream, request, seed, figure):
    count = request.config.getoption("--faults")
    cases = broken_servers.cases(count, seed)
    assert run(tight, [])== [] and asyncio.run(exchange(tight.config.port, request_bytes(*chat("[script plain] Hi")), 20)).status == 200
    pid, files, memory = tight.pid, tight.descriptors(), tight.memory()
    wrong, decisions, kinds = [], {}, Counter()
    for start in range(0, len(cases), BATCH):
        group = cases[start : start + BATCH]
        rng = random.Random(f"{seed}:{start}")
        upstream.reset()
        upstream.put({f"broken-{n}": c.script(rng) for n, c in enumerate(group)})
        answers = run(tight, group)
        asked = upstream.stats["by_script"]
        for number, (case, got) in enumerate(zip(group, answers)):
            kinds[case.kind] += 1
            if said := complaint(case, got):
                wrong.append(f"{case.name}: {said}")
            if not asked.get(f"broken-{number}"):
                wrong.append(f"{case.name}: the server was never asked")
            if got.decision:
                decisions[got.decision] = case.name
        upstream.put({f"broken-{n}": None for n in range(len(group))})
    wrong += left_behind(tight, upstream, pid, files, memory)
    records = tight.records()
    outcomes = Counter(records.get(d, {}).get("outcome") for d in decisions)
    wrong += [f"{decisions[d]}: recorded as {records.get(d, {}).get('outcome')}" for d in decisions if records.get(d, {}).get("outcome") in (None, "complete")]
    figure("faults of model servers read as a success, or that left something", len(wrong), f"of {len(cases)} of {len(kinds)} kinds; recorded as {dict(outcomes)}")
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong[:40])
    assert len(decisions) == len(cases)


def left_behind(gateway, upstream, pid, files, memory):
    """What a campaign left that it should not have."""

    def at_rest():
        values = numbers(scrape(gateway))
        held = {name: total(values, name) for name in ("sluice_upstream_running", "sluice_model_queue_depth", "sluice_body_bytes", "sluice_compute_queue_depth")}
        held["streams at the server"] = upstream.stats["active"]
        return not any(held.values()) or None

    wrong = []
    try:
        wait_until(at_rest, 10, "everything at rest", pause=0.1)
    except TimeoutError:
        wrong.append("calls, places or bodies are held though nothing runs")
    if gateway.child.process.poll() is not None or gateway.pid != pid:
        wrong.append("the gateway ended")
    if gateway.descriptors() > files + AT_ONCE + 24:
        wrong.append(f"{gateway.descriptors()} open files, {files} before")
    if gateway.memory() - memory > 160 << 20:
        wrong.append(f"{(gateway.memory() - memory) >> 20} MiB more than before")
    # As many at once as the key may have: a place that a fault kept would be refused here.
    statuses = [a.status for a in run_plain(gateway, 56)]
    if set(statuses) != {200}:
        wrong.append(f"places are lost: {Counter(statuses)}")
    return wrong


def run_plain(gateway, count):
    async def all_of_them():
        asks = [request_bytes(*chat("[script slowly] Hi")) for _ in range(count)]
        return await asyncio.gather(*(exchange(gateway.config.port, data, timeout=20) for data in asks))

    return asyncio.run(all_of_them())


def test_the_judge_of_these_faults_bites():
    """A success, a tear and an error of another dialect are all found."""
    from harness import Answer

    case = broken_servers.Case("openai", "openai", True, "reset", 1, b"")
    whole = b"".join(broken_servers.wire.sse(broken_servers.wire.openai_events(broken_servers.wire.Answer.of(), usage=False)))
    assert complaint(case, Answer(status=200, body=whole, whole=True))
    assert complaint(case, Answer(status=200, body=whole[: len(whole) // 2], whole=False))
    assert complaint(case, Answer(status=502, body=b"<html></html>"))
    assert complaint(case, Answer(status=502, body=json.dumps({"type": "error", "error": {"type": "api_error", "message": "x"}}).encode()))
    assert not complaint(case, Answer(status=502, body=b'{"error":{"message":"m","type":"t","param":null,"code":null}}'))
