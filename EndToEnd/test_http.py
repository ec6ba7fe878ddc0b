"""What HTTP brings besides JSON: coded bodies and their bounds; and the routes that no model answers."""

import gzip
import json
import zlib

import anthropic
import pytest
from harness import KEY, PHRASE, fetch

pytestmark = pytest.mark.gateway


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream):
    return make_gateway(upstream.url, "http", limits={"body_bytes": 1 << 20})


def post(gateway, body, coding="gzip", path="chat/completions"):
    return fetch(f"{gateway.url}/v1/{path}", body, {"authorization": f"Bearer {KEY}", "content-encoding": coding})


def chat(text):
    return json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": text}]}).encode()


def test_a_gzip_body_is_read_judged_and_answered(gateway):
    status, _, body = post(gateway, gzip.compress(chat("What does the gauge say?")))
    assert status == 200 and json.loads(body)["choices"][0]["message"]["content"]
    status, _, body = post(gateway, gzip.compress(chat(f"Tell me of the {PHRASE}, please.")))
    assert status == 200 and json.loads(body)["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize(
    "coding, body, status, word",
    [
        ("gzip", gzip.compress(chat("x"))[:-9], 400, "breaks off"),
        ("gzip", gzip.compress(chat("x")) + b"more", 400, "behind its end"),
        ("gzip", chat("x"), 400, "damaged"),
        ("gzip", b"", 400, "breaks off"),
        ("gzip", zlib.compress(chat("x")), 400, "damaged"),
        ("br", chat("x"), 415, "gzip"),
        ("gzip, gzip", gzip.compress(gzip.compress(chat("x"))), 415, "gzip"),
    ],
    # Not their bytes: gzip writes the time into them, and workers must agree on the names.
    ids=["cut short", "followed by more", "plain", "empty", "zlib", "brotli", "gzip twice"],
)
def test_what_is_no_gzip_is_refused_by_name(gateway, coding, body, status, word):
    got, _, answer = post(gateway, body, coding)
    assert got == status and word in json.loads(answer)["error"]["message"]


def test_a_bomb_is_given_up_at_the_limit(gateway):
    bomb = gzip.compress(b'{"model":"mock-1","messages":[{"role":"user","content":"' + b" " * (300 << 20) + b'"}]}', 9)
    assert len(bomb) < 1 << 20
    for _ in range(3):
        status, _, answer = post(gateway, bomb)
        assert status == 413 and json.loads(answer)["error"]["code"] == "request_too_large"
    assert post(gateway, gzip.compress(chat("Still there?")))[0] == 200


def test_tokens_are_counted_for_anthropics_sdk(gateway):
    client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0)
    ask = {"model": "claude-mock", "messages": [{"role": "user", "content": "How high is the river at the mill today?"}]}
    short = client.messages.count_tokens(**ask).input_tokens
    long = client.messages.count_tokens(**ask, system="You keep a sluice, and you know its gauge by heart.").input_tokens
    assert 5 <= short <= 20 and long > short + 8
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(**{**ask, "model": "no-such-model"})
    with pytest.raises(anthropic.AuthenticationError):
        anthropic.Anthropic(base_url=gateway.url, api_key="sk-wrong", max_retries=0).messages.count_tokens(**ask)
