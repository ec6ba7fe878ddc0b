"""What model servers say on the wire: answers as values, and the events and bodies of every dialect made from them.

An answer is a list of choices; a choice is a list of parts in the order in which a model writes them. Anthropic's dialect has one choice.
"""

import json
import random
import re
from dataclasses import dataclass, field

PLAIN = "Water flows through the sluice, and the miller reads the gauge twice a day."


@dataclass
class Part:
    """One run of model output in one channel."""

    kind: str  # content, reasoning, reasoning_content, refusal, tool, unknown, thinking, logprobs
    text: str
    name: str = ""  # a tool's name, or an unknown key
    index: int = 0  # a tool call's index


@dataclass
class Choice:
    parts: list
    finish: str = "stop"


@dataclass
class Answer:
    choices: list
    usage: dict = field(default_factory=lambda: {"input": 11, "output": 17})

    @staticmethod
    def of(text=PLAIN, finish="stop"):
        return Answer([Choice([Part("content", text)], finish)])


def dump(value, escapes="plain", rng=None):
    """JSON text: `plain` UTF-8, `ascii` with \\u for the rest, `all` with \\u for some letters of values too."""
    if escapes == "plain":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    if escapes == "ascii" or rng is None:
        return text
    last = ""

    def rewrite(match):
        nonlocal last
        if match.group(2):  # a key
            last = match.group(1)
            return match.group()
        if last in ("type", "role", "id", "object", "model", "finish_reason", "stop_reason"):
            return match.group()
        return '"' + _ESCAPABLE.sub(lambda m: m.group() if len(m.group()) > 1 else _escaped(m.group(), rng), match.group(1)) + '"'

    return _STRING.sub(rewrite, text)


_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_ESCAPABLE = re.compile(r"\\u[0-9a-f]{4}|\\.|[A-Za-z0-9]")


def _escaped(character, rng):
    if rng.random() >= 0.3:
        return character
    return f"\\u{ord(character):04x}" if rng.random() < 0.5 else f"\\u{ord(character):04X}"


def fragments(text, rng, longest):
    """Cuts a text into pieces of 1 to `longest` characters; a `longest` of 0 leaves it whole."""
    if not longest or not text:
        return [text]
    out, at = [], 0
    while at < len(text):
        size = rng.randint(1, longest)
        out.append(text[at : at + size])
        at += size
    return out


# OpenAI Chat Completions


def _openai_deltas(choice, rng, longest):
    """The deltas of one choice, parallel tool calls' fragments interleaved."""
    deltas, tools = [{"role": "assistant", "content": ""}], []
    for part in choice.parts:
        if part.kind == "tool":
            first = {"index": part.index, "id": f"call_{part.index}", "type": "function", "function": {"name": part.name, "arguments": ""}}
            rest = [{"index": part.index, "function": {"arguments": f}} for f in fragments(part.text, rng, longest)]
            tools.append([first, *rest])
            continue
        key = part.name if part.kind == "unknown" else part.kind
        deltas += [{key: f} for f in fragments(part.text, rng, longest)]
    while any(tools):
        ready = [t for t in tools if t]
        deltas.append({"tool_calls": [rng.choice(ready).pop(0)]})
    return deltas


def _logprobs(text):
    if not text:
        return None
    entry = {"token": text, "logprob": -0.25, "bytes": list(text.encode())}
    return {"content": [{**entry, "top_logprobs": [entry, {**entry, "logprob": -3.5}]}], "refusal": None}


def openai_events(answer, model="mock-1", seed=0, longest=6, logprobs=False, usage=True, escapes="plain", merge=0.0):
    """The `data:` payloads of a stream, without `[DONE]`; `merge` is how often two choices share a chunk."""
    rng = random.Random(seed)
    queues = []
    for index, choice in enumerate(answer.choices):
        rows = []
        for delta in _openai_deltas(choice, rng, longest):
            row = {"index": index, "delta": delta, "finish_reason": None}
            if logprobs:
                row["logprobs"] = _logprobs(delta.get("content"))
            rows.append(row)
        rows.append({"index": index, "delta": {}, "finish_reason": choice.finish, **({"logprobs": None} if logprobs else {})})
        queues.append(rows)
    head = {"id": "chatcmpl-e2e", "object": "chat.completion.chunk", "created": 1790000000, "model": model, "system_fingerprint": "fp_e2e"}
    events = []
    while any(queues):
        ready = [q for q in queues if q]
        rows = [rng.choice(ready).pop(0)]
        others = [q for q in ready if q and q[0]["index"] != rows[0]["index"]]
        if others and rng.random() < merge:
            rows.append(rng.choice(others).pop(0))
        chunk = {**head, "choices": rows}
        if usage:
            chunk["usage"] = None
        events.append(dump(chunk, escapes, rng))
    if usage:
        events.append(dump({**head, "choices": [], "usage": openai_usage(answer)}))
    return events


