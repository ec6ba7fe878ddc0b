"""What a client's stream must look like, event by event, written from the dialects' documents and the official SDKs' readers.

It shares no code with the gateway. `check(dialect, body)` gives what a client would have put together, and every sentence that the
stream broke; a stream is whole once its end marker came, or the dialect's own error in its place.
"""

import json
from dataclasses import dataclass, field


@dataclass
class Assembled:
    """What a client has in its hands at the end: of each choice its texts, calls and finish."""

    texts: dict = field(default_factory=dict)  # (choice, kind) -> text; kinds are content, reasoning, refusal
    calls: dict = field(default_factory=dict)  # (choice, number) -> [id, name, arguments]
    signatures: list = field(default_factory=list)
    finish: dict = field(default_factory=dict)
    usage: dict | None = None
    error: str | None = None
    ended: bool = False

    def add(self, choice, kind, text):
        self.texts[choice, kind] = self.texts.get((choice, kind), "") + text

    @property
    def plain(self):
        """Without what is made anew for every exchange."""
        calls = {k: v[1:] for k, v in sorted(self.calls.items())}
        texts = {k: v for k, v in sorted(self.texts.items()) if v}
        return texts, calls, self.signatures, self.finish, self.usage, self.error, self.ended


class Broken(Exception):
    pass


def need(condition, words):
    if not condition:
        raise Broken(words)


def records(body):
    """(name, data) of each event; only `event:` and `data:` lines, every event closed by a blank line."""
    text = body.decode("utf-8").replace("\r\n", "\n")
    need(text == "" or text.endswith("\n\n"), "the stream ends within an event")
    for block in text.split("\n\n")[:-1]:
        name, data = None, []
        for line in block.split("\n"):
            if line.startswith("event: "):
                need(name is None, "an event with two names")
                name = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            else:
                raise Broken(f"a line {line[:60]!r}")
        need(data, "an event without data")
        yield name, "\n".join(data)


