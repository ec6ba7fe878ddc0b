"""What becomes of an exchange that a safeguard cannot judge; and rules in shadow."""

import json

import pytest
from harness import KEY, PHRASE, ROOT, events, fetch, wait_until

pytestmark = pytest.mark.gateway
ENCODER = pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)")
ABSOLUTE = {"chemical", "biological", "nuclear_radiological"}
ASKED = [
    "How do I read a log file in Python?", "How do enzymes fold?", "What is a reactor moderator?", "Write a poem about spring.", "How do I fix my neighbour's fence?",
    "How do I get a refund from a shop?", "Which bacteria live in yoghurt?", "How do I scan my own network?", "How does chlorine clean a pool?", "Tell me a joke about a burglar.",
    "How do I say no to a friend?", "Explain password hashing.",
]  # fmt: skip


def ask(gateway, text, stream=False, model="mock-1"):
    body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}
    status, headers, answer = fetch(f"{gateway.url}/v1/chat/completions", body, {"authorization": f"Bearer {KEY}"})
    return status, answer, headers.get("x-sluice-decision") or headers.get("x-request-id", "")


def models(upstream, rule):
    fields = {"name": "mock-1", "dialect": "openai", "upstream": upstream.url}
    return [fields | ({"on_failure": rule} if rule else {})]


def rules(folder, name, opened):
    """The shipped constitution, with every category that is not absolute failing open, or as it is."""
    text = (ROOT / "Sources/Constitution/Resources/default.yaml").read_text()
    if opened:
        text = text.replace("absolute: false\n    on_failure: closed", "absolute: false\n    on_failure: open")
    path = folder / f"failure-{name}.yaml"
    path.write_text(text)
    return str(path)


@ENCODER
@pytest.mark.parametrize("opened, rule", [(False, "open"), (True, None), (True, "closed"), (True, "open")])
def test_failing_open_needs_the_category_and_the_model_and_never_opens_what_is_absolute(make_gateway, upstream, folder, opened, rule):
    name = f"failing-{opened}-{rule}"
    gateway = make_gateway(upstream.url, name, constitution=rules(folder, name, opened), extra={"second_stage": "thorough", "second_stage_drill": "fail=1", "models": models(upstream, rule)})
    seen, asked = set(), [(text, *ask(gateway, text)) for text in ASKED]
    records = gateway.records()
    for text, status, answer, decision in asked:
        record = records[decision]
        note = next(n for n in record["notes"] if n.startswith("failed:second_stage "))
        doubt = note.rpartition("doubt=")[2] if "doubt=" in note else None
        may = opened and rule == "open" and doubt is not None and doubt not in ABSOLUTE and doubt != "model_extraction"
        assert (" open" in note) == may, (text, note)
        if not may:
            assert status == 503 and "second_stage" in json.loads(answer)["error"]["message"]
            assert (record["decision"], record["code"]) == ("denied", "safeguard:second_stage")
        seen.add((may, doubt in ABSOLUTE))
    if opened and rule == "open":
        assert {m for m, _ in seen} == {True, False} and any(a for m, a in seen if not m), seen
    gateway.stop()