def openai_usage(answer):
    i, o = answer.usage["input"], answer.usage["output"]
    return {"prompt_tokens": i, "completion_tokens": o, "total_tokens": i + o}


def openai_whole(answer, model="mock-1", logprobs=False, escapes="plain", seed=0):
    rng = random.Random(seed)
    choices = []
    for index, choice in enumerate(answer.choices):
        message = {"role": "assistant", "content": None}
        for part in choice.parts:
            if part.kind == "tool":
                call = {"id": f"call_{part.index}", "type": "function", "function": {"name": part.name, "arguments": part.text}}
                message.setdefault("tool_calls", []).append(call)
            else:
                key = part.name if part.kind == "unknown" else part.kind
                message[key] = (message.get(key) or "") + part.text
        row = {"index": index, "message": message, "finish_reason": choice.finish}
        if logprobs:
            row["logprobs"] = _logprobs(message["content"])
        choices.append(row)
    body = {"id": "chatcmpl-e2e", "object": "chat.completion", "created": 1790000000, "model": model, "choices": choices}
    return dump({**body, "usage": openai_usage(answer)}, escapes, rng)


# Anthropic Messages

_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def _blocks(choice):
    """(start block, delta maker, part) for each part; unknown keys ride on a text block's deltas."""
    for part in choice.parts:
        if part.kind in ("thinking", "reasoning", "reasoning_content"):
            yield {"type": "thinking", "thinking": "", "signature": ""}, lambda f: {"type": "thinking_delta", "thinking": f}, part
        elif part.kind == "tool":
            start = {"type": "tool_use", "id": f"toolu_{part.index}", "name": part.name, "input": {}}
            yield start, lambda f: {"type": "input_json_delta", "partial_json": f}, part
        elif part.kind == "unknown":
            key = part.name
            yield {"type": "text", "text": ""}, lambda f, key=key: {"type": "text_delta", "text": "", key: f}, part
        else:
            yield {"type": "text", "text": ""}, lambda f: {"type": "text_delta", "text": f}, part


def anthropic_events(answer, model="claude-mock", seed=0, longest=6, escapes="plain", pings=0.1):
    """(name, data) pairs of a stream."""
    rng, choice = random.Random(seed), answer.choices[0]
    usage = {"input_tokens": answer.usage["input"], "output_tokens": 1}
    message = {"id": "msg_e2e", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None, "stop_sequence": None}
    events = [("message_start", {"type": "message_start", "message": {**message, "usage": usage}})]
    for index, (start, delta, part) in enumerate(_blocks(choice)):
        events.append(("content_block_start", {"type": "content_block_start", "index": index, "content_block": start}))
        for f in fragments(part.text, rng, longest):
            if rng.random() < pings:
                events.append(("ping", {"type": "ping"}))
            events.append(("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta(f)}))
        if start["type"] == "thinking":
            signature = {"type": "signature_delta", "signature": "c2lnbmF0dXJl"}
            events.append(("content_block_delta", {"type": "content_block_delta", "index": index, "delta": signature}))
        events.append(("content_block_stop", {"type": "content_block_stop", "index": index}))
    end = {"stop_reason": _STOPS.get(choice.finish, choice.finish), "stop_sequence": None}
    events.append(("message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": answer.usage["output"]}}))
    events.append(("message_stop", {"type": "message_stop"}))
    return [(name, dump(data, escapes, rng)) for name, data in events]


