"""What clients are given of a model's reasoning: all, a summary, or nothing; judged either way, in every dialect."""

import asyncio
import json

import pytest
from harness import KEY, PHRASE, chat, exchange, messages, request_bytes, responses, wait_until

pytestmark = pytest.mark.gateway
THOUGHT = "The gauge is low, so the gate opens"
SUMMARY = "It weighs the level against the season"


def chat_events(reasoning, content="Open the gate.", finish_apart=True):
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock-1"}

    def event(delta, finish=None):
        return json.dumps({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    parts = [event({"role": "assistant", "content": ""})]
    parts += [event({"reasoning_content": word + " "}) for word in reasoning.split(" ")]
    if finish_apart:
        return parts + [event({"content": content}), event({}, "stop")]
    return parts + [event({"content": content}, "stop")]


def chat_whole(reasoning, content="Open the gate."):
    return json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": content, "reasoning_content": reasoning}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12}})


def summary(text):
    return json.dumps({"id": "s", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12}})


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream):
    def model(name, **fields):
        return {"name": name, "dialect": "openai", "upstream": upstream.url, "upstream_model": "mock-1", **fields}

    listed = [
        model("open"), model("closed", reasoning="withhold"), model("short", reasoning="summarise", reasoning_summary="scribe"),
        model("guarded", reasoning="summarise", reasoning_summary="scribe", guarded=True),
        model("lonely", reasoning="summarise", reasoning_summary="nowhere"), model("scribe"),
        {"name": "nowhere", "dialect": "openai", "upstream": "http://127.0.0.1:9"},
    ]  # fmt: skip
    for name, told in (("sum", SUMMARY), ("evil", f"{SUMMARY} of the {PHRASE} indeed"), ("silent", ""), ("long", SUMMARY + " 水" * 20_000)):
        thought = f"{THOUGHT} [script said-{name}] now"
        upstream.put({
            name: {"events": chat_events(thought), "whole": chat_whole(thought)},
            f"{name}-joined": {"events": chat_events(thought, finish_apart=False), "whole": chat_whole(thought)},
            f"said-{name}": {"whole": summary(told)},
        })  # fmt: skip
    bad = f"{THOUGHT} by the {PHRASE} again"
    upstream.put({"bad": {"events": chat_events(bad), "whole": chat_whole(bad)}})
    return make_gateway(upstream.url, "reasoning", extra={"models": listed})


def ask(gateway, dialect, stream, model, script):
    make = {"openai": chat, "anthropic": messages, "responses": responses}[dialect]
    answer = asyncio.run(exchange(gateway.config.port, request_bytes(*make(f"[script {script}] Hi", stream, model=model), key=KEY), 40))
    assert answer.status == 200, answer.body
    return answer


def given(answer, dialect, stream):
    """(reasoning, content) as a client reads them."""
    reasoning, content = "", ""
    if not stream and dialect == "openai":
        message = answer.json["choices"][0]["message"]
        return message.get("reasoning_content") or "", message.get("content") or ""
    if not stream and dialect == "anthropic":
        return "".join(b.get("thinking", "") for b in answer.json["content"]), "".join(b.get("text", "") for b in answer.json["content"])
    if not stream:
        for item in answer.json["output"]:
            text = "".join(part.get("text", "") for part in item.get("content") or item.get("summary") or [])
            if item["type"] == "reasoning":
                reasoning += text
            else:
                content += text
        return reasoning, content
    for line in answer.body.decode().splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line[6:])
        if dialect == "openai":
            for choice in event.get("choices", []):
                reasoning += choice["delta"].get("reasoning_content") or ""
                content += choice["delta"].get("content") or ""
        elif dialect == "anthropic":
            reasoning += event.get("delta", {}).get("thinking", "")
            content += event.get("delta", {}).get("text", "")
        elif event["type"].endswith(".delta"):
            if "reasoning" in event["type"]:
                reasoning += event["delta"]
            elif "output_text" in event["type"]:
                content += event["delta"]
    return reasoning, content


DIALECTS = pytest.mark.parametrize("dialect", ["openai", "anthropic", "responses"])
STREAMS = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


@DIALECTS
@STREAMS
def test_each_rule_gives_what_it_says(gateway, dialect, stream):
    reasoning, content = given(ask(gateway, dialect, stream, "open", "sum"), dialect, stream)
    assert THOUGHT in reasoning and content == "Open the gate."
    for model, expected in (("closed", ""), ("short", SUMMARY), ("guarded", SUMMARY), ("lonely", "")):
        answer = ask(gateway, dialect, stream, model, "sum")
        assert given(answer, dialect, stream) == (expected, "Open the gate."), (model, answer.body)
        assert b"gauge" not in answer.body, (model, answer.body)


@DIALECTS
@STREAMS
def test_a_summary_is_judged_and_bounded(gateway, dialect, stream):
    answer = ask(gateway, dialect, stream, "short", "evil")
    assert PHRASE.encode() not in answer.body and b"ninth fold" not in answer.body
    assert b"refus" in answer.body or b"content_filter" in answer.body, answer.body
    assert given(ask(gateway, dialect, stream, "short", "silent"), dialect, stream) == ("", "Open the gate.")
    reasoning, content = given(ask(gateway, dialect, stream, "short", "long"), dialect, stream)
    assert reasoning.startswith(SUMMARY) and len(reasoning.encode()) <= 8 << 10 and content == "Open the gate."
    if dialect == "openai":
        assert given(ask(gateway, dialect, stream, "short", "sum-joined"), dialect, stream) == (SUMMARY, "Open the gate.")


@STREAMS
@pytest.mark.parametrize("model", ["closed", "short"])
def test_reasoning_that_is_kept_back_is_judged_all_the_same(gateway, stream, model):
    answer = ask(gateway, "openai", stream, model, "bad")
    assert b"content_filter" in answer.body and b"Open the gate" not in answer.body


def test_a_summary_that_did_not_come_is_on_record(gateway):
    answer = ask(gateway, "openai", False, "lonely", "sum")
    # The completion is written with the next group commit.
    record = wait_until(lambda: (r := gateway.records()[answer.decision]).get("completion") and r, 5, "a completion")
    assert "summary:failed" in json.dumps(record), record