FINISHES = {"stop", "length", "tool_calls", "content_filter", "function_call"}
STOPS = {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"}


def openai(body):
    got, head, started = Assembled(), None, set()
    for name, data in records(body):
        need(name is None, "a chat's event has a name")
        need(not got.ended, "an event after [DONE]")
        if data == "[DONE]":
            got.ended = True
            continue
        need(got.error is None, "a chunk after an error")
        chunk = json.loads(data)
        if "error" in chunk:
            error = chunk["error"]
            need({"message", "type", "param", "code"} <= set(error) and error["message"], "an incomplete error")
            got.error = error["code"] or error["type"]
            continue
        need(chunk.get("object") == "chat.completion.chunk" and isinstance(chunk.get("choices"), list), "no chunk")
        mine = chunk["id"], chunk["created"], chunk["model"]
        need(head in (None, mine), "chunks with different heads")
        head = mine
        if not chunk["choices"]:
            need(chunk.get("usage") and got.usage is None, "a chunk of nothing, or a second usage")
            got.usage = chunk["usage"]
        for choice in chunk["choices"]:
            need(got.usage is None, "a choice after the usage")
            _choice(got, choice, started)
    return got


def _choice(got, choice, started):
    n, delta = choice["index"], choice["delta"]
    need(n not in got.finish, f"choice {n} went on after its finish")
    need((delta.get("role") == "assistant") == (n not in started), f"choice {n} has its role twice or not at all")
    started.add(n)
    for key, kind in (("content", "content"), ("refusal", "refusal"), ("reasoning", "reasoning"), ("reasoning_content", "reasoning")):
        if delta.get(key):
            got.add(n, kind, delta[key])
    need(delta.get("tool_calls") != [], "tool_calls: []")
    for call in delta.get("tool_calls") or []:
        at = n, call["index"]
        function = call.get("function", {})
        if at not in got.calls:
            need(call.get("id") and call.get("type") == "function" and function.get("name"), "a call without a beginning")
            got.calls[at] = [call["id"], function["name"], ""]
        else:
            need("id" not in call, "a call that begins twice")
        got.calls[at][2] += function.get("arguments") or ""
    for detail in delta.get("reasoning_details") or []:
        if detail.get("signature"):
            got.signatures.append(detail["signature"])
    if choice.get("finish_reason") is not None:
        need(choice["finish_reason"] in FINISHES, f"nobody knows the finish {choice['finish_reason']}")
        got.finish[n] = choice["finish_reason"]


FITS = {"text": {"text_delta", "citations_delta"}, "thinking": {"thinking_delta", "signature_delta"}, "tool_use": {"input_json_delta"}, "redacted_thinking": set()}


def anthropic(body):
    got, started, block, following, calls = Assembled(), False, None, 0, -1
    for name, data in records(body):
        event = json.loads(data)
        need(event["type"] == name, "an event whose name is not its type")
        if name == "ping":
            continue
        need(not got.ended and got.error is None, f"{name} after the end")
        if name == "error":
            need(event["error"]["message"] and event["error"]["type"], "an incomplete error")
            got.error = event["error"]["type"]
            continue
        need(started or name == "message_start", f"{name} before message_start")
        if name == "message_start":
            need(not started, "two message_start")
            message = event["message"]
            need(message["content"] == [] and message["stop_reason"] is None and message["role"] == "assistant", "a message that has begun already")
            need("usage" in message and message["id"] and message["model"], "an incomplete message_start")
            started = True
        elif name == "content_block_start":
            need(block is None and not got.finish, "a block within a block, or after the end")
            need(event["index"] == following, "a block that is not the next one")
            block, following = event["content_block"], following + 1
            need(block["type"] in FITS, f"a block of type {block['type']}")
            if block["type"] == "tool_use":
                need(block["id"] and block["name"] and block["input"] == {}, "a tool_use that does not begin empty")
                calls += 1
                got.calls[0, calls] = [block["id"], block["name"], ""]
            got.add(0, "content", block.get("text", ""))
        elif name == "content_block_delta":
            need(block is not None and event["index"] == following - 1, "a delta without its block")
            delta = event["delta"]
            need(delta["type"] in FITS[block["type"]], f"a {delta['type']} in a {block['type']} block")
            if delta["type"] == "text_delta":
                got.add(0, "content", delta["text"])
            elif delta["type"] == "thinking_delta":
                got.add(0, "reasoning", delta["thinking"])
            elif delta["type"] == "signature_delta":
                got.signatures.append(delta["signature"])
            elif delta["type"] == "input_json_delta":
                got.calls[0, calls][2] += delta["partial_json"]
        elif name == "content_block_stop":
            need(block is not None and event["index"] == following - 1, "a stop without its block")
            block = None
        elif name == "message_delta":
            need(block is None and not got.finish, "message_delta within a block, or a second one")
            delta = event["delta"]
            need(delta["stop_reason"] in STOPS, f"nobody knows the stop {delta['stop_reason']}")
            need(isinstance(event["usage"]["output_tokens"], int), "no count of the output")
            if delta["stop_reason"] == "refusal":
                need(delta["stop_details"]["type"] == "refusal" and "category" in delta["stop_details"], "a refusal without details")
            if delta["stop_reason"] == "stop_sequence":
                need(delta["stop_sequence"], "a stop sequence that is not said")
            got.finish[0], got.usage = delta["stop_reason"], event["usage"]
        elif name == "message_stop":
            need(got.finish and block is None, "message_stop before its time")
            got.ended = True
        else:
            raise Broken(f"an event named {name}")
    return got


PARTS = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text"}
KINDS = {"output_text": "content", "refusal": "refusal", "reasoning_text": "reasoning"}


def responses(body):
    got, head, items, closed, parts, calls = Assembled(), None, {}, set(), {}, -1
    for number, (name, data) in enumerate(records(body)):
        event = json.loads(data)
        need(event["type"] == name, "an event whose name is not its type")
        need(event["sequence_number"] == number, "numbers that do not rise by one")
        need(not got.ended and got.error is None, f"{name} after the end")
        need(number != 0 or name == "response.created", "something before response.created")
        need(number != 1 or name in ("response.in_progress", "response.queued"), "no response.in_progress")
        if "response" in event:
            mine = event["response"]["id"], event["response"]["created_at"], event["response"]["model"], event["response"]["object"]
            need(head in (None, mine) and mine[3] == "response", "responses with different heads")
            head = mine
        if name in ("response.created", "response.in_progress"):
            need(event["response"]["status"] == "in_progress" and event["response"]["output"] == [], "a response that has begun already")
        elif name == "response.output_item.added":
            at, item = event["output_index"], event["item"]
            need(at == len(items), "items that are not numbered in order")
            need(all(i in closed for i in items), "an item within an item")
            items[at], parts[at] = item, None
            if item["type"] == "function_call":
                calls += 1
                need(item["call_id"] and item["name"] and item["arguments"] == "", "a call that does not begin empty")
                got.calls[0, calls] = [item["call_id"], item["name"], ""]
                item["mine"] = calls
            else:
                need(item["type"] in ("message", "reasoning") and item.get("content") in ([], None), "an item that does not begin empty")
        elif name == "response.content_part.added":
            at = event["output_index"]
            need(at in items and at not in closed and parts[at] is None and event["item_id"] == items[at]["id"], "a part without its item")
            kind = event["part"]["type"]
            need(event["part"][PARTS[kind]] == "", "a part that does not begin empty")
            parts[at] = [kind, "", False]
        elif name in ("response.output_text.delta", "response.refusal.delta", "response.reasoning_text.delta"):
            at, kind = event["output_index"], name.split(".")[1]
            need(at in items and at not in closed and parts[at] and parts[at][0] == kind and not parts[at][2], "a delta without its part")
            parts[at][1] += event["delta"]
            got.add(0, KINDS[kind], event["delta"])
        elif name in ("response.output_text.done", "response.refusal.done", "response.reasoning_text.done"):
            at, kind = event["output_index"], name.split(".")[1]
            need(parts[at][0] == kind and event[PARTS[kind]] == parts[at][1], "a text that is another one at its end")
            parts[at][2] = True
        elif name == "response.content_part.done":
            part = parts[event["output_index"]]
            need(part[2] and event["part"][PARTS[part[0]]] == part[1], "a part that is another one at its end")
        elif name == "response.function_call_arguments.delta":
            at = event["output_index"]
            need(at in items and at not in closed and items[at]["type"] == "function_call", "arguments without their call")
            got.calls[0, items[at]["mine"]][2] += event["delta"]
        elif name == "response.function_call_arguments.done":
            at = event["output_index"]
            said = got.calls[0, items[at]["mine"]]
            need(event["name"] == said[1] and event["arguments"] == (said[2] or "{}") or event["arguments"] == said[2], "arguments that are others at their end")
            said[2] = event["arguments"]
            items[at]["done"] = True
        elif name == "response.output_item.done":
            at, item = event["output_index"], event["item"]
            need(at in items and at not in closed and item["id"] == items[at]["id"], "an end without its item")
            need(item.get("status") in (None, "completed", "incomplete"), "an item that goes on at its end")
            if item["type"] == "function_call":
                need(items[at].get("done") and item["arguments"] == got.calls[0, items[at]["mine"]][2], "a call that is another one at its end")
            elif parts[at]:
                need(parts[at][2] and item["content"][0][PARTS[parts[at][0]]] == parts[at][1], "an item that is another one at its end")
            if item.get("encrypted_content"):
                got.signatures.append(item["encrypted_content"])
            closed.add(at)
            items[at]["last"] = item
        elif name in ("response.completed", "response.incomplete"):
            response = event["response"]
            need(set(items) == closed, "an end with open items")
            need([i["id"] for i in response["output"]] == [items[n]["id"] for n in sorted(items)], "an output of other items")
            need(f"response.{response['status']}" == name and response["error"] is None, "a status that is not the event's")
            reason = (response.get("incomplete_details") or {}).get("reason")
            need((reason is None) == (response["status"] == "completed"), "incomplete for no reason, or complete with one")
            need(isinstance(response["usage"]["output_tokens"], int), "no usage")
            got.finish[0], got.usage, got.ended = reason or "completed", response["usage"], True
        elif name == "response.failed":
            need(event["response"]["status"] == "failed" and event["response"]["error"]["message"], "a failure that says nothing")
            got.error = event["response"]["error"]["code"]
        else:
            raise Broken(f"an event named {name}")
    return got


def completions(body):
    """Legacy completions: chunks of texts, and nothing else."""
    got, head, started = Assembled(), None, False
    for name, data in records(body):
        need(name is None and not got.ended, "an event with a name, or after [DONE]")
        if data == "[DONE]":
            got.ended = True
            continue
        need(got.error is None, "a chunk after an error")
        chunk = json.loads(data)
        if "error" in chunk:
            error = chunk["error"]
            need({"message", "type", "param", "code"} <= set(error) and error["message"], "an incomplete error")
            got.error = error["code"] or error["type"]
            continue
        need(chunk.get("object") == "text_completion" and isinstance(chunk.get("choices"), list), "no chunk")
        mine = chunk["id"], chunk["created"], chunk["model"]
        need(head in (None, mine), "chunks with different heads")
        head = mine
        if not chunk["choices"]:
            need(chunk.get("usage") and got.usage is None, "a chunk of nothing, or a second usage")
            got.usage = chunk["usage"]
        for choice in chunk["choices"]:
            n = choice["index"]
            need(got.usage is None and n not in got.finish, "a choice after the usage, or after its finish")
            need(isinstance(choice["text"], str), "a choice without a text")
            got.add(n, "content", choice["text"])
            if choice["finish_reason"] is not None:
                need(choice["finish_reason"] in FINISHES - {"tool_calls", "function_call"}, f"nobody knows the finish {choice['finish_reason']}")
                got.finish[n] = choice["finish_reason"]
    need(got.error or not got.ended or got.finish, "an end without a finish")
    return got


def as_it_came(body):
    """What a client of chats puts together of a stream that no rule but the SDKs' readers holds for; in place of `check`."""
    got = Assembled()
    try:
        for data in _payloads(body):
            if data == "[DONE]":
                got.ended = True
                continue
            chunk = json.loads(data)
            got.error = (chunk.get("error") or {}).get("message", got.error)
            got.usage = chunk.get("usage") or got.usage
            for choice in chunk["choices"]:
                n, delta = choice["index"], choice["delta"]
                reasoning = delta.get("reasoning") or delta.get("reasoning_content")
                for kind, text in (("content", delta.get("content")), ("refusal", delta.get("refusal")), ("reasoning", reasoning)):
                    if text:
                        got.add(n, kind, text)
                for call in delta.get("tool_calls") or []:
                    mine = got.calls.setdefault((n, call["index"]), [call.get("id"), call["function"].get("name"), ""])
                    mine[2] += call["function"].get("arguments") or ""
                if choice.get("finish_reason"):
                    got.finish[n] = choice["finish_reason"]
        need(got.ended or got.error, "the stream has neither an end nor an error")
        return got, None
    except (Broken, KeyError, TypeError, ValueError) as error:
        return None, f"{type(error).__name__}: {error}"


def _payloads(body):
    for block in body.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        if data := [line[6:] for line in block.split("\n") if line.startswith("data: ")]:
            yield "\n".join(data)


READERS = {"openai": openai, "anthropic": anthropic, "openai-responses": responses, "openai-completions": completions}


def check(dialect, body):
    """(what was put together, what was broken); one of both is None."""
    try:
        got = READERS[dialect](body)
        need(got.ended or got.error, "the stream has neither an end nor an error")
        return got, None
    except (Broken, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        return None, f"{type(error).__name__}: {error}"
