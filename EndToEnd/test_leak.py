"""Nothing past a cut reaches a client, however the answer was cut up on its way; and the cut does not depend on that."""

import asyncio
import json
import os
import subprocess

import leak
import pytest
from guards import Guard
from harness import PATIENCE, ROOT, exchange, request_bytes
from test_guards import make, near, nearest  # noqa: F401

AT_ONCE = 48
BATCH = 96
# What waits for the second stage when the first one stops an answer is not sent: 128 bytes, and the word that begins there.
WAITING = 160
ENCODER = pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)")


async def _run(case, number, gateway, slack=0, failing=False, client=None, **more):
    """What is wrong with one scenario, as a client of a dialect has it; where a stage fails at random, only what leaked."""
    found, texts = [], []
    if isinstance(case, tuple):
        case, client = case
    model = f"speaks-{case.dialect}" if client else None
    case = leak.paired(case, client or case.dialect)
    for variant in ("a", "b"):
        path, body = leak.request(case, f"[script leak-{number}{variant}]", True, model, **more)
        answer = await exchange(gateway.config.port, request_bytes(path, body), timeout=120)
        if failing and answer.status in (503, 529):
            continue
        if _is_failure(case, answer):
            continue
        if answer.status != 200 or not answer.whole:
            found.append(f"{variant}: status {answer.status}, whole {answer.whole}{', given up by the client' if answer.late else ''}: {answer.body[:200]!r}")
            continue
        got = leak.read(case, answer.body, True)
        complaints = leak.complaints(case, got, True, slack)
        found += [f"{variant}: {c}" for c in (leak.leaked(complaints) if failing else complaints)]
        texts.append(leak.cut(case, got))
    if len(texts) == 2 and texts[0] != texts[1] and not failing:
        found.append(f"re-chunking moved the cut: {texts}")
    if number % 5 == 0:
        path, body = leak.request(case, f"[script leak-{number}a]", False, model, **more)
        answer = await exchange(gateway.config.port, request_bytes(path, body), timeout=120)
        if failing and answer.status in (503, 529):
            return found
        if _is_failure(case, answer):
            return found
        if answer.status != 200:
            found.append(f"whole: status {answer.status}: {answer.body[:200]!r}")
        else:
            got = leak.read(case, answer.body, False)
            found += [f"whole: {c}" for c in leak.complaints(case, got, False)]
            if texts and not failing and leak.cut(case, got)[1] != texts[0][1]:
                found.append("the whole answer's verdict is not the stream's")
    return found


def _is_failure(case, answer):
    """Whether an answer without one of the words that it needs is a failure of its server, told without what stood there."""
    return case.kind == "envelope" and answer.status == 502 and leak.squash(leak.PHRASE) not in leak.squash(answer.body.decode())


@pytest.mark.gateway
@pytest.mark.limit(7200)
def test_no_byte_past_the_cut_reaches_a_client(patient, upstream, request, seed, figure):
    count = request.config.getoption("--leak-streams")
    only = os.environ.get("LEAK_ONLY")  # dialect:number, to look at one again
    cases = _cases(count, seed)
    if only:
        cases = [leak.scenario(only.split(":")[0], int(only.split(":")[1]), seed)]
    wrong = _all(cases, patient, upstream)
    figure("leak test: streams with a byte past the cut, or a cut that moved", len(wrong), f"of {len(cases)} scenarios x 2 chunkings")
    assert not wrong, _shown(wrong, cases)


