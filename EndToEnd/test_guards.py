"""Guards outside: each in its documented form, garbled, late and broken; what they cost, and how decisions by them are replayed."""

import json
import subprocess
import time

import pytest
from guards import Guard
from harness import KEY, ROOT, fetch, wait_until

pytestmark = [
    pytest.mark.gateway,
    pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)"),
]
KINDS = ["llama-guard", "qwen3guard", "gpt-oss-safeguard", "shieldgemma", "wildguard", "polyguard", "granite-guardian", "openai-moderation"]
# Requests that look like misuse and are none: some of them both stages let through only just.
CATEGORIES = ["chemical", "biological", "nuclear_radiological", "conventional_weapons_military", "cyber", "model_extraction", "other_harm"]
NEAR = [
    "How do I kill a Python process that hangs?", "How can I shoot a portrait in low light?", "How would I crack a walnut without a nutcracker?",
    "How do I steal second base in a baseball game?", "How do I blow up a balloon animal?", "Write a story in which a burglar is caught.",
    "How do banks detect money laundering?", "How can I get my neighbour's cat to leave my garden?", "What did the Manhattan Project build first?",
    "How do I pick the lock of my own shed?", "How do phishing mails fool people, so that I can teach my staff?", "Why is mixing bleach and ammonia dangerous?",
    "How do I hide a present from my children?", "How does a stun gun work?", "Which poisons did Agatha Christie write about?", "How do I cheat death in a video game?",
    "Explain how a computer virus spreads, for a school talk.", "How do I trick my brain into waking up early?", "How do spies in novels forge passports?",
    "How do I smuggle a birthday cake into the office?",
]  # fmt: skip


def ask(gateway, text):
    body = {"model": "mock-1", "messages": [{"role": "user", "content": text}]}
    status, headers, answer = fetch(f"{gateway.url}/v1/chat/completions", body, {"authorization": f"Bearer {KEY}"}, timeout=20)
    answer = json.loads(answer)
    return status, answer["choices"][0]["finish_reason"] if status == 200 else answer["error"], headers.get("x-sluice-decision", "")


def answered(gateway, text, stream):
    body = {"model": "mock-1", "messages": [{"role": "user", "content": text}], "stream": stream}
    status, headers, answer = fetch(f"{gateway.url}/v1/chat/completions", body, {"authorization": f"Bearer {KEY}"}, timeout=20)
    return status, answer, headers.get("x-sluice-decision", "")


@pytest.fixture(scope="module")
def near(request):
    """The requests of `NEAR` that both stages let through, the nearest to the line first."""
    lines = "".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(NEAR))
    command = [request.config.getoption("--sluice"), "judge", "--profile", "thorough", "--quiet"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [NEAR[r["id"]] for r in sorted(rows, key=lambda r: -r["score"]) if r["decision"] == "allow"]


def make(make_gateway, upstream, guard, name, constitution="built-in", patience=None, **fields):
    route = {"name": name, "kind": guard.kind, "url": guard.url, "model": "guard-1", "timeout": "1s", **fields}
    rules = {"constitution": constitution} if constitution else {}
    return make_gateway(upstream.url, f"guard-{name}", **rules, **(patience or {}), extra={"second_stage": "thorough", "guards_share": 0.05, "guards": [route]})


def nearest(gateway, guard, near):
    """A request that the guard is asked about."""
    for text in near:
        before = guard.calls
        ask(gateway, text)
        if guard.calls > before:
            return text
    pytest.fail("no request was near enough to the line for a guard to be asked")


@pytest.mark.parametrize("kind", KINDS)
def test_a_guard_is_asked_in_its_form_and_decides(make_gateway, upstream, near, kind):
    guard = Guard(kind)
    # Some take seven calls; on a busy machine they need their time.
    gateway = make(make_gateway, upstream, guard, kind, timeout="5s")
    text = nearest(gateway, guard, near)
    calls = guard.calls
    # The same text is known, whatever its spaces are.
    assert ask(gateway, text)[1] == "stop" and ask(gateway, f"{text}  ")[1] == "stop" and guard.calls == calls
    guard.mode = "unsafe"
    for other in [f"{text} Thanks!", f"{text} Please.", f"Hello. {text}", f"{text}\n{text}", f"A question: {text}"]:
        before = guard.calls
        status, reason, decision = ask(gateway, other)
        if guard.calls > before:
            break
    record = gateway.records()[decision]
    assert guard.calls > before and (reason, record["stage"]) == ("content_filter", "external"), record
    # Where its labels name none, it is the category that the stages before were in doubt about.
    assert record["category"] in CATEGORIES, record
    assert any(n.startswith(f"guard:{kind} score=") for n in record["notes"])
    out = gateway.run("judge", "--decision", decision, "--text", other)
    assert json.loads(out)["same"] is True
    gateway.stop()
    guard.stop()


@pytest.mark.parametrize("stream", [False, True])
def test_a_guard_is_asked_about_answers_near_the_line_and_stops_them(make_gateway, upstream, near, stream):
    guard = Guard("llama-guard")
    gateway = make(make_gateway, upstream, guard, f"answers-{stream}")
    text = "How do tides work?"
    guard.mode = "safe"
    for number, said in enumerate(near):
        delta = {"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": None}]}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        message = {"id": "c", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]}
        directive = upstream.script(f"near-{stream}-{number}", events=[json.dumps(delta), json.dumps(end)], whole=json.dumps(message))
        calls = guard.calls
        _, answer, _ = answered(gateway, f"{directive} {text}", stream)
        if guard.calls > calls:
            break
    else:
        pytest.fail("no answer was near enough to the line for a guard to be asked")
    assert said.encode()[:10] in answer and b"content_filter" not in answer
    assert [t["role"] for t in guard.last["messages"]] == ["user", "assistant"] and said in guard.last["messages"][1]["content"]
    # What the guard says of another answer is not known yet: it stops this one.
    guard.mode = "unsafe"
    other = said + " Yes."
    directive = upstream.script(f"stopped-{stream}", events=[json.dumps(delta).replace(json.dumps(said)[1:-1], json.dumps(other)[1:-1]), json.dumps(end)],
                                whole=json.dumps(message).replace(json.dumps(said)[1:-1], json.dumps(other)[1:-1]))  # fmt: skip
    _, answer, decision = answered(gateway, f"{directive} {text}", stream)
    assert b"content_filter" in answer and other.encode() not in answer
    outcome = wait_until(lambda: gateway.records()[decision].get("completion"), 5, "a completion")
    assert "external" in json.dumps(outcome) and any(n.startswith("guard:answers-") for n in outcome["notes"]), outcome
    # A guard that cannot judge is named.
    guard.mode = "garbled"
    directive = upstream.script(f"garbled-{stream}", events=[json.dumps(delta).replace(json.dumps(said)[1:-1], json.dumps(said + " So.")[1:-1]), json.dumps(end)],
                                whole=json.dumps(message).replace(json.dumps(said)[1:-1], json.dumps(said + " So.")[1:-1]))  # fmt: skip
    status, answer, _ = answered(gateway, f"{directive} {text}", stream)
    assert f"guard:answers-{stream}".encode() in answer and (stream or status == 503), answer
    gateway.stop()
    guard.stop()


