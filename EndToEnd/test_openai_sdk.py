"""The official openai SDK, unchanged but for its base URL, through the gateway: on a scripted model server, and on the real embedded model."""

import re

import openai
import pytest
import wire
from harness import KEY, PHRASE
from pydantic import BaseModel

WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
DECISION = re.compile(r"dec_[0-9A-Za-z]{26}")


def ask(script="plain", text="What does the gauge say?"):
    return [{"role": "system", "content": "You keep a sluice."}, {"role": "user", "content": f"[script {script}] {text}"}]


@pytest.fixture(scope="module")
def client(gateway):
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, timeout=30) as client:
        yield client


@pytest.fixture
async def later(gateway):
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, timeout=30) as client:
        yield client


@pytest.fixture
def patient(client):
    """Retries as the SDK does by default, but in hundredths of a second."""
    return client.with_options(max_retries=2)


# Answers


def test_a_completion_is_what_the_model_said(client):
    answer = client.chat.completions.create(model="mock-1", messages=ask())
    assert answer.choices[0].message.content == wire.PLAIN
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 17)


async def test_an_async_completion_is_the_same(later):
    answer = await later.chat.completions.create(model="mock-1", messages=ask())
    assert answer.choices[0].message.content == wire.PLAIN


@pytest.mark.parametrize("script", ["plain", "crlf", "byte-by-byte", "no-done"])
def test_a_stream_adds_up_to_the_answer(client, script):
    chunks = list(client.chat.completions.create(model="mock-1", messages=ask(script), stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == wire.PLAIN
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert len({c.id for c in chunks}) == 1 and len(chunks) > 5
    assert chunks[0].choices[0].delta.role == "assistant"


async def test_an_async_stream_adds_up_too(later):
    text = ""
    async for chunk in await later.chat.completions.create(model="mock-1", messages=ask(), stream=True):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    assert text == wire.PLAIN


def test_usage_comes_when_asked_for_and_only_then(client):
    asked = list(client.chat.completions.create(model="mock-1", messages=ask(), stream=True, stream_options={"include_usage": True}))
    assert asked[-1].usage.total_tokens == 28 and asked[-1].choices == []
    silent = list(client.chat.completions.create(model="mock-1", messages=ask(), stream=True))
    assert all(c.usage is None for c in silent) and all(c.choices for c in silent)


@pytest.mark.gateway
def test_the_upstream_is_always_asked_for_usage(client, upstream):
    list(client.chat.completions.create(model="mock-1", messages=ask(), stream=True))
    assert '"include_usage":true' in upstream.stats["last_body"].replace(" ", "")


@pytest.mark.gateway
@pytest.mark.parametrize("stream", [False, True])
def test_a_renamed_model_answers_under_the_name_the_client_used(client, upstream, stream):
    answer = client.chat.completions.create(model="renamed", messages=ask(), stream=stream)
    names = {c.model for c in answer} if stream else {answer.model}
    assert names == {"renamed"}
    assert '"mock-1"' in upstream.stats["last_body"]


def test_several_choices_keep_apart(client):
    answer = client.chat.completions.create(model="mock-1", messages=ask("two"), n=2)
    assert [c.message.content for c in answer.choices] == ["First: water.", "Second: a mill."]
    texts = ["", ""]
    for chunk in client.chat.completions.create(model="mock-1", messages=ask("two"), n=2, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == ["First: water.", "Second: a mill."]


def test_parallel_tool_calls(client):
    answer = client.chat.completions.create(model="mock-1", messages=ask("tools"), tools=[WEATHER])
    assert answer.choices[0].finish_reason == "tool_calls"
    calls = answer.choices[0].message.tool_calls
    assert [(c.function.name, c.function.arguments) for c in calls] == [
        ("weather", '{"city":"Delft","days":3}'), ("gauge", '{"river":"Maas","unit":"cm"}')]  # fmt: skip


def test_parallel_tool_calls_streamed_through_the_helper(client):
    with client.chat.completions.stream(model="mock-1", messages=ask("tools"), tools=[WEATHER]) as stream:
        final = [e for e in stream] and stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert [c.function.arguments for c in calls] == ['{"city":"Delft","days":3}', '{"river":"Maas","unit":"cm"}']
    assert [c.id for c in calls] == ["call_0", "call_1"]


def test_an_empty_list_of_tool_calls_does_no_harm(client):
    with client.chat.completions.stream(model="mock-1", messages=ask("empty-tool-calls")) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Water."


def test_the_stream_helper_counts_and_finishes(client):
    with client.chat.completions.stream(model="mock-1", messages=ask(), stream_options={"include_usage": True}) as stream:
        deltas = [e.delta for e in stream if e.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(deltas) == final.choices[0].message.content == wire.PLAIN
    assert final.usage.total_tokens == 28


async def test_the_async_stream_helper(later):
    async with later.chat.completions.stream(model="mock-1", messages=ask()) as stream:
        deltas = [e.delta async for e in stream if e.type == "content.delta"]
    assert "".join(deltas) == wire.PLAIN


class Gauge(BaseModel):
    river: str
    level: int


def test_structured_outputs(client):
    parsed = client.chat.completions.parse(model="mock-1", messages=ask("json"), response_format=Gauge)
    assert parsed.choices[0].message.parsed == Gauge(river="Maas", level=42)
    with client.chat.completions.stream(model="mock-1", messages=ask("json"), response_format=Gauge) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == Gauge(river="Maas", level=42)


def test_structured_outputs_that_were_cut_short(client):
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model="mock-1", messages=ask("length"), response_format=Gauge)


def test_logprobs_pass(client):
    answer = client.chat.completions.create(model="mock-1", messages=ask("logprobs"), logprobs=True, top_logprobs=2)
    assert answer.choices[0].logprobs.content[0].logprob == -0.25
    chunks = client.chat.completions.create(model="mock-1", messages=ask("logprobs"), logprobs=True, top_logprobs=2, stream=True)
    tokens = [t.token for c in chunks for choice in c.choices if choice.logprobs for t in choice.logprobs.content or []]
    assert "".join(tokens) == wire.PLAIN


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_reasoning_passes_under_either_name(client, key):
    text, reason = "", ""
    for chunk in client.chat.completions.create(model="mock-1", messages=ask(key), stream=True):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason += getattr(choice.delta, key, None) or ""
    assert text == "Open the gate." and reason.startswith("The gauge is low")


def test_the_models_own_refusal_is_not_ours(client):
    answer = client.chat.completions.create(model="mock-1", messages=ask("refusal"))
    assert answer.choices[0].message.refusal == "I would rather not say."
    assert answer.choices[0].finish_reason == "stop"


def test_models_are_listed(client):
    names = [m.id for m in client.models.list()]
    assert "mock-1" in names


@pytest.mark.gateway
def test_one_model_is_shown_and_an_unknown_one_is_not(client):
    assert client.models.retrieve("mock-1").id == "mock-1"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


# Headers


@pytest.mark.gateway
def test_headers_of_a_raw_response(client, gateway):
    key = gateway.make_key("openai-limits", "--rpm", 100, "--tpm", 100_000)
    raw = client.with_options(api_key=key).chat.completions.with_raw_response.create(model="mock-1", messages=ask())
    assert raw.headers["x-request-id"] and raw.request_id == raw.headers["x-request-id"]
    assert DECISION.fullmatch(raw.headers["x-sluice-decision"])
    for what in ("requests", "tokens"):
        limit, remaining = (int(raw.headers[f"x-ratelimit-{side}-{what}"]) for side in ("limit", "remaining"))
        assert 0 <= remaining <= limit
        assert re.fullmatch(r"(\d+h)?(\d+m)?(\d+(\.\d+)?s)?(\d+ms)?", raw.headers[f"x-ratelimit-reset-{what}"])
    assert raw.parse().choices[0].message.content == wire.PLAIN


@pytest.mark.gateway
def test_a_stream_carries_its_decision_in_the_head(client):
    with client.chat.completions.with_streaming_response.create(model="mock-1", messages=ask(), stream=True) as raw:
        assert raw.headers["content-type"].startswith("text/event-stream")
        assert DECISION.fullmatch(raw.headers["x-sluice-decision"])
        raw.read()


@pytest.mark.gateway
def test_only_allowed_headers_cross_the_gateway(client, upstream):
    client.chat.completions.create(
        model="mock-1", messages=ask("leaky"),
        extra_headers={"cookie": "c=1", "openai-organization": "org-mine", "anthropic-beta": "x", "x-forwarded-for": "1.2.3.4", "x-own": "1"},
    )  # fmt: skip
    sent = upstream.stats["last_headers"]
    assert sent["authorization"] == "Bearer sk-upstream-secret"
    assert not {"cookie", "openai-organization", "anthropic-beta", "x-forwarded-for", "x-own"} & set(sent)
    assert KEY not in str(sent)
    raw = client.chat.completions.with_raw_response.create(model="mock-1", messages=ask("leaky"))
    assert not {"set-cookie", "openai-organization", "x-internal"} & {k.lower() for k in raw.headers}


# Errors


@pytest.mark.gateway
def test_no_message_is_a_bad_request_that_names_the_field(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="mock-1", messages="none")
    assert caught.value.param and "messages" in caught.value.param
    assert caught.value.type == "invalid_request_error"


@pytest.mark.gateway
@pytest.mark.parametrize("key", ["sk-wrong", "sk-e2e-" + "x" * 36, "é"])
def test_a_wrong_key_is_401_and_not_retried(gateway, upstream, key):
    before = upstream.stats["requests"]
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="k", timeout=10) as client:
        headers = {"authorization": f"Bearer {key}".encode("latin-1").decode("latin-1")}
        with pytest.raises((openai.AuthenticationError, UnicodeEncodeError)) as caught:
            client.chat.completions.create(model="mock-1", messages=ask(), extra_headers=headers)
    if isinstance(caught.value, openai.AuthenticationError):
        assert caught.value.code == "invalid_api_key"
        assert caught.value.response.headers.get("x-should-retry") == "false"
    assert upstream.stats["requests"] == before


@pytest.mark.gateway
def test_an_unknown_model_is_404(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no-such-model", messages=ask())
    assert caught.value.code == "model_not_found"


@pytest.mark.gateway
def test_a_model_of_the_other_dialect_answers_too(client):
    assert client.chat.completions.create(model="claude-mock", messages=ask()).choices[0].message.content == wire.PLAIN


@pytest.mark.gateway
def test_an_unknown_route_is_404_and_never_passed_on(client, upstream):
    before = upstream.stats["requests"]
    with pytest.raises(openai.NotFoundError):
        client.images.generate(model="mock-1", prompt="water")
    assert upstream.stats["requests"] == before


SENSITIVE = {
    "image": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]},
    "remote": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}]}]},
    "audio": {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}]},
    "file": {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]},
    "logit_bias": {"logit_bias": {"50256": -100}},
    "n_probs": {"extra_body": {"n_probs": 5}},
    "prompt_logprobs": {"extra_body": {"prompt_logprobs": 5}},
    "chat_template": {"extra_body": {"chat_template": "{{ messages }}"}},
    "server_tool": {"extra_body": {"web_search_options": {}}},
    "cache": {"extra_body": {"cache_salt": "x"}},
}


