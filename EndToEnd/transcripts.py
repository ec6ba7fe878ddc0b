"""Transcripts of streams as servers of every make send them, by the shapes that their documents and sources show.

No server was recorded for these: a shape is written down once, and filled with seeded text, calls and ends. Each transcript says what a client
must have in its hands afterwards, whatever its dialect. `transcripts(count, seed)` gives the odd ones first (ODD, written by hand).
"""

import json
import random
from dataclasses import dataclass, field

import leak

MORE = ["d\u00e9j\u00e0 vu", "水闸的管理员", "🌊🇳🇱", "a\tb", 'quoted "words"', "back\\slash", "line\nbreak", "\u2028", "e\u0301", "𝒲ater", "0.1 + 0.2", "</think>", "data: [DONE]"]
FINISHES = {
    "openai-completions": {"stop": "stop", "length": "length", "calls": "stop", "filtered": "content_filter"},
    "openai": {"stop": "stop", "length": "length", "calls": "tool_calls", "filtered": "content_filter"},
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "calls": "tool_use", "filtered": "refusal"},
    "openai-responses": {"stop": "completed", "length": "max_output_tokens", "calls": "completed", "filtered": "content_filter"},
}


@dataclass
class Transcript:
    server: str
    make: str
    said: list  # (kind, text, name) in order; kinds are reasoning, content, refusal, tool
    finish: str  # stop, length, calls, filtered
    events: list = field(default_factory=list)
    newline: str = "\n"
    done: bool = False
    comments: list = field(default_factory=list)  # lines of comment put between events
    word: str = ""  # the server's own word for the finish, where it has several: clients of its dialect get it as it came

    @property
    def bytes(self):
        end = self.newline * 2
        rows = []
        for number, event in enumerate(self.events):
            name, data = event if isinstance(event, tuple) else (None, event)
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=number % 3 == 0, separators=(",", ":") if number % 2 else None)
            rows.append((f"event: {name}{self.newline}" if name else "") + f"data: {text}{end}")
            if self.comments and number % 4 == 1:
                rows.append(self.comments[number % len(self.comments)] + end)
        return ("".join(rows) + (f"data: [DONE]{end}" if self.done else "")).encode()

    def expected(self, client):
        """(texts by kind, calls as (name, arguments), finish) that a client of this dialect puts together."""
        texts, calls = {}, []
        for kind, text, name in self.said:
            if client == "openai-completions":
                # Nothing but a text: a client of completions can ask for no calls.
                if kind in ("content", "refusal"):
                    texts["content"] = texts.get("content", "") + text
                continue
            if kind == "tool":
                calls.append((name, json.loads(text or "{}")))
                continue
            kind = "content" if kind == "refusal" and client == "anthropic" else kind
            if kind == "refusal" and self.server in ("anthropic", "gemini"):
                kind = "content"
            texts[kind] = texts.get(kind, "") + text
        return {k: v for k, v in texts.items() if v}, calls, self.word if self.word and client == self.server else FINISHES[client][self.finish]


def _text(rng, low=1, high=18):
    words = leak.prose(rng, low, high).split(" ")
    for _ in range(rng.randint(0, 3)):
        words.insert(rng.randrange(len(words) + 1), rng.choice(MORE))
    return " ".join(words)


def _cut(rng, text):
    out, longest = [], rng.choice([1, 3, 8, 30])
    while text:
        size = rng.randint(1, longest)
        out.append(text[:size])
        text = text[size:]
    return out


def _said(rng, reasons, refuses=False, empties=True):
    """What a model says: reasoning, a text or a refusal, calls."""
    said = []
    if reasons and rng.random() < 0.5:
        said.append(("reasoning", _text(rng), ""))
    calls = rng.choice([0, 0, 0, 1, 2, 3])
    if refuses and not calls and rng.random() < 0.15:
        said.append(("refusal", _text(rng), ""))
    elif not calls or rng.random() < 0.5:
        said.append(("content", _text(rng), ""))
    for number in range(calls):
        arguments = "{}" if empties and rng.random() < 0.1 else json.dumps({"q": _text(rng, 0, 6), "n": [number, None, 1.5]}, ensure_ascii=rng.random() < 0.5)
        said.append(("tool", arguments, ["search", "note", "read_file"][number]))
    return said, "calls" if calls else rng.choice(["stop", "stop", "stop", "length"])