def anthropic_whole(answer, model="claude-mock", escapes="plain", seed=0):
    choice, content = answer.choices[0], []
    for start, _, part in _blocks(choice):
        if start["type"] == "thinking":
            content.append({"type": "thinking", "thinking": part.text, "signature": "c2lnbmF0dXJl"})
        elif start["type"] == "tool_use":
            content.append({**start, "input": json.loads(part.text)})
        elif part.kind == "unknown":
            content.append({"type": "text", "text": "", part.name: part.text})
        else:
            content.append({"type": "text", "text": part.text})
    body = {
        "id": "msg_e2e", "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": _STOPS.get(choice.finish, choice.finish), "stop_sequence": None,
        "usage": {"input_tokens": answer.usage["input"], "output_tokens": answer.usage["output"]},
    }  # fmt: skip
    return dump(body, escapes, random.Random(seed))


# Framing


def sse(events, newline="\n", done=True):
    """The bytes of a stream: payloads (OpenAI) or (name, payload) pairs (Anthropic)."""
    out = []
    for event in events:
        name, data = event if isinstance(event, (tuple, list)) else (None, event)
        lines = ([f"event: {name}"] if name else []) + [f"data: {data}"]
        out.append(newline.join(lines) + newline * 2)
    if done:
        out.append(f"data: [DONE]{newline * 2}")
    return [e.encode() for e in out]


# OpenAI Responses