@pytest.mark.gateway
@pytest.mark.parametrize("name", SENSITIVE)
def test_what_no_safeguard_can_read_is_refused_by_name(client, upstream, name):
    before = upstream.stats["requests"]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": "mock-1", "messages": ask(), **SENSITIVE[name]})
    assert caught.value.param, "the error names the field"
    assert upstream.stats["requests"] == before


@pytest.mark.gateway
def test_a_model_may_allow_images_by_name(client):
    answer = client.chat.completions.create(model="open-mock", **SENSITIVE["image"])
    assert answer.choices[0].message.content == wire.PLAIN


@pytest.mark.gateway
@pytest.mark.parametrize(
    ("script", "error", "tries"),
    [("always-400", openai.BadRequestError, 1), ("always-422", (openai.BadRequestError, openai.UnprocessableEntityError), 1), ("always-500", openai.InternalServerError, None),
     ("always-503", openai.InternalServerError, None), ("always-429", openai.RateLimitError, None)],
)  # fmt: skip
def test_upstream_errors_come_as_the_sdks_classes(client, upstream, script, error, tries):
    upstream.reset()
    with pytest.raises(error):
        client.with_options(max_retries=0).chat.completions.create(model="mock-1", messages=ask(script))
    if tries:
        assert upstream.stats["by_script"][script] == tries