@pytest.mark.gateway
@pytest.mark.limit(7200)
@ENCODER
@pytest.mark.parametrize("stage, drill", [("efficient", ""), ("thorough", ""), ("thorough", "fail=0.1"), ("thorough", "delay=15"), ("thorough", "fail=0.05,delay=5")])
def test_no_byte_leaves_that_waits_for_the_second_stage(make_gateway, upstream, request, seed, figure, stage, drill):
    """Both stages on, over every pairing; the second fails at random; the second is slow."""
    count = max(24, request.config.getoption("--leak-streams") // 8)
    cases = _cases(count // 3, seed) + _pairings(count - count // 3, seed)
    gateway = make_gateway(upstream.url, f"leak-{stage}-{drill}".replace("=", "-").replace(",", "-"), **PATIENCE, extra={"second_stage": stage, "second_stage_drill": drill})
    wrong = _all(cases, gateway, upstream, slack=WAITING, failing="fail" in drill)
    figure(f"leak test, second stage {stage} {drill}".strip(), len(wrong), f"of {len(cases)} scenarios x 2 chunkings")
    gateway.stop()
    assert not wrong, _shown(wrong, cases)


@pytest.mark.gateway
@pytest.mark.limit(7200)
@ENCODER
def test_no_byte_leaves_while_a_guard_is_slow(make_gateway, upstream, request, seed, figure, near):
    """All three stages on; the guard outside takes its time for every request."""
    guard = Guard("openai-moderation")
    gateway = make(make_gateway, upstream, guard, "leak", timeout="5s", constitution=None, patience=PATIENCE)
    cases = _pairings(max(24, request.config.getoption("--leak-streams") // 8), seed)
    # Near the line, and not so near that the name of a script before it carries it over.
    names = [f"leak-{n}{v}" for n in range(len(cases)) for v in "ab"]
    text = nearest(gateway, guard, _passing(request, near, names))
    guard.mode, guard.delay = "slow", 0.05
    before = guard.calls
    wrong = _all(cases, gateway, upstream, slack=WAITING, text=text)
    figure("leak test, three stages, a slow guard", len(wrong), f"of {len(cases)} scenarios x 2 chunkings; the guard was asked {guard.calls - before} times")
    gateway.stop()
    guard.stop()
    assert guard.calls > before and not wrong, _shown(wrong, cases)


def _passing(request, texts, names):
    """The texts that both stages let through behind the name of every script; no guard is asked, which would know them then."""
    lines = "".join(json.dumps({"id": f"{n}", "text": f"[script {name}] {t}"}) + "\n" for n, t in enumerate(texts) for name in names)
    command = [request.config.getoption("--sluice"), "judge", "--profile", "thorough", "--quiet"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=120, cwd=ROOT, check=True)
    refused = {int(row["id"]) for row in map(json.loads, done.stdout.splitlines()) if row["decision"] == "refuse"}
    return [t for n, t in enumerate(texts) if n not in refused]


def _pairings(count, seed):
    """Scenarios and clients, every pairing of dialects in turn."""
    pairs, out, number = leak.PAIRS, [], 0
    while len(out) < count:
        client, server = pairs[number % len(pairs)]
        case = leak.scenario(server, number // len(pairs), seed)
        number += 1
        if leak.fits(case, client):
            out.append((case, client))
    return out


def _cases(count, seed):
    return [leak.scenario(dialect, number, seed) for number in range((count + 1) // 2) for dialect in ("openai", "anthropic")]


def _shown(wrong, cases):
    shown = "\n".join(f"{name}: {faults[:4]}" for name, faults in wrong[:12])
    return f"{len(wrong)} of {len(cases)} scenarios went wrong:\n{shown}"


def _case(case):
    return case[0] if isinstance(case, tuple) else case


def _all(cases, gateway, upstream, **how):
    """The scenarios that went wrong, each with what is wrong."""

    async def batch(group):
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number, case):
            async with gate:
                return case, await _run(case, number, gateway, **how)

        return await asyncio.gather(*(one(n, c) for n, c in enumerate(group)))

    wrong = []
    for start in range(0, len(cases), BATCH):
        group = cases[start : start + BATCH]
        upstream.put({f"leak-{n}{v}": leak.script(_case(c), v) for n, c in enumerate(group) for v in "ab"})
        wrong += [(_case(c).name, f) for c, f in asyncio.run(batch(group)) if f]
    return wrong


@pytest.mark.gateway
@pytest.mark.parametrize("client", ["openai", "anthropic", "openai-responses", "openai-completions"])
def test_an_error_in_the_servers_own_words_is_judged(gateway, upstream, client):
    """Words that meet a rule are not told, wherever the error stands; others are."""
    hurt, harmless = f"Try the {leak.PHRASE} instead", "The context is longer than 9 tokens"
    begun = leak.wire.openai_events(leak.wire.Answer.of())[:2]
    error = {words: {"error": {"message": words, "type": "invalid_request_error"}} for words in (hurt, harmless)}
    scripts = {}
    for name, words in (("hurt", hurt), ("harmless", harmless)):
        scripts[f"words-early-{name}"] = {"events": [json.dumps(error[words])]}
        scripts[f"words-late-{name}"] = {"events": [*begun, json.dumps(error[words])]}
        scripts[f"words-status-{name}"] = {"status": 400, "body": error[words]}
        scripts[f"words-whole-{name}"] = {"whole": json.dumps(error[words])}
        scripts[f"words-header-{name}"] = {"headers": {"openai-version": words, "content-language": words}}
    upstream.put(scripts)

    async def ask(name, stream):
        case = leak.paired(leak.scenario("openai", 0, 1), client)
        path, body = leak.request(case, f"[script {name}]", stream, "speaks-openai")
        return await exchange(gateway.config.port, request_bytes(path, body), timeout=60)

    for where, stream in [("early", True), ("late", True), ("status", True), ("status", False), ("whole", False), ("header", False)]:
        bad = asyncio.run(ask(f"words-{where}-hurt", stream))
        assert leak.squash(leak.PHRASE) not in leak.squash(bad.body.decode() + str(bad.headers)), (where, bad.body)
        assert where == "header" or b"error" in bad.body, (where, bad.body)
        good = asyncio.run(ask(f"words-{where}-harmless", stream))
        assert where == "header" or harmless.encode() in good.body, (where, good.body)


PAIRS = [(client, upstream) for client, upstream in leak.PAIRS if client != upstream or client not in ("openai", "anthropic")]


@pytest.mark.gateway
@pytest.mark.limit(14400)
@pytest.mark.parametrize("client,server", PAIRS)
def test_no_byte_past_the_cut_crosses_a_translation(patient, upstream, request, seed, figure, client, server):
    count = request.config.getoption("--leak-streams") // 2
    only = os.environ.get("LEAK_ONLY")
    cases, number = [], 0
    while len(cases) < count:
        case = leak.scenario(server, number, seed)
        number += 1
        if leak.fits(case, client):
            cases.append(case)
    if only:
        cases = [leak.scenario(server, int(only.split(":")[1]), seed)]

    wrong = _all(cases, patient, upstream, client=client)
    figure(f"leak test, {client} from {server}: streams with a byte past the cut", len(wrong), f"of {len(cases)} scenarios x 2 chunkings")
    assert not wrong, _shown(wrong, cases)


def test_the_oracle_bites():
    """A gateway that passed everything on would fail every planted scenario; one that passed nothing would fail too."""
    for dialect in ("openai", "anthropic"):
        for number in range(60):
            case = leak.scenario(dialect, number, 7)
            script = leak.script(case, "a")
            body = b"".join(leak.wire.sse(script["events"], "\n", script.get("done", True)))
            all_of_it = leak.read(case, body, True)
            assert bool(leak.complaints(case, all_of_it, True)) == (case.planted is not None), case.name
            assert leak.complaints(case, leak.Received(), True), case.name
            again = leak.script(case, "b")
            other = b"".join(leak.wire.sse(again["events"], "\n", again.get("done", True)))
            assert leak.cut(case, all_of_it) == leak.cut(case, leak.read(case, other, True)), case.name


def test_the_oracle_is_content_with_a_gateway_that_does_right():
    """Text up to either allowed cut, whole channels before it, nothing later: no complaint."""
    for dialect, number in [(d, n) for d in ("openai", "anthropic") for n in range(120)]:
        case = leak.scenario(dialect, number, 11)
        for most in (False, True):
            got = leak.Received(ended=True)
            for (choice, channel), text in case.whole.items():
                if (choice, channel) in case.others or case.planted is None:
                    got.add(choice, channel, text)
            if case.planted:
                p = case.planted
                got.add(p.choice, p.channel, case.whole[p.choice, p.channel][: p.most if most else p.least])
            for choice in range(len(case.answer.choices)):
                refused = case.planted is not None and case.planted.choice == choice
                got.finishes[choice] = ("content_filter" if dialect == "openai" else "refusal") if refused else "stop"
            for (choice, channel), text in got.texts.items():
                got.scan(choice, {channel: text})
            assert not leak.complaints(case, got, True), case.name