# Chat completions, by make

CHAT = {
    "openai": {"head": {"service_tier": "default", "system_fingerprint": "fp_1"}, "choice": {"logprobs": None}, "chunk": {"obfuscation": "aXk"}, "usage": "apart", "nulls": True},
    "openai-quiet": {"usage": "none"},
    "vllm": {"choice": {"logprobs": None, "token_ids": None}, "end": {"stop_reason": None}, "reasoning": "reasoning", "usage": "every"},
    "vllm-0.11": {"choice": {"logprobs": None}, "end": {"stop_reason": 151645}, "reasoning": "reasoning_content", "usage": "apart"},
    "sglang": {"choice": {"logprobs": None, "matched_stop": None}, "end": {"matched_stop": 128009}, "reasoning": "reasoning_content", "nulls": True, "usage": "apart"},
    "llama.cpp": {"head": {"system_fingerprint": "b5000-abc"}, "last": {"timings": {"prompt_n": 11, "predicted_n": 17, "predicted_per_second": 31.5}}, "reasoning": "reasoning_content", "usage": "apart"},
    "ollama": {"head": {"system_fingerprint": "fp_ollama"}, "role": "always", "calls": "whole", "reasoning": "reasoning", "usage": "apart"},
    "deepseek": {"head": {"system_fingerprint": "fp_d"}, "choice": {"logprobs": None}, "reasoning": "reasoning_content", "nulls": True, "usage": "last"},
    "mistral": {"calls": "whole", "usage": "last"},
    "groq": {"first": {"x_groq": {"id": "req_1"}}, "last": {"x_groq": {"id": "req_1", "usage": {"queue_time": 0.01}}}, "reasoning": "reasoning", "calls": "whole", "usage": "none"},
    "openrouter": {"head": {"provider": "Some"}, "choice": {"native_finish_reason": None}, "role": "always", "reasoning": "reasoning", "usage": "apart", "comments": [": OPENROUTER PROCESSING"]},
    "azure": {"before": {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}, "choice": {"content_filter_results": {}}, "usage": "apart"},
    "together": {"end": {"seed": 7}, "calls": "whole", "usage": "last"},
    "fireworks": {"nulls": True, "usage": "last"},
}  # fmt: skip


def _usage(said):
    tokens = 3 + sum(len(text) for _, text, _ in said) // 4
    return {"prompt_tokens": 11, "completion_tokens": tokens, "total_tokens": 11 + tokens}


def _chat_deltas(rng, shape, said):
    deltas, calls = [], []
    for kind, text, name in said:
        if kind == "tool":
            number = len(calls)
            first = {"index": number, "id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": ""}}
            if shape.get("calls") == "whole":
                calls.append([{**first, "function": {"name": name, "arguments": text}}])
            else:
                calls.append([first, *({"index": number, "function": {"arguments": f}} for f in _cut(rng, text))])
            continue
        key = shape.get("reasoning", "reasoning_content") if kind == "reasoning" else kind
        deltas += [{key: f} for f in _cut(rng, text)]
    together = rng.random() < 0.3
    while any(calls):
        ready = [c for c in calls if c]
        # Side by side, but each begins behind the one before it.
        begun = [c for n, c in enumerate(ready) if n == 0 or "id" not in c[0] or "id" not in ready[n - 1][0]]
        row = (rng.choice(begun) if together else ready[0]).pop(0)
        deltas.append({"tool_calls": [row]})
    return deltas