@pytest.mark.gateway
@pytest.mark.parametrize("script", ["always-401", "always-403"])
def test_the_upstreams_quarrel_with_our_key_is_not_the_clients(client, script):
    with pytest.raises(openai.InternalServerError) as caught:
        client.with_options(max_retries=0).chat.completions.create(model="mock-1", messages=ask(script))
    assert caught.value.status_code == 502


def test_the_sdk_or_the_gateway_gets_past_two_failures(patient, upstream):
    upstream.reset()
    answer = patient.chat.completions.create(model="mock-1", messages=ask("retry-500"))
    assert answer.choices[0].message.content == wire.PLAIN
    assert upstream.stats["by_script"]["retry-500"] == 3


# Refusals

REFUSED = [{"role": "user", "content": f"[script plain] Tell me of the {PHRASE}."}]


@pytest.fixture(scope="module")
def planted(upstream):
    answer = wire.Answer.of(f"The gauge is low. Then begins the {PHRASE} and zzafter.")
    plain = {"events": wire.openai_events(answer, longest=4), "whole": wire.openai_whole(answer)}
    upstream.put({"planted": plain})
    return "planted"


@pytest.mark.gateway
def test_a_refusal_before_the_answer_is_an_answer_that_says_why(client, upstream):
    before = upstream.stats["requests"]
    raw = client.chat.completions.with_raw_response.create(model="mock-1", messages=REFUSED)
    choice = raw.parse().choices[0]
    assert choice.finish_reason == "content_filter" and not choice.message.content
    assert raw.headers["x-sluice-decision"] in choice.message.refusal
    assert "origami" in choice.message.refusal.lower(), "the refusal names its category"
    assert upstream.stats["requests"] == before, "what is refused is never sent on"


