"""The official anthropic SDK, unchanged but for its base URL, through the gateway: on a scripted model server, and on the real embedded model."""

import re

import anthropic
import pytest
import wire
from harness import KEY, PHRASE

TOOL = {"name": "weather", "description": "The weather.", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
DECISION = re.compile(r"dec_[0-9A-Za-z]{26}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def ask(script="plain", text="What does the gauge say?", **fields):
    turns = [{"role": "user", "content": f"[script {script}] {text}"}]
    return {"model": "claude-mock", "max_tokens": 256, "messages": turns, **fields}


@pytest.fixture(scope="module")
def client(gateway):
    with anthropic.Anthropic(base_url=gateway.url, api_key=KEY, timeout=30) as client:
        yield client


@pytest.fixture
async def later(gateway):
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=KEY, timeout=30) as client:
        yield client


# Answers


def test_a_message_is_what_the_model_said(client):
    message = client.messages.create(**ask(system="You keep a sluice."))
    assert message.content[0].text == wire.PLAIN and message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (11, 17)


async def test_an_async_message_is_the_same(later):
    assert (await later.messages.create(**ask())).content[0].text == wire.PLAIN


@pytest.mark.parametrize("script", ["plain", "crlf", "byte-by-byte"])
def test_raw_events_come_in_order(client, script):
    events = list(client.messages.create(**ask(script), stream=True))
    kinds = [e.type for e in events if e.type != "ping"]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("message_start") == kinds.count("content_block_start") == kinds.count("content_block_stop") == 1
    assert "".join(e.delta.text for e in events if e.type == "content_block_delta") == wire.PLAIN
    assert events[-1].type == "message_stop"


@pytest.mark.parametrize("script", ["plain", "byte-by-byte"])
def test_the_stream_helper_adds_up(client, script):
    with client.messages.stream(**ask(script)) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text == wire.PLAIN
    assert final.stop_reason == "end_turn" and final.usage.output_tokens == 17


async def test_the_async_stream_helper_adds_up(later):
    async with later.messages.stream(**ask()) as stream:
        text = "".join([piece async for piece in stream.text_stream])
    assert text == wire.PLAIN


def test_parallel_tools(client):
    message = client.messages.create(**ask("tools", tools=[TOOL]))
    assert message.stop_reason == "tool_use"
    assert [(b.name, b.input) for b in message.content] == [("weather", {"city": "Delft", "days": 3}), ("gauge", {"river": "Maas", "unit": "cm"})]


def test_parallel_tools_streamed(client):
    with client.messages.stream(**ask("tools", tools=[TOOL])) as stream:
        final = stream.get_final_message()
    assert [b.input for b in final.content] == [{"city": "Delft", "days": 3}, {"river": "Maas", "unit": "cm"}]


def test_thinking_keeps_its_signature(client):
    message = client.messages.create(**ask("thinking", thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048))
    assert message.content[0].thinking == "The gauge is low." and message.content[0].signature == "c2lnbmF0dXJl"
    with client.messages.stream(**ask("thinking", thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048)) as stream:
        final = stream.get_final_message()
    assert [b.type for b in final.content] == ["thinking", "text"]
    assert final.content[0].thinking == "The gauge is low." and final.content[0].signature == "c2lnbmF0dXJl"
    assert final.content[1].text == "Open the gate."


def test_a_length_stop_keeps_its_name(client):
    assert client.messages.create(**ask("length")).stop_reason == "max_tokens"


@pytest.mark.gateway
def test_a_prefill_reaches_the_model(client, upstream):
    turns = [{"role": "user", "content": "[script plain] Begin."}, {"role": "assistant", "content": "The gauge"}]
    client.messages.create(**ask() | {"messages": turns})
    assert '"The gauge"' in upstream.stats["last_body"]


@pytest.mark.gateway
def test_models_are_listed(client):
    assert "claude-mock" in [m.id for m in client.models.list()]
    assert client.models.retrieve("claude-mock").id == "claude-mock"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("no-such-model")


# Headers


@pytest.mark.gateway
def test_headers_of_a_raw_response(client, gateway):
    key = gateway.make_key("anthropic-limits", "--rpm", 100, "--tpm", 100_000)
    raw = client.with_options(api_key=key).messages.with_raw_response.create(**ask())
    assert raw.headers["request-id"] and raw.request_id == raw.headers["request-id"]
    assert DECISION.fullmatch(raw.headers["x-sluice-decision"])
    for what in ("requests", "tokens"):
        limit, remaining = (int(raw.headers[f"anthropic-ratelimit-{what}-{side}"]) for side in ("limit", "remaining"))
        assert 0 <= remaining <= limit
        assert RFC3339.fullmatch(raw.headers[f"anthropic-ratelimit-{what}-reset"])
    assert raw.parse().content[0].text == wire.PLAIN


@pytest.mark.gateway
def test_only_allowed_headers_cross_the_gateway(client, upstream):
    client.messages.create(**ask("leaky"), extra_headers={"cookie": "c=1", "anthropic-beta": "x", "x-own": "1"})
    sent = upstream.stats["last_headers"]
    assert not {"cookie", "anthropic-beta", "x-own"} & set(sent) and KEY not in str(sent)
    assert sent["x-api-key"] == "sk-upstream-secret" and sent["anthropic-version"]
    raw = client.messages.with_raw_response.create(**ask("leaky"))
    assert not {"set-cookie", "anthropic-organization-id", "x-internal"} & {k.lower() for k in raw.headers}


@pytest.mark.gateway
@pytest.mark.parametrize("bearer", [False, True])
def test_either_kind_of_authorisation(gateway, bearer):
    options = {"auth_token": KEY} if bearer else {"api_key": KEY}
    with anthropic.Anthropic(base_url=gateway.url, **options) as client:
        assert client.messages.create(**ask()).content[0].text == wire.PLAIN


# Errors


@pytest.mark.gateway
def test_a_bad_request_names_the_field(client):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**ask() | {"messages": "none"})
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["type"] == "invalid_request_error"
    assert "messages" in caught.value.body["error"]["message"] and caught.value.body["request_id"]


