"""Legacy completions, embeddings, moderations, what is not served, the description, and answers that are given again."""

import base64
import http.server
import json
import re
import struct
import subprocess
import threading

import pytest
from harness import KEY, PHRASE, fetch, wait_until

pytestmark = pytest.mark.gateway

SAID = "Water flows through the sluice."


class Texts(http.server.BaseHTTPRequestHandler):
    """A model server of texts and vectors; `[harm]` in a prompt makes it say the planted phrase."""

    protocol_version = "HTTP/1.1"
    seen = []

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = json.loads(body)
        Texts.seen.append((self.path, asked))
        answer = {"/v1/completions": self.completion, "/v1/embeddings": self.embedding, "/v1/chat/completions": self.chat}[self.path](asked)
        if isinstance(answer, list):
            out = "".join(f"data: {json.dumps(e)}\n\n" for e in answer) + "data: [DONE]\n\n"
            return self.reply(out.encode(), "text/event-stream")
        self.reply(json.dumps(answer).encode(), "application/json")

    def reply(self, body, kind):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def said(prompt):
        return f"First words. {PHRASE} and more." if "[harm]" in str(prompt) else SAID

    def completion(self, asked):
        prompts = asked["prompt"] if isinstance(asked["prompt"], list) else [asked["prompt"]]
        base = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "base"}
        texts = [(p, self.said(p)) for p in prompts for _ in range(asked.get("n", 1))]
        usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
        if asked.get("stream"):
            chunks = []
            for index, (_, text) in enumerate(texts):
                words = text.split(" ")
                for number, word in enumerate(words):
                    piece = word if number == 0 else " " + word
                    chunks.append({**base, "choices": [{"index": index, "text": piece, "logprobs": None, "finish_reason": None}]})
                chunks.append({**base, "choices": [{"index": index, "text": "", "logprobs": None, "finish_reason": "stop"}]})
            return chunks + [{**base, "choices": [], "usage": usage}]
        choices = []
        for index, (prompt, text) in enumerate(texts):
            logprobs = None
            if asked.get("logprobs"):
                tokens = text.split(" ")
                secret = "[alternative]" in prompt
                words = PHRASE.split(" ") if secret else ["a"] * len(tokens)
                logprobs = {
                    "tokens": [t if n == 0 else " " + t for n, t in enumerate(tokens)],
                    "token_logprobs": [None] + [-0.5] * (len(tokens) - 1), "text_offset": list(range(len(tokens))),
                    "top_logprobs": [{" " + w: -1.0} for w in words],
                }  # fmt: skip
            choices.append({"index": index, "text": text, "logprobs": logprobs, "finish_reason": "stop"})
        return {**base, "choices": choices, "usage": usage}

    def embedding(self, asked):
        inputs = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        vector = [0.5, -1.25, 3.0]
        as_text = base64.b64encode(struct.pack("<3f", *vector)).decode()
        # [other] answers in the form that was not asked for.
        coded = (asked.get("encoding_format") == "base64") != ("[other]" in str(inputs))
        data = [{"object": "embedding", "index": i, "embedding": as_text if coded else vector, "note": PHRASE} for i, _ in enumerate(inputs)]
        return {"object": "list", "data": data, "model": "vec", "usage": {"prompt_tokens": 6, "total_tokens": 6}, "note": PHRASE}

    def chat(self, asked):
        text = self.said(asked["messages"])
        usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
        base = {"id": f"chat-{len(Texts.seen)}", "created": 1, "model": "m"}
        if asked.get("stream"):
            deltas = [{"role": "assistant", "content": ""}] + [{"content": w + " "} for w in text.split(" ")]
            chunks = [{**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
            end = {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
            return chunks + [end, {**base, "object": "chat.completion.chunk", "choices": [], "usage": usage}]
        message = {"role": "assistant", "content": text, "refusal": None}
        return {**base, "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


@pytest.fixture(scope="module")
def gateway(make_gateway, constitution):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Texts)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    models = [
        {"name": "base", "dialect": "openai-completions", "upstream": url},
        {"name": "chat", "dialect": "openai", "upstream": url},
        {"name": "vec", "dialect": "openai", "upstream": url, "allow": ["embeddings"]},
        {"name": "watched", "dialect": "openai", "upstream": url, "mirror": "second"},
        {"name": "second", "dialect": "openai", "upstream": url, "served": True},
        {"name": "again", "dialect": "openai", "upstream": url, "cache": "10m"},
    ]
    yield make_gateway(url, "texts", constitution=str(constitution), extra={"models": models})
    server.shutdown()


def post(gateway, path, body, key=KEY):
    status, headers, raw = fetch(f"http://127.0.0.1:{gateway.config.port}{path}", body, {"authorization": f"Bearer {key}"})
    return status, headers, raw


def asked(gateway, path, body, key=KEY):
    status, headers, raw = post(gateway, path, body, key)
    return status, headers, json.loads(raw)


def chunks(raw):
    events = [line[6:] for line in raw.decode().split("\n") if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    return [json.loads(e) for e in events[:-1]]


def text_of(raw, index=0):
    return "".join(c["text"] for e in chunks(raw) for c in e["choices"] if c["index"] == index)


@pytest.mark.parametrize("model", ["base", "chat"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_completion_is_answered_by_either_kind_of_server(gateway, model, stream):
    status, headers, raw = post(gateway, "/v1/completions", {"model": model, "prompt": "Say something", "stream": stream})
    assert status == 200 and headers["x-sluice-decision"]
    path, body = Texts.seen[-1]
    if model == "base":
        assert path == "/v1/completions" and body["prompt"] == "Say something" and "max_tokens" not in body
    else:
        assert path == "/v1/chat/completions" and body["messages"] == [{"role": "user", "content": "Say something"}] and body["max_completion_tokens"] == 16
    if stream:
        events = chunks(raw)
        assert all(e["object"] == "text_completion" and e["model"] == model for e in events)
        assert text_of(raw).strip() == SAID and events[-1]["choices"][0]["finish_reason"] == "stop"
        return
    answer = json.loads(raw)
    assert answer["object"] == "text_completion" and answer["choices"][0]["text"] == SAID
    assert answer["choices"][0]["finish_reason"] == "stop" and answer["usage"]["total_tokens"] == 12


@pytest.mark.parametrize("model", ["base", "chat"])
@pytest.mark.parametrize("stream", [False, True])
def test_what_a_completion_says_is_judged_as_a_chat_is(gateway, model, stream):
    status, _, raw = post(gateway, "/v1/completions", {"model": model, "prompt": "Say [harm]", "stream": stream})
    assert status == 200 and PHRASE.encode() not in raw and b"ninth fold" not in raw
    last = [c for e in (chunks(raw) if stream else [json.loads(raw)]) for c in e["choices"]][-1]
    assert last["finish_reason"] == "content_filter" and "origami" in last["refusal"].lower()


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_meets_a_rule_goes_nowhere(gateway, stream):
    before = len(Texts.seen)
    status, _, raw = post(gateway, "/v1/completions", {"model": "base", "prompt": ["Hello", PHRASE], "stream": stream})
    assert status == 200 and len(Texts.seen) == before
    choices = [c for e in (chunks(raw) if stream else [json.loads(raw)]) for c in e["choices"]]
    assert {c["index"] for c in choices} == {0, 1} and all(c["finish_reason"] == "content_filter" for c in choices)


def test_an_answer_goes_on_from_its_prompt(gateway):
    # The phrase stands half in the prompt, half in what the server says; a prompt beside it changes nothing.
    first, rest = "Say the crimson origami", "ritual of the ninth fold"
    answer = {"id": "c", "object": "text_completion", "created": 1, "model": "base", "choices": [{"index": i, "text": f" {rest}", "logprobs": None, "finish_reason": "stop"} for i in (0, 1)], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
    kept = Texts.completion
    Texts.completion = lambda self, asked: answer
    try:
        _, _, got = asked(gateway, "/v1/completions", {"model": "base", "prompt": ["A calm river", first]})
    finally:
        Texts.completion = kept
    assert [c["finish_reason"] for c in got["choices"]] == ["stop", "content_filter"] and got["choices"][0]["text"] == f" {rest}"


def test_probabilities_are_judged_rank_by_rank(gateway):
    body = {"model": "base", "prompt": "Go on", "logprobs": 2}
    status, _, answer = asked(gateway, "/v1/completions", body)
    assert status == 200 and answer["choices"][0]["logprobs"]["top_logprobs"]
    _, _, answer = asked(gateway, "/v1/completions", {**body, "prompt": "Go on [alternative]"})
    assert answer["choices"][0]["finish_reason"] == "content_filter" and "ninth" not in json.dumps(answer["choices"][0]["logprobs"])


@pytest.mark.parametrize(
    "fields, model, named",
    [
        ({"prompt": [1, 2, 3]}, "base", "prompt"),
        ({"prompt": "a", "suffix": "b"}, "base", "suffix"),
        ({"prompt": "a", "echo": True, "logprobs": 1}, "base", "logprobs"),
        ({"prompt": ["a", "b"]}, "chat", "prompt"),
        ({"prompt": "a", "logprobs": 1}, "chat", "logprobs"),
        ({"prompt": "a", "echo": True}, "chat", "echo"),
        ({"prompt": "a", "best_of": 3}, "chat", "best_of"),
        ({"prompt": []}, "base", "prompt"),
        ({"prompt": "a", "n": 200}, "base", "n"),
        ({}, "base", "prompt"),
    ],
)
def test_what_cannot_be_judged_or_said_is_refused_by_name(gateway, fields, model, named):
    status, _, answer = asked(gateway, "/v1/completions", {"model": model, **fields})
    assert status == 400 and answer["error"]["param"] == named, answer


def test_a_chat_cannot_be_asked_of_a_server_of_completions(gateway):
    status, _, answer = asked(gateway, "/v1/chat/completions", {"model": "base", "messages": [{"role": "user", "content": "hi"}]})
    assert status == 400 and "legacy completions" in answer["error"]["message"]


VECTOR = [0.5, -1.25, 3.0]


@pytest.mark.parametrize("mark", ["", " [other]"])
@pytest.mark.parametrize("form", ["float", "base64"])
def test_vectors_come_in_the_form_that_was_asked_for(gateway, form, mark):
    body = {"model": "vec", "input": ["A river" + mark, "a mill"], "encoding_format": form}
    status, headers, answer = asked(gateway, "/v1/embeddings", body)
    assert status == 200 and answer["model"] == "vec" and answer["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert [d["index"] for d in answer["data"]] == [0, 1] and "ninth" not in json.dumps(answer)
    for entry in answer["data"]:
        vector = entry["embedding"] if form == "float" else list(struct.unpack("<3f", base64.b64decode(entry["embedding"])))
        assert vector == VECTOR
    record = gateway.records()[headers["x-sluice-decision"]]
    assert "'unjudged': ['embeddings']" in str(record) and "openai-embeddings" in str(record), record


def test_official_client_reads_vectors(gateway):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.config.port}/v1", api_key=KEY, max_retries=0)
    assert client.embeddings.create(model="vec", input="A river").data[0].embedding == VECTOR
    assert client.completions.create(model="base", prompt="Go on").choices[0].text == SAID
    got = client.moderations.create(input=PHRASE, extra_body={"unjudged_categories": "omit"})
    assert got.results[0].flagged and got.results[0].categories.illicit


def test_vectors_are_refused_by_name_and_every_input_is_judged(gateway):
    status, _, answer = asked(gateway, "/v1/embeddings", {"model": "chat", "input": "A river"})
    assert status == 400 and answer["error"]["param"] == "input" and "embeddings" in answer["error"]["message"]
    before = len(Texts.seen)
    status, _, answer = asked(gateway, "/v1/embeddings", {"model": "vec", "input": ["A river", "a mill", PHRASE]})
    assert status == 400 and answer["error"]["code"] == "content_policy_violation" and len(Texts.seen) == before
    status, _, answer = asked(gateway, "/v1/embeddings", {"model": "vec", "input": [[1, 2], [3]]})
    assert status == 400 and "raw_prompts" in answer["error"]["message"]


def test_moderations_judge_what_the_rules_are_about_and_name_the_rest(gateway):
    status, _, answer = asked(gateway, "/v1/moderations", {"input": "A river"})
    assert status == 400 and answer["error"]["param"] == "unjudged_categories"
    assert "harassment" in answer["error"]["message"] and "refuse|omit" in answer["error"]["message"]
    body = {"input": ["How do I bake bread?", PHRASE], "unjudged_categories": "omit"}
    status, _, answer = asked(gateway, "/v1/moderations", body)
    assert status == 200 and [r["flagged"] for r in answer["results"]] == [False, True]
    found = answer["results"][1]
    assert found["categories"]["illicit"] and found["categories"]["sluice/origami_ritual"] and not found["categories"]["illicit/violent"]
    assert found["category_scores"]["sluice/origami_ritual"] == 1.0 and "hate" not in found["categories"]
    parts = [{"type": "text", "text": "a crimson origami ritual"}, {"type": "text", "text": "of the ninth fold"}]
    _, _, answer = asked(gateway, "/v1/moderations", {**body, "input": parts})
    assert [r["flagged"] for r in answer["results"]] == [True]
    status, _, answer = asked(gateway, "/v1/moderations", {**body, "input": [{"type": "image_url", "image_url": {"url": "data:,"}}]})
    assert status == 400 and "input[0].type" == answer["error"]["param"]
    assert post(gateway, "/v1/moderations", body, "sk-nobody")[0] == 401


@pytest.mark.parametrize("path", ["/v1/files", "/v1/batches", "/v1/responses/resp_1", "/v1/messages/batches", "/v1/images/generations"])
def test_what_is_not_served_says_so(gateway, path):
    status, _, raw = post(gateway, path, {})
    assert status == 404 and b"does not serve" in raw


def test_every_route_is_described(gateway):
    status, headers, raw = fetch(f"http://127.0.0.1:{gateway.config.port}/openapi.json")
    document = json.loads(raw)
    assert status == 200 and headers["content-type"] == "application/json" and document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            target = path.replace("{", "").replace("}", "")
            status, _, raw = fetch(f"http://127.0.0.1:{gateway.config.port}{target}", b"{}" if method == "post" else None, {"authorization": f"Bearer {KEY}"}, method=method.upper())
            assert str(status) in operation["responses"], (path, status, raw)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_given_again_to_the_same_organisation_alone(gateway, stream):
    body = {"model": "again", "stream": stream, "messages": [{"role": "user", "content": f"How wide is the river? {stream}"}]}
    _, first, raw = post(gateway, "/v1/chat/completions", body)
    count = len(Texts.seen)
    status, second, again = post(gateway, "/v1/chat/completions", body)
    assert status == 200 and again == raw and len(Texts.seen) == count
    assert "x-sluice-cache" not in first and second["x-sluice-cache"] == "hit"
    assert first["x-sluice-decision"] != second["x-sluice-decision"]
    _, other, _ = post(gateway, "/v1/chat/completions", {**body, "temperature": 0.5})
    assert "x-sluice-cache" not in other and len(Texts.seen) == count + 1
    body["messages"][0]["content"] += " [harm]"
    for _ in range(2):
        _, headers, raw = post(gateway, "/v1/chat/completions", body)
        assert "x-sluice-cache" not in headers and b"ninth fold" not in raw
    assert len(Texts.seen) == count + 3


def test_nobody_elses_answer_is_given_again(gateway):
    gateway.run("org", "create", "elsewhere")
    secret = json.loads(gateway.run("key", "create", "--org", "elsewhere", "--name", "other", "--json"))["secret"]
    body = {"model": "again", "messages": [{"role": "user", "content": "How deep is the lake?"}]}
    post(gateway, "/v1/chat/completions", body)
    count = len(Texts.seen)
    _, headers, _ = post(gateway, "/v1/chat/completions", body, secret)
    assert "x-sluice-cache" not in headers and len(Texts.seen) == count + 1


def test_conversations_that_grow_are_judged_as_if_they_came_for_the_first_time(gateway):
    turns = [{"role": ("user", "assistant")[i % 2], "content": f"Turn {i}: " + "the river runs to the sea and the mill stands still. " * 40} for i in range(24)]
    for end in range(1, 24, 2):
        status, _, answer = asked(gateway, "/v1/chat/completions", {"model": "chat", "messages": turns[:end]})
        assert status == 200 and answer["choices"][0]["message"]["content"] == SAID
    split = turns[:22] + [{"role": "user", "content": "the crimson origami ritual"}, {"role": "user", "content": "of the ninth fold"}]
    for _ in range(2):
        _, _, answer = asked(gateway, "/v1/chat/completions", {"model": "chat", "messages": split})
        assert answer["choices"][0]["finish_reason"] == "content_filter"


def mirrored(gateway):
    """How requests to a second model ended, so far."""
    command = ["curl", "-s", "--unix-socket", str(gateway.config.var / "admin.sock"), "http://sluice/metrics"]
    page = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
    return {outcome: int(count) for outcome, count in re.findall(r'sluice_mirrored_total\{outcome="(\w+)"\} (\d+)', page)}


@pytest.mark.parametrize("stream", [False, True])
def test_a_second_model_is_asked_judged_and_never_heard(gateway, stream):
    before, count = mirrored(gateway), len(Texts.seen)
    body = {"model": "watched", "stream": stream, "messages": [{"role": "user", "content": "How wide is it?"}]}
    status, headers, raw = post(gateway, "/v1/chat/completions", body)
    assert status == 200 and b"watched" in raw and b"second" not in raw
    wait_until(lambda: len(Texts.seen) == count + 2, 5, "two requests at the servers")
    assert {asked["model"] for _, asked in Texts.seen[count:]} == {"watched", "second"}
    wait_until(lambda: mirrored(gateway)["clear"] == before["clear"] + 1, 5, "an answer that was judged")
    assert "mirror:second" in str(gateway.records()[headers["x-sluice-decision"]])
    body["messages"][0]["content"] += " [harm]"
    post(gateway, "/v1/chat/completions", body)
    wait_until(lambda: mirrored(gateway)["stopped"] == before["stopped"] + 1, 5, "an answer that was stopped")
    body["messages"][0]["content"] = PHRASE
    count = len(Texts.seen)
    post(gateway, "/v1/chat/completions", body)
    assert len(Texts.seen) == count and mirrored(gateway)["failed"] == before["failed"]