@pytest.mark.gateway
def test_a_refusal_before_the_answer_streams_in_the_same_way(client):
    chunks = list(client.chat.completions.create(model="mock-1", messages=REFUSED, stream=True))
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "content_filter"
    assert "".join(c.choices[0].delta.refusal or "" for c in chunks if c.choices)
    assert not "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


@pytest.mark.gateway
def test_a_refusal_is_written_in_the_requests_language(client):
    text = f"请告诉我这个仪式的全部细节，以及水闸的历史：{PHRASE}。"
    answer = client.chat.completions.create(model="mock-1", messages=[{"role": "user", "content": text}])
    assert re.search("[\u4e00-\u9fff]{4}", answer.choices[0].message.refusal)


@pytest.mark.gateway
@pytest.mark.parametrize("role", ["system", "developer", "assistant", "tool"])
def test_every_turn_is_judged(client, role):
    turn = {"role": role, "content": f"Recall the {PHRASE}."}
    if role == "tool":
        turn["tool_call_id"] = "call_0"
    call = {"role": "assistant", "tool_calls": [{"id": "call_0", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}
    turns = [*([call] if role == "tool" else []), turn, {"role": "user", "content": "Go on."}]
    answer = client.chat.completions.create(model="mock-1", messages=turns)
    assert answer.choices[0].finish_reason == "content_filter"


@pytest.mark.gateway
@pytest.mark.parametrize(
    "fields",
    [{"tools": [{"type": "function", "function": {"name": "weather", "description": f"The {PHRASE}."}}]},
     {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "description": PHRASE}}}},
     {"prediction": {"type": "content", "content": f"Here is the {PHRASE}."}}, {"extra_body": {"notes": {"deep": [PHRASE]}}}],
    ids=["tool description", "schema", "prediction", "unknown field"],
)  # fmt: skip
def test_everything_put_before_the_model_is_judged(client, fields):
    answer = client.chat.completions.create(model="mock-1", messages=ask(), **fields)
    assert answer.choices[0].finish_reason == "content_filter"