def _chat(make, rng):
    shape = CHAT[make]
    said, finish = _said(rng, "reasoning" in shape, refuses=make.startswith("openai"))
    got = Transcript("openai", make, said, finish, done=True, comments=shape.get("comments", []))
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1790000000, "model": "up", **shape.get("head", {})}
    usage = _usage(said)
    if "before" in shape:
        got.events.append(shape["before"])
    deltas = _chat_deltas(rng, shape, said)
    if shape.get("role") != "always":
        deltas.insert(0, {"role": "assistant", "content": "", **({"refusal": None} if make == "openai" else {})})
    else:
        deltas = [{"role": "assistant", "content": "", **d} for d in deltas]
    if shape.get("nulls"):
        deltas = [{"content": None, **d} if "content" not in d else d for d in deltas]
    for number, delta in enumerate([*deltas, None]):
        word = {"calls": "tool_calls", "stop": "stop", "length": "length"}[finish]
        choice = {"index": 0, "delta": delta or {}, **shape.get("choice", {}), "finish_reason": None if delta else word}
        chunk = {**head, "choices": [choice], **shape.get("chunk", {})}
        if delta is None:
            choice.update(shape.get("end", {}))
            chunk.update(shape.get("last", {}))
        if number == 0:
            chunk.update(shape.get("first", {}))
        if shape["usage"] == "every" or shape["usage"] == "last" and delta is None:
            chunk["usage"] = usage
        elif shape["usage"] == "apart":
            chunk["usage"] = None
        got.events.append(chunk)
    if shape["usage"] in ("apart", "every"):
        got.events.append({**head, "choices": [], "usage": usage, **(shape.get("chunk", {}))})
    return got


# Messages


def _messages(make, rng):
    said, finish = _said(rng, reasons=True)
    got = Transcript("anthropic", make, said, finish)
    usage = {"input_tokens": 11, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1, "service_tier": "standard"}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "up", "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    add = lambda kind_, **fields: got.events.append((kind_, {"type": kind_, **fields}))  # noqa: E731
    add("message_start", message=message)
    if rng.random() < 0.8:
        add("ping")
    if make == "sealed":
        add("content_block_start", index=0, content_block={"type": "redacted_thinking", "data": "c2VhbGVk"})
        add("content_block_stop", index=0)
    at = 1 if make == "sealed" else 0
    for index, (kind, text, name) in enumerate(said, at):
        start = {"reasoning": {"type": "thinking", "thinking": "", "signature": ""}, "content": {"type": "text", "text": ""}}.get(kind)
        add("content_block_start", index=index, content_block=start or {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}, **({"caller": {"type": "direct"}} if make == "caller" else {})})
        key, of = {"reasoning": ("thinking", "thinking_delta"), "content": ("text", "text_delta"), "tool": ("partial_json", "input_json_delta")}[kind]
        pieces = _cut(rng, "" if kind == "tool" and text == "{}" else text)
        for piece in ([""] if kind == "tool" else []) + pieces:
            add("content_block_delta", index=index, delta={"type": of, key: piece})
            if rng.random() < 0.04:
                add("ping")
        if kind == "reasoning":
            add("content_block_delta", index=index, delta={"type": "signature_delta", "signature": "c2lnbmF0dXJl"})
        add("content_block_stop", index=index)
    word = {"calls": "tool_use", "stop": "end_turn", "length": rng.choice(["max_tokens", "model_context_window_exceeded"])}[finish]
    got.word = word
    total = {"output_tokens": _usage(said)["completion_tokens"], **({"input_tokens": 11, "cache_read_input_tokens": 0} if make != "plain" else {})}
    add("message_delta", delta={"stop_reason": word, "stop_sequence": None, **({"stop_details": None} if make == "plain" else {})}, usage=total)
    add("message_stop")
    return got


# Responses