@pytest.mark.gateway
def test_a_wrong_key_is_401_and_not_retried(gateway, upstream):
    before = upstream.stats["requests"]
    with anthropic.Anthropic(base_url=gateway.url, api_key="sk-wrong") as client:
        with pytest.raises(anthropic.AuthenticationError) as caught:
            client.messages.create(**ask())
    assert caught.value.body["error"]["type"] == "authentication_error"
    assert caught.value.response.headers.get("x-should-retry") == "false" and upstream.stats["requests"] == before


@pytest.mark.gateway
def test_an_unknown_model_is_404(client):
    with pytest.raises(anthropic.NotFoundError) as caught:
        client.messages.create(**ask() | {"model": "no-such-model"})
    assert caught.value.body["error"]["type"] == "not_found_error"


@pytest.mark.gateway
def test_an_unknown_route_is_404_and_never_passed_on(client, upstream):
    before = upstream.stats["requests"]
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.list()
    assert upstream.stats["requests"] == before


SENSITIVE = {
    "image": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}],
    "remote": [{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/x.png"}}],
    "document": [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}],
}


@pytest.mark.gateway
@pytest.mark.parametrize("name", SENSITIVE)
def test_what_no_safeguard_can_read_is_refused_by_name(client, upstream, name):
    before = upstream.stats["requests"]
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**ask() | {"messages": [{"role": "user", "content": SENSITIVE[name]}]})
    assert "messages[0].content[0]" in caught.value.body["error"]["message"]
    assert upstream.stats["requests"] == before


@pytest.mark.gateway
def test_server_side_tools_are_refused(client, upstream):
    before = upstream.stats["requests"]
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(**ask(tools=[{"type": "web_search_20250305", "name": "web_search"}]))
    assert upstream.stats["requests"] == before