def _response_items(choice):
    """(item, channel) of each part; every text is an item of its own, as a call is."""
    for number, part in enumerate(choice.parts):
        if part.kind == "tool":
            yield {"id": f"fc_{number}", "type": "function_call", "call_id": f"call_{part.index}", "name": part.name, "arguments": part.text, "status": "completed"}, "tool", part
        elif part.kind in ("thinking", "reasoning", "reasoning_content"):
            yield {"id": f"rs_{number}", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": part.text}]}, "reasoning", part
        elif part.kind == "refusal":
            yield {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "refusal", "refusal": part.text}]}, "refusal", part
        elif part.kind != "unknown":
            content = {"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}
            yield {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": [content]}, "content", part


_DELTAS = {"tool": "function_call_arguments", "reasoning": "reasoning_text", "refusal": "refusal", "content": "output_text"}


def responses_object(answer, model="resp-mock", status=None):
    choice = answer.choices[0]
    incomplete = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(choice.finish)
    i, o = answer.usage["input"], answer.usage["output"]
    return {
        "id": "resp_e2e", "object": "response", "created_at": 1790000000, "model": model, "error": None,
        "status": status or ("incomplete" if incomplete else "completed"), "incomplete_details": {"reason": incomplete} if incomplete and not status else None,
        "output": [] if status else [item for item, _, _ in _response_items(choice)],
        "usage": None if status else {"input_tokens": i, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": o, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": i + o},
    }  # fmt: skip


def responses_events(answer, model="resp-mock", seed=0, longest=6, escapes="plain", logprobs=False):
    """(name, data) pairs of a stream."""
    rng, choice, events = random.Random(seed), answer.choices[0], []

    def add(kind, **fields):
        events.append((kind, {"type": kind, "sequence_number": len(events), **fields}))

    add("response.created", response=responses_object(answer, model, "in_progress"))
    add("response.in_progress", response=responses_object(answer, model, "in_progress"))
    for index, (item, channel, part) in enumerate(_response_items(choice)):
        where, name = {"item_id": item["id"], "output_index": index}, f"response.{_DELTAS[channel]}"
        if channel == "tool":
            add("response.output_item.added", output_index=index, item={**item, "arguments": "", "status": "in_progress"})
        else:
            add("response.output_item.added", output_index=index, item={**item, "content": []})
            where["content_index"] = 0
            begun = {k: "" if k in ("text", "refusal") else v for k, v in item["content"][0].items()}
            add("response.content_part.added", **where, part=begun)
        for f in fragments(part.text, rng, longest):
            beside = {"logprobs": _logprobs(f)["content"]} if logprobs and channel == "content" else {}
            add(f"{name}.delta", **where, delta=f, **beside)
        said = {"tool": "arguments", "refusal": "refusal"}.get(channel, "text")
        add(f"{name}.done", **where, **{said: part.text}, **({"name": part.name} if channel == "tool" else {}))
        if channel != "tool":
            add("response.content_part.done", **where, part=item["content"][0])
        add("response.output_item.done", output_index=index, item=item)
    whole = responses_object(answer, model)
    add(f"response.{whole['status']}", response=whole)
    return [(name, dump(data, escapes, rng)) for name, data in events]


# Legacy completions


def _texts(choice):
    """What of a choice a completion can hold: its text."""
    return "".join(part.text for part in choice.parts if part.kind in ("content", "refusal"))


def completion_events(answer, model="mock-1", seed=0, longest=6, escapes="plain", logprobs=False, usage=True):
    """The `data:` payloads of a stream, without `[DONE]`."""
    rng, events = random.Random(seed), []
    head = {"id": "cmpl-e2e", "object": "text_completion", "created": 1790000000, "model": model}
    for index, choice in enumerate(answer.choices):
        at = 0
        for f in fragments(_texts(choice), rng, longest):
            table = {"tokens": [f], "token_logprobs": [-0.25], "top_logprobs": [{f: -0.25, f + "x": -3.5}], "text_offset": [at]} if logprobs else None
            at += len(f)
            events.append({**head, "choices": [{"text": f, "index": index, "logprobs": table, "finish_reason": None}]})
        events.append({**head, "choices": [{"text": "", "index": index, "logprobs": None, "finish_reason": choice.finish}]})
    if usage:
        events.append({**head, "choices": [], "usage": openai_usage(answer)})
    return [dump(e, escapes, rng) for e in events]


def completion_whole(answer, model="mock-1", escapes="plain", seed=0, logprobs=False):
    choices = []
    for index, choice in enumerate(answer.choices):
        text = _texts(choice)
        table = {"tokens": [text], "token_logprobs": [-0.25], "top_logprobs": [{text: -0.25}], "text_offset": [0]} if logprobs else None
        choices.append({"text": text, "index": index, "logprobs": table, "finish_reason": choice.finish})
    body = {"id": "cmpl-e2e", "object": "text_completion", "created": 1790000000, "model": model, "choices": choices, "usage": openai_usage(answer)}
    return dump(body, escapes, random.Random(seed))


# Gemini generateContent

_GEMINI_STOPS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


def _gemini(parts, finish=None, usage=None, index=0, logprobs=False):
    candidate = {"index": index, "content": {"role": "model", "parts": parts}}
    said = "".join(p.get("text", "") for p in parts if not p.get("thought"))
    if logprobs and said:
        chosen = {"token": said, "logProbability": -0.25, "tokenId": 7}
        candidate["logprobsResult"] = {"topCandidates": [{"candidates": [chosen]}], "chosenCandidates": [chosen]}
    if finish:
        candidate["finishReason"] = _GEMINI_STOPS.get(finish, finish)
    body = {"candidates": [candidate], "modelVersion": "gemini-mock", "responseId": "r-e2e"}
    if usage:
        body["usageMetadata"] = {"promptTokenCount": usage["input"], "candidatesTokenCount": usage["output"], "totalTokenCount": usage["input"] + usage["output"]}
    return body


def _gemini_parts(part, rng, longest):
    if part.kind == "tool":
        return [[{"functionCall": {"name": part.name, "args": json.loads(part.text)}}]]
    if part.kind in ("thinking", "reasoning", "reasoning_content"):
        return [[{"text": f, "thought": True}] for f in fragments(part.text, rng, longest)]
    if part.kind == "unknown":
        return []
    return [[{"text": f}] for f in fragments(part.text, rng, longest)]


def gemini_events(answer, seed=0, longest=6, escapes="plain", logprobs=False):
    rng, choice = random.Random(seed), answer.choices[0]
    rows = [row for part in choice.parts for row in _gemini_parts(part, rng, longest)]
    events = [_gemini(row, logprobs=logprobs) for row in rows]
    if choice.finish is not None:
        events.append(_gemini([], choice.finish, answer.usage))
    return [dump(e, escapes, rng) for e in events]


def gemini_whole(answer, escapes="plain", seed=0, logprobs=False):
    rng, choice = random.Random(seed), answer.choices[0]
    parts = [p for part in choice.parts for row in _gemini_parts(part, rng, 0) for p in row]
    return dump(_gemini(parts, choice.finish, answer.usage, logprobs=logprobs), escapes, rng)