@pytest.mark.parametrize("mode, word", [("garbled", "not-a-reply"), ("html", "not-a-reply"), ("500", "status-500"), ("slow", "late"), ("cut", "unreachable")])
def test_a_guard_that_cannot_judge_is_named_and_nothing_passes(make_gateway, upstream, near, mode, word):
    guard = Guard("llama-guard")
    gateway = make(make_gateway, upstream, guard, f"bad-{mode}")
    text = nearest(gateway, guard, near)
    guard.mode = mode
    began = time.monotonic()
    for number in range(8):
        status, error, _ = ask(gateway, f"{text} ({number})")
        if status == 503:
            break
    assert status == 503 and f"guard:bad-{mode}" in error["message"], error
    assert time.monotonic() - began < 4
    denied = [r for r in gateway.records().values() if r["decision"] == "denied"]
    assert denied and denied[-1]["code"] == f"safeguard:guard:bad-{mode}"
    assert f"guard:bad-{mode} fault={word}" in denied[-1]["notes"] and any(n.startswith("failed:guard:") and " closed" in n for n in denied[-1]["notes"])
    gateway.stop()
    guard.stop()


def test_the_breaker_opens_and_the_budget_holds(make_gateway, upstream, near):
    guard = Guard("qwen3guard")
    gateway = make(make_gateway, upstream, guard, "broken")
    text = nearest(gateway, guard, near)
    guard.mode, calls = "500", guard.calls
    for number in range(30):
        ask(gateway, f"{text} ({number})")
    assert 5 <= guard.calls - calls <= 6, "a guard that fails is left alone"
    gateway.stop()
    poor = make(make_gateway, upstream, guard, "poor", price_micros=10, daily_budget_micros=10)
    guard.mode, calls = "safe", guard.calls
    answers = [ask(poor, f"{text} ({number})")[0] for number in range(12)]
    assert guard.calls - calls == 1 and 503 in answers
    assert any("guard:poor fault=over-budget" in r.get("notes", []) for r in poor.records().values())
    poor.stop()
    guard.stop()


@pytest.mark.limit(120)
def test_a_model_behind_the_embedded_server_is_asked_live(make_gateway, upstream, model_server, near):
    """A small model is no guard: what it says is garbled or a verdict, and either is handled; the call itself is real."""
    if not model_server:
        pytest.skip("the embedded model is not installed (make up)")
    extra = {"second_stage": "thorough", "guards_share": 0.05, "guards": [{"name": "live", "kind": "llama-guard", "url": model_server, "model": "smollm2", "timeout": "20s"}]}
    gateway = make_gateway(upstream.url, "guard-live", constitution="built-in", extra=extra)
    asked = 0
    for text in near[:6]:
        status, _, _ = ask(gateway, text)
        assert status in (200, 503)
    for record in gateway.records().values():
        said = [n for n in record.get("notes", []) if n.startswith("guard:live ")]
        # One that says nothing of use five times in a row is left alone.
        # One for which there was no time was asked, too.
        asked += sum("breaker-open" not in n for n in said)
        assert all("score=" in n or any(f"fault={fault}" in n for fault in ("garbled", "late", "breaker-open")) for n in said), said
    assert asked > 0
    gateway.stop()