@pytest.mark.gateway
@pytest.mark.parametrize(
    ("script", "error", "kind"),
    [("always-400", anthropic.BadRequestError, "invalid_request_error"), ("always-429", anthropic.RateLimitError, "rate_limit_error"),
     ("always-500", anthropic.InternalServerError, "api_error"), ("always-401", anthropic.InternalServerError, "api_error"),
     ("always-529", anthropic.InternalServerError, None)],
)  # fmt: skip
def test_upstream_errors_come_as_the_sdks_classes(client, script, error, kind):
    with pytest.raises(error) as caught:
        client.with_options(max_retries=0).messages.create(**ask(script))
    assert caught.value.body["type"] == "error"
    if kind:
        assert caught.value.body["error"]["type"] == kind


def test_two_failures_are_got_over(client, upstream):
    upstream.reset()
    assert client.messages.create(**ask("retry-500")).content[0].text == wire.PLAIN
    assert upstream.stats["by_script"]["retry-500"] == 3


@pytest.mark.gateway
@pytest.mark.parametrize("script", ["error-200", "no-finish", "empty"])
def test_a_failure_inside_a_stream_raises(client, script):
    with pytest.raises(anthropic.APIStatusError):
        with client.with_options(max_retries=0).messages.stream(**ask(script)) as stream:
            stream.get_final_message()


# Refusals

REFUSED = f"Tell me of the {PHRASE}."


@pytest.fixture(scope="module")
def planted(upstream):
    answer = wire.Answer.of(f"The gauge is low. Then begins the {PHRASE} and zzafter.")
    upstream.put({"planted-a": {"events": wire.anthropic_events(answer, longest=4), "whole": wire.anthropic_whole(answer)}})
    return "planted-a"


@pytest.mark.gateway
def test_a_refusal_before_the_answer_says_why(client, upstream):
    before = upstream.stats["requests"]
    raw = client.messages.with_raw_response.create(**ask(text=REFUSED))
    message = raw.parse()
    assert message.stop_reason == "refusal" and message.stop_details.type == "refusal"
    assert raw.headers["x-sluice-decision"] in message.content[0].text
    assert upstream.stats["requests"] == before


@pytest.mark.gateway
def test_a_refusal_before_the_answer_streams(client):
    with client.messages.stream(**ask(text=REFUSED)) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "refusal" and message.content[0].type == "text" and message.content[0].text


@pytest.mark.gateway
@pytest.mark.parametrize(
    "fields",
    [{"system": f"Recall the {PHRASE}."}, {"system": [{"type": "text", "text": f"Recall the {PHRASE}."}]},
     {"tools": [{**TOOL, "description": f"The {PHRASE}."}]},
     {"messages": [{"role": "user", "content": "Begin."}, {"role": "assistant", "content": f"The {PHRASE}"}]},
     {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": f"the {PHRASE}"}]}]}],
    ids=["system", "system blocks", "tool description", "prefill", "tool result"],
)  # fmt: skip
def test_everything_put_before_the_model_is_judged(client, fields):
    assert client.messages.create(**ask() | fields).stop_reason == "refusal"


@pytest.mark.gateway
def test_a_refusal_in_mid_stream(client, planted):
    with client.messages.stream(**ask(planted)) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text.startswith("The gauge is low. Then begins the") and "fold" not in text and "zzafter" not in text
    assert final.stop_reason == "refusal"
    assert final.stop_details.type == "refusal" and final.stop_details.explanation


@pytest.mark.gateway
def test_an_answer_in_one_piece_is_judged_alike(client, planted):
    message = client.messages.create(**ask(planted))
    assert message.stop_reason == "refusal" and "fold" not in str(message.content)


# The real model


@pytest.mark.gateway
def test_a_real_model_answers_and_streams(client, model_server):
    if model_server is None:
        pytest.skip("no embedded model: `make up` installs it")
    turns = [{"role": "user", "content": "Name three things that float on water."}]
    options = {"model": "smollm2-messages", "max_tokens": 24, "messages": turns}
    options["extra_body"] = {"seed": 1, "temperature": 0}
    message = client.messages.create(**options)
    assert len(message.content[0].text) > 10 and message.usage.output_tokens > 5
    with client.messages.stream(**options) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert len(pieces) >= 3 and final.stop_reason in ("max_tokens", "end_turn") and final.content[0].text == "".join(pieces)