def _response_item(kind, text, name, number, is_begun):
    if kind == "tool":
        return {"id": f"fc_{number}", "type": "function_call", "status": "completed" if is_begun else "in_progress", "call_id": f"call_{number}", "name": name, "arguments": text if is_begun else ""}
    if kind == "reasoning":
        return {"id": f"rs_{number}", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": text}] if is_begun else []}
    part = {"type": "refusal", "refusal": text} if kind == "refusal" else {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": f"msg_{number}", "type": "message", "status": "completed" if is_begun else "in_progress", "role": "assistant", "content": [part] if is_begun else []}


def _responses(make, rng):
    said, finish = _said(rng, reasons=make != "plain", refuses=True)
    got = Transcript("openai-responses", make, said, finish)
    base = {"id": "resp_1", "object": "response", "created_at": 1790000000, "model": "up", "error": None, "incomplete_details": None, "metadata": {}, "parallel_tool_calls": True, "tools": []}

    def add(event_name, **fields):
        if event_name.endswith(".delta") and make == "padded":
            fields["obfuscation"] = "x" * rng.randint(1, 16)
        got.events.append((event_name, {"type": event_name, "sequence_number": len(got.events), **fields}))

    begun = {**base, "status": "in_progress", "output": [], "usage": None}
    add("response.created", response=begun)
    if make == "queued":
        add("response.queued", response={**begun, "status": "queued"})
    add("response.in_progress", response=begun)
    items = []
    for number, (kind, text, name) in enumerate(said):
        whole, where = _response_item(kind, text, name, number, True), {"item_id": _response_item(kind, text, name, number, True)["id"], "output_index": number}
        items.append(whole)
        add("response.output_item.added", output_index=number, item=_response_item(kind, text, name, number, False))
        pieces = _cut(rng, text)
        if kind == "tool":
            for piece in pieces:
                add("response.function_call_arguments.delta", **where, delta=piece)
            add("response.function_call_arguments.done", **where, name=name, arguments=text)
        elif kind == "reasoning" and make == "summary":
            whole["content"], whole["summary"] = [], [{"type": "summary_text", "text": text}]
            add("response.reasoning_summary_part.added", **where, summary_index=0, part={"type": "summary_text", "text": ""})
            for piece in pieces:
                add("response.reasoning_summary_text.delta", **where, summary_index=0, delta=piece)
            add("response.reasoning_summary_text.done", **where, summary_index=0, text=text)
            add("response.reasoning_summary_part.done", **where, summary_index=0, part={"type": "summary_text", "text": text})
        else:
            part = whole["content"][0]
            event, key = {"content": ("output_text", "text"), "refusal": ("refusal", "refusal"), "reasoning": ("reasoning_text", "text")}[kind]
            where["content_index"] = 0
            add("response.content_part.added", **where, part={**part, key: ""})
            for piece in pieces:
                add(f"response.{event}.delta", **where, delta=piece, **({"logprobs": []} if kind == "content" else {}))
            add(f"response.{event}.done", **where, **{key: text}, **({"logprobs": []} if kind == "content" else {}))
            add("response.content_part.done", **where, part=part)
        if kind == "reasoning" and make == "sealed":
            whole["encrypted_content"] = "c2VhbGVk"
        add("response.output_item.done", output_index=number, item=whole)
    usage, short = _usage(said), finish == "length"
    end = {**base, "status": "incomplete" if short else "completed", "output": items, "incomplete_details": {"reason": "max_output_tokens"} if short else None}
    end["usage"] = {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": usage["completion_tokens"], "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": usage["total_tokens"]}
    add(f"response.{end['status']}", response=end)
    return got


# Gemini


def _gemini(make, rng):
    said, finish = _said(rng, reasons=make != "plain")
    got = Transcript("gemini", make, said, finish)
    parts = []
    for kind, text, name in said:
        if kind == "tool":
            call = {"functionCall": {"name": name, "args": json.loads(text), **({"id": f"c{len(parts)}"} if make == "ids" else {})}}
            parts.append({**call, "thoughtSignature": "c2ln"} if make == "signed" else call)
        else:
            parts += [{"text": f, **({"thought": True} if kind == "reasoning" else {})} for f in _cut(rng, text)]
    rows, at = [], 0
    while at < len(parts):
        size = rng.choice([1, 1, 2, 3])
        rows.append(parts[at : at + size])
        at += size
    rows = rows or [[{"text": ""}]]
    rated = {"safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}]} if make == "rated" else {}
    counts = {"promptTokenCount": 11, "totalTokenCount": 11 + _usage(said)["completion_tokens"]}
    for number, row in enumerate(rows):
        candidate, last = {"content": {"role": "model", "parts": row}, "index": 0, **rated}, number == len(rows) - 1
        if last and make != "late":
            candidate["finishReason"] = "MAX_TOKENS" if finish == "length" else "STOP"
        usage = {**counts, "candidatesTokenCount": _usage(said)["completion_tokens"]} if last else counts
        got.events.append({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "up", "responseId": "r1"})
    if make == "late":
        got.events.append({"candidates": [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "MAX_TOKENS" if finish == "length" else "STOP", "index": 0}], "usageMetadata": counts})
    return got


MAKES = [("openai", m, _chat) for m in CHAT] + [("anthropic", m, _messages) for m in ("plain", "cumulative", "sealed", "caller")]
MAKES += [("openai-responses", m, _responses) for m in ("plain", "padded", "queued", "summary", "sealed")]
MAKES += [("gemini", m, _gemini) for m in ("plain", "rated", "signed", "ids", "late")]


def _odd():
    """By hand: what servers do now and then, and readers trip over."""
    head = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"up",'
    row = lambda delta, finish="null": f'{head}"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}'  # noqa: E731
    first = row('{"role":"assistant","content":""}')
    said = [("content", "Open it.", "")]
    chat = lambda make, rows, said=said, finish="stop", **how: Transcript("openai", make, said, finish, rows, **{"done": True, **how})  # noqa: E731
    yield chat("no [DONE]", [first, row('{"content":"Open it."}'), row("{}", '"stop"')], done=False)
    yield chat("everything in one chunk", [row('{"role":"assistant","content":"Open it."}', '"stop"')])
    yield chat("bare carriage returns", [first, row('{"content":"Open it."}'), row("{}", '"stop"')], newline="\r")
    yield chat("empty choices between", [first, f'{head}"choices":[]}}', row('{"content":"Open it."}'), row("{}", '"stop"')])
    yield chat("an empty list of calls", [first, row('{"content":"Open it.","tool_calls":[]}'), row("{}", '"stop"')])
    yield chat("text with the finish", [first, row('{"content":"Open "}'), row('{"content":"it."}', '"stop"')])
    yield chat("a call that ends as stop", [first, row('{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]}'), row("{}", '"tool_calls"')], [("tool", '{"a":1}', "f")], "calls")
    yield chat("a name in every fragment", [first, *[row(f'{{"tool_calls":[{{"index":0,"id":"a","type":"function","function":{{"name":"f","arguments":{json.dumps(f)}}}}}]}}') for f in ('{"a"', ":1}")], row("{}", '"tool_calls"')], [("tool", '{"a":1}', "f")], "calls")
    yield chat("both names of reasoning", [first, row('{"reasoning":"Low.","reasoning_content":"Low."}'), row('{"content":"Open it."}'), row("{}", '"stop"')], None)
    yield chat("filtered by the provider", [first, row('{"content":"Open "}'), row("{}", '"content_filter"')], [("content", "Open ", "")], "filtered")
    yield chat("surrogates apart", [first, row('{"content":"\\ud83c\\udf0a"}'), row("{}", '"stop"')], [("content", "🌊", "")])
    yield chat("comments everywhere", [first, row('{"content":"Open it."}'), row("{}", '"stop"')], comments=[": keep-alive", ":", "id: 7", "retry: 10"])
    start = '{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}'
    named = lambda rows: [(json.loads(r)["type"], r) for r in rows]  # noqa: E731
    block = lambda n, kind: f'{{"type":"content_block_start","index":{n},"content_block":{kind}}}'  # noqa: E731
    text = lambda n, words: f'{{"type":"content_block_delta","index":{n},"delta":{{"type":"text_delta","text":{json.dumps(words)}}}}}'  # noqa: E731
    stop = lambda n: f'{{"type":"content_block_stop","index":{n}}}'  # noqa: E731
    end = lambda reason, more="": [f'{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":null{more}}},"usage":{{"output_tokens":4}}}}', '{"type":"message_stop"}']  # noqa: E731
    yield Transcript("anthropic", "text in the start", said, "stop", named([start, block(0, '{"type":"text","text":"Open "}'), text(0, "it."), stop(0), *end("end_turn")]))
    yield Transcript("anthropic", "an empty block", said, "stop", named([start, block(0, '{"type":"text","text":""}'), stop(0), block(1, '{"type":"text","text":""}'), text(1, "Open it."), stop(1), *end("end_turn")]))
    yield Transcript("anthropic", "nothing at all", [], "stop", named([start, *end("end_turn")]))
    yield Transcript("anthropic", "a refusal of the provider's", [("content", "Open ", "")], "filtered", named([start, block(0, '{"type":"text","text":""}'), text(0, "Open "), stop(0), *end("refusal", ',"stop_details":{"type":"refusal","category":"cyber","explanation":null}')]))
    yield Transcript("anthropic", "two texts", [("content", "Open it.", "")], "stop", named([start, block(0, '{"type":"text","text":""}'), text(0, "Open "), stop(0), block(1, '{"type":"text","text":""}'), text(1, "it."), stop(1), *end("end_turn")]))
    yield Transcript("anthropic", "input in the start", [("tool", '{"a":1}', "f")], "calls", named([start, block(0, '{"type":"tool_use","id":"t","name":"f","input":{}}'), '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":1}"}}', stop(0), *end("tool_use")]))
    response = '{"id":"r","object":"response","created_at":1,"model":"up","error":null,"incomplete_details":%s,"status":"%s","output":%s,"usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}'
    wrap = lambda kind, status, output="[]", why="null": (f"response.{kind}", f'{{"type":"response.{kind}","response":{response % (why, status, output)}}}')  # noqa: E731
    message = '{"id":"m","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Open it.","annotations":[]}]}'
    added = ("response.output_item.added", '{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","role":"assistant","status":"in_progress","content":[]}}')
    done = ("response.output_item.done", f'{{"type":"response.output_item.done","output_index":0,"item":{message}}}')
    yield Transcript("openai-responses", "no deltas at all", said, "stop", [wrap("created", "in_progress"), added, done, wrap("completed", "completed", f"[{message}]")])
    yield Transcript("openai-responses", "cut by the provider's filter", [], "filtered", [wrap("created", "in_progress"), wrap("incomplete", "incomplete", "[]", '{"reason":"content_filter"}')])
    row = lambda parts, more="": f'{{"candidates":[{{"index":0,"content":{{"role":"model","parts":{parts}}}{more}}}]}}'  # noqa: E731
    yield Transcript("gemini", "a finish without content", said, "stop", [row('[{"text":"Open it."}]'), '{"candidates":[{"index":0,"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}'])
    yield Transcript("gemini", "no index", said, "stop", ['{"candidates":[{"content":{"parts":[{"text":"Open it."}]},"finishReason":"STOP"}]}'])
    yield Transcript("gemini", "a blocked prompt", [], "filtered", ['{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3}}'])
    yield Transcript("gemini", "cut for safety", [("content", "Open ", "")], "filtered", [row('[{"text":"Open "}]'), row("[]", ',"finishReason":"SAFETY"')])
    yield Transcript("gemini", "numbers as they are", [("tool", '{"a":1.50,"b":[12345678901234567890]}', "f")], "calls", [row('[{"functionCall":{"name":"f","args":{"a":1.50,"b":[12345678901234567890]}}}]', ',"finishReason":"STOP"')])


ODD = list(_odd())


def transcripts(count, seed):
    out = list(ODD[:count])
    for number in range(count - len(out)):
        _, make, write = MAKES[number % len(MAKES)]
        rng = random.Random(f"{seed}:transcript:{number}")
        made = write(make, rng)
        made.newline = rng.choice(["\n", "\n", "\n", "\r\n"])
        out.append(made)
    return out