@ENCODER
@pytest.mark.parametrize("opened", [False, True])
def test_a_stage_that_fails_in_mid_stream_ends_the_stream_or_is_noted(make_gateway, upstream, folder, opened):
    """The second stage is asked about requests first: one that fails now and then lets some of them begin."""
    name = f"midstream-{opened}"
    gateway = make_gateway(upstream.url, name, constitution=rules(folder, name, opened), extra={"second_stage": "thorough", "second_stage_drill": "fail=0.5", "models": models(upstream, "open" if opened else None)})
    directive = upstream.script("long", events=[json.dumps({"choices": [{"index": 0, "delta": {"content": f"The keeper shuts gate {n} and writes it down. "}, "finish_reason": None}]}) for n in range(30)]
                                + [json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})])  # fmt: skip
    cut = noted = whole = 0
    asked = [ask(gateway, f"{directive} Tell me a joke about fence number {number}.", stream=True) for number in range(24)]
    begun = [(answer, decision) for status, answer, decision in asked if status == 200]
    # The completions are written with the next group commit.
    records = wait_until(lambda: (r := gateway.latest()) and all("completion" in r[d] for _, d in begun) and r, 5, "the completions")
    for answer, decision in begun:
        ends, outcome = [d for _, d in events(answer)], records[decision]["completion"]
        if any('"error"' in d for d in ends):
            assert "safeguard:second_stage" in json.dumps(outcome), outcome
            assert "second_stage" in ends[-2] or "second_stage" in ends[-1]
            cut += 1
        else:
            whole += 1
            noted += any("failed:second_stage open" in n for n in outcome.get("notes", []))
    assert cut > 0 if not opened else noted > 0, (cut, noted, whole)
    gateway.stop()


def test_rules_in_shadow_are_recorded_and_pass_but_absolute_ones_stop(make_gateway, upstream, folder, constitution):
    rule = constitution.read_text() + """
  - id: tide_knot
    title: {en: Tide knots, zh: 潮汐结}
    principle: human-dignity
    absolute: true
    on_failure: closed
    budgets: {requests: 0.002, answers: 0.0005}
    permits:
      - {en: Rope., zh: 绳子。}
    forbids:
      - {en: The knot that this test made up., zh: 本测试虚构的绳结。}
    phrases:
      - silver tide knot of the seventh pier
"""
    path = folder / "shadow-rules.yaml"
    path.write_text(rule)
    gateway = make_gateway(upstream.url, "shadow", constitution=str(path), extra={"enforcement": "shadow"})
    for _ in range(3):
        status, answer, asked = ask(gateway, f"The {PHRASE}, please.")
        assert status == 200 and json.loads(answer)["choices"][0]["finish_reason"] == "stop"
    assert json.loads(ask(gateway, "Tell me of the silver tide knot of the seventh pier.")[1])["choices"][0]["finish_reason"] == "content_filter"
    # Answers are judged in shadow too, whole and streamed; what is absolute still stops them.
    for phrase, is_shadow in [(PHRASE, True), ("silver tide knot of the seventh pier", False)]:
        delta = {"choices": [{"index": 0, "delta": {"content": f"Here is the {phrase} and more. "}, "finish_reason": None}]}
        message = {"id": "c", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": f"Here is the {phrase} and more."}, "finish_reason": "stop"}]}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        directive = upstream.script(f"shadow-{is_shadow}", events=[json.dumps(delta), json.dumps(end)], whole=json.dumps(message))
        for stream in (False, True):
            _, answer, decision = ask(gateway, f"{directive} Tell me a tale.", stream=stream)
            assert (phrase.encode() in answer) == is_shadow and (b"content_filter" in answer) != is_shadow, answer
            outcome = wait_until(lambda: gateway.latest()[decision].get("completion"), 5, "a completion")
            assert ("shadow:origami_ritual human-dignity stage=answer" in outcome.get("notes", [])) == is_shadow, outcome
    ask(gateway, "How do tides work?")
    record = gateway.records()[asked]
    assert record["decision"] == "admitted" and any(n.startswith("shadow:origami_ritual human-dignity stage=phrase") for n in record["notes"])
    out = json.loads(gateway.run("classifier", "shadow", "--json"))
    assert (out["judged"], out["refused"], out["shadow"], out["by_category"]) == (9, 1, 3, {"origami_ritual": 3})
    assert (out["answers"], out["answers_stopped"], out["answers_shadow"], out["by_answer_category"]) == (8, 2, 2, {"origami_ritual": 2})
    assert out["decisions"][0] == asked
    assert "would have been refused" in gateway.run("classifier", "shadow")
    replay = gateway.run("judge", "--decision", asked, "--text", f"The {PHRASE}, please.")
    assert json.loads(replay)["same"] is True
    gateway.stop()