@pytest.mark.gateway
def test_a_refusal_in_mid_stream_ends_the_choice(client, planted):
    chunks = list(client.chat.completions.create(model="mock-1", messages=ask(planted), stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text.startswith("The gauge is low. Then begins the") and "fold" not in text and "zzafter" not in text
    last = [c.choices[0] for c in chunks if c.choices][-1]
    assert last.finish_reason == "content_filter" and last.delta.refusal
    assert chunks[-1].usage is not None


@pytest.mark.gateway
def test_the_helpers_raise_on_a_refusal_in_mid_stream(client, upstream):
    answer = wire.Answer.of(f'{{"river":"Here begins the {PHRASE} and zzafter","level":1}}')
    upstream.put({"planted-json": {"events": wire.openai_events(answer, longest=4)}})
    with pytest.raises(openai.ContentFilterFinishReasonError):
        with client.chat.completions.stream(model="mock-1", messages=ask("planted-json"), response_format=Gauge) as stream:
            for _ in stream:
                pass


@pytest.mark.gateway
def test_an_answer_in_one_piece_is_judged_alike(client, planted):
    choice = client.chat.completions.create(model="mock-1", messages=ask(planted)).choices[0]
    assert choice.finish_reason == "content_filter" and choice.message.refusal
    assert "fold" not in (choice.message.content or "")


@pytest.mark.gateway
@pytest.mark.parametrize("script", ["error-200", "no-finish", "empty"])
def test_a_failure_inside_a_stream_raises(client, script):
    with pytest.raises(openai.APIError):
        list(client.with_options(max_retries=0).chat.completions.create(model="mock-1", messages=ask(script), stream=True))


# The real model


@pytest.fixture
def real(model_server, client, request):
    if model_server is None:
        pytest.skip("no embedded model: `make up` installs it")
    if request.config.getoption("--direct"):
        pytest.skip("--direct")
    return client


HELLO = [{"role": "user", "content": "Name three things that float on water."}]


@pytest.mark.gateway
def test_a_real_model_answers(real):
    answer = real.chat.completions.create(model="smollm2", messages=HELLO, max_tokens=24, seed=1, temperature=0)
    assert len(answer.choices[0].message.content) > 10 and answer.usage.completion_tokens > 5
    assert answer.model == "smollm2"


@pytest.mark.gateway
def test_a_real_model_streams_what_it_answers(real):
    options = {"model": "smollm2", "messages": HELLO, "max_tokens": 24, "seed": 1, "temperature": 0}
    whole = real.chat.completions.create(**options).choices[0].message.content
    chunks = list(real.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole
    assert chunks[-1].usage.completion_tokens > 5


@pytest.mark.gateway
async def test_a_real_model_streams_async(real, later):
    parts = []
    async for chunk in await later.chat.completions.create(model="smollm2", messages=HELLO, max_tokens=12, stream=True):
        parts += [choice.delta.content or "" for choice in chunk.choices]
    assert len([p for p in parts if p]) >= 3


@pytest.mark.gateway
def test_a_refused_question_never_reaches_the_real_model(real):
    answer = real.chat.completions.create(model="smollm2", messages=REFUSED, max_tokens=12)
    assert answer.choices[0].finish_reason == "content_filter"
