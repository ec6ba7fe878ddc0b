#!/usr/bin/env python3
"""A scripted model server on loopback, in every dialect; the standard library only.

    upstream.py PORT [HOST]   prints "listening PORT"; ends on SIGTERM, or with its parent's end of standard input

A request whose body holds `[script NAME]` is answered by that script; others get the plain answer. Scripts are built in (BUILT_IN) or
put with `POST /script` {"NAME": {...}}. A script's fields, all optional:

    first       list of replies {status, headers, body} for the first requests that use it; then the rest applies
    status, headers, body        a whole reply; body is a string, or an object (sent as JSON)
    whole       the body of a 200 that is not streamed
    events      a stream's payloads: strings (chats, Gemini) or [name, payload] pairs (messages, responses); raw: base64 bytes in their stead
    done        false: no [DONE]
    newline     "\\n", "\\r\\n" or "\\r"
    chunk       [seed, longest]: the stream's bytes go out in writes of 1..longest bytes
    cuts        the stream's bytes go out in pieces that end at these bytes, each a millisecond apart
    interval_ms, delay_ms        between events; before the head
    stall_at    the event before which the stream stops for good, open
    cut_at      the byte after which the connection is closed; close_at_event likewise by event
    truncate    false: a cut is a proper end of the chunked body instead of a torn one
    tail        raw text sent after the end of the stream
    wire        base64 of all that is sent, head and framing included, in pieces as `chunk` says; then `then`:
                keep (the default), close, reset, half (only our direction is closed), stall

GET /stats: {requests, streams, active, aborted, completed, by_script, last_headers, last_body}. POST /reset clears the counts.
"""

import asyncio
import base64
import json
import os
import random
import re
import signal
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402

SCRIPT = re.compile(rb"\[script ([A-Za-z0-9_.-]+)\]")
MODELS = ["mock-1", "claude-mock"]


def _error(status, message, **headers):
    return {"status": status, "headers": headers, "body": {"error": {"message": message, "type": "server_error", "code": None, "param": None}}}


def _tools():
    parts = [wire.Part("tool", '{"city":"Delft","days":3}', "weather", 0), wire.Part("tool", '{"river":"Maas","unit":"cm"}', "gauge", 1)]
    return wire.Answer([wire.Choice(parts, "tool_calls")])


def _answer(parts, finish="stop"):
    return wire.Answer([wire.Choice(parts, finish)])


_P = wire.Part
BUILT_IN = {
    "plain": {"answer": wire.Answer.of()},
    "tools": {"answer": _tools()},
    "one-call": {"answer": _answer([_P("tool", '{"city":"Delft","days":3}', "weather", 0)], "tool_calls")},
    "city": {"answer": wire.Answer.of('{"city":"Delft","days":3}')},
    "broken": {"answer": wire.Answer.of(), "close_at_event": 6},
    "two": {"answer": wire.Answer([wire.Choice([_P("content", "First: water.")]), wire.Choice([_P("content", "Second: a mill.")])])},
    "reasoning": {"answer": _answer([_P("reasoning", "The gauge is low, so open it."), _P("content", "Open the gate.")])},
    "reasoning_content": {"answer": _answer([_P("reasoning_content", "The gauge is low."), _P("content", "Open the gate.")])},
    "thinking": {"answer": _answer([_P("thinking", "The gauge is low."), _P("content", "Open the gate.")])},
    "refusal": {"answer": _answer([_P("refusal", "I would rather not say.")])},
    "json": {"answer": wire.Answer.of('{"river":"Maas","level":42}')},
    "length": {"answer": wire.Answer.of("Water flows and", "length")},
    "unknown": {"answer": _answer([_P("content", "Water."), _P("unknown", "A note on the side.", "x_notes")])},
    "logprobs": {"answer": wire.Answer.of(), "logprobs": True},
    "slowly": {"answer": wire.Answer.of(), "delay_ms": 300},
    "slow": {"answer": wire.Answer.of(wire.PLAIN * 4), "interval_ms": 100},
    "endless": {"answer": wire.Answer.of((wire.PLAIN + " ") * 200), "interval_ms": 50},
    "stall": {"answer": wire.Answer.of(), "stall_at": 4},
    "hang": {"delay_ms": 600_000},
    "garbage": {"raw": base64.b64encode(bytes(range(1, 256)) * 3).decode(), "whole": "\x01\x02 not json"},
    "error-200": {"whole": json.dumps({"error": {"message": "out of memory", "type": "server_error"}}), "events": ['{"error":{"message":"out of memory"}}']},
    "no-done": {"answer": wire.Answer.of(), "done": False},
    "empty": {"events": [], "whole": "{}"},
    "giant": {"answer": wire.Answer.of("a river " * 400_000), "longest": 0},
    "empty-tool-calls": {"events": ['{"id":"x","object":"chat.completion.chunk","created":1,"model":"mock-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Water.","tool_calls":[]},"finish_reason":null}]}', '{"id":"x","object":"chat.completion.chunk","created":1,"model":"mock-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}']},
    "crlf": {"answer": wire.Answer.of(), "newline": "\r\n"},
    "byte-by-byte": {"answer": wire.Answer.of(), "chunk": [1, 1]},
    "retry-500": {"first": [_error(500, "try again")] * 2, "answer": wire.Answer.of()},
    "always-500": _error(500, "the model fell over"),
    "always-503": _error(503, "busy", **{"retry-after": "1"}),
    "always-429": _error(429, "slow down", **{"retry-after-ms": "20"}),
    "always-400": _error(400, "temperature must be at most 2"),
    "leaky": {"answer": wire.Answer.of(), "headers": {"set-cookie": "a=b", "openai-organization": "org-secret", "x-internal": "secret"}},
}  # fmt: skip
for _status in (401, 403, 404, 409, 422, 502, 504, 529):
    BUILT_IN[f"always-{_status}"] = _error(_status, f"status {_status}")
# An end without a finish reason: everything but the chunk that carries it.
BUILT_IN["no-finish"] = {"answer": wire.Answer.of(), "drop_finish": True}

scripts = {name: dict(value) for name, value in BUILT_IN.items()}


class Stats:
    def __init__(self):
        self.active = 0
        self.clear()

    def clear(self):
        self.requests = self.streams = self.aborted = self.completed = 0
        self.by_script, self.last_headers, self.last_body = {}, {}, ""


stats = Stats()


def _stream_bytes(script, dialect, body):
    """The stream's events as bytes, in order; made once for all requests of a kind."""
    usage = bool((body.get("stream_options") or {}).get("include_usage", False))
    made = script.setdefault("made", {})
    if (dialect, usage) not in made:
        made[dialect, usage] = _made_bytes(script, dialect, usage)
    return made[dialect, usage]


# What of a stream carries the finish, and what comes after it.
ENDS = {
    "openai-completions": lambda e: '"finish_reason":"' in e,
    "openai": lambda e: '"finish_reason":"' in e,
    "anthropic": lambda e: e[0] in ("message_delta", "message_stop"),
    "openai-responses": lambda e: e[0] in ("response.completed", "response.incomplete"),
    "gemini": lambda e: '"finishReason"' in e,
}


def _made_bytes(script, dialect, usage):
    newline = script.get("newline", "\n")
    if "raw" in script:
        return [base64.b64decode(script["raw"])]
    if "events" in script:
        return wire.sse(script["events"], newline, script.get("done", dialect.startswith("openai") and dialect != "openai-responses"))
    answer, longest = script.get("answer") or wire.Answer.of(), script.get("longest", 6)
    if dialect == "openai":
        events = wire.openai_events(answer, longest=longest, usage=usage, logprobs=script.get("logprobs", False))
    else:
        make = {"anthropic": wire.anthropic_events, "openai-responses": wire.responses_events, "gemini": wire.gemini_events, "openai-completions": wire.completion_events}[dialect]
        events = make(answer, longest=longest)
    if script.get("drop_finish"):
        events = [e for e in events if not ENDS[dialect](e)]
    return wire.sse(events, newline, dialect in ("openai", "openai-completions") and script.get("done", True))


def _whole(script, dialect):
    if "whole" in script:
        return script["whole"]
    answer = script.get("answer") or wire.Answer.of()
    if script.get("drop_finish"):
        if dialect == "openai-responses":
            return json.dumps(wire.responses_object(answer, status="in_progress"))
        answer = wire.Answer([wire.Choice(c.parts, None) for c in answer.choices])
    if dialect == "openai":
        return wire.openai_whole(answer, logprobs=script.get("logprobs", False))
    if dialect == "openai-responses":
        return json.dumps(wire.responses_object(answer))
    if dialect == "openai-completions":
        return wire.completion_whole(answer, logprobs=script.get("logprobs", False))
    return (wire.anthropic_whole if dialect == "anthropic" else wire.gemini_whole)(answer)


PATHS = {"/v1/chat/completions": "openai", "/v1/messages": "anthropic", "/v1/responses": "openai-responses", "/v1/completions": "openai-completions"}


def _dialect(path):
    path = path.split("?")[0]
    if path.startswith("/v1beta/models/") and path.endswith((":generateContent", ":streamGenerateContent")):
        return "gemini"
    return PATHS.get(path)


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection: requests one after another, bodies by length or chunked."""

    def __init__(self):
        self.buffer = bytearray()
        self.task = None
        self.closed = False

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        self.closed = True
        if self.task:
            self.task.cancel()

    def data_received(self, data):
        self.buffer += data
        if self.task is None:
            self.next()

    def next(self):
        request = self.parse()
        if request:
            self.task = asyncio.get_running_loop().create_task(self.serve(*request))
            self.task.add_done_callback(self.served)

    def served(self, task):
        self.task = None
        if not task.cancelled() and task.exception():
            print("upstream:", repr(task.exception()), file=sys.stderr, flush=True)
            self.transport.close()
        elif not self.closed and not self.transport.is_closing() and self.buffer:
            self.next()

    def parse(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        start = end + 4
        if "chunked" in headers.get("transfer-encoding", ""):
            body, at = bytearray(), start
            while True:
                line = self.buffer.find(b"\r\n", at)
                if line < 0:
                    return None
                size = int(bytes(self.buffer[at:line]).split(b";")[0], 16)
                if len(self.buffer) < line + 2 + size + 2:
                    return None
                body += self.buffer[line + 2 : line + 2 + size]
                at = line + 2 + size + 2
                if size == 0:
                    break
            del self.buffer[:at]
            return lines[0], headers, bytes(body)
        length = int(headers.get("content-length") or 0)
        if len(self.buffer) < start + length:
            return None
        body = bytes(self.buffer[start : start + length])
        del self.buffer[: start + length]
        return lines[0], headers, body

    def reply(self, status, body, headers=None):
        data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(data)}", "x-request-id: up-e2e", "request-id: up-e2e"]
        headers = {"content-type": "application/json", **(headers or {})}
        lines += [f"{k}: {v}" for k, v in headers.items()]
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode() + data)

    async def serve(self, line, headers, body):
        method, path, _ = line.split(" ", 2)
        if path == "/stats":
            return self.reply(200, json.dumps(vars(stats)))
        if path == "/reset":
            stats.clear()
            return self.reply(200, "{}")
        if path == "/script":
            scripts.update(json.loads(body))
            for name in [n for n, script in scripts.items() if script is None]:
                del scripts[name]
            return self.reply(200, "{}")
        if path == "/health":
            return self.reply(200, '{"status":"ok"}')
        if path == "/v1/models":
            return self.reply(200, json.dumps({"object": "list", "data": [{"id": m, "object": "model", "created": 1, "owned_by": "e2e"} for m in MODELS]}))
        dialect = _dialect(path)
        if method != "POST" or dialect is None:
            return self.reply(404, '{"error":{"message":"no such route"}}')
        await self.answer(dialect, headers, body, path)

    async def answer(self, dialect, headers, body, path):
        found = SCRIPT.findall(body)
        name = found[-1].decode() if found else "plain"
        script = scripts.get(name)
        stats.requests += 1
        stats.last_headers, stats.last_body = headers, body[:65536].decode("utf-8", "replace")
        seen = stats.by_script[name] = stats.by_script.get(name, 0) + 1
        if script is None:
            return self.reply(400, json.dumps({"error": {"message": f"no script {name}"}}))
        if script.get("delay_ms"):
            await asyncio.sleep(script["delay_ms"] / 1000)
        if "wire" in script:
            return await self.say(script)
        first = script.get("first", [])
        if seen <= len(first):
            script = first[seen - 1]
        if "status" in script:
            text = script.get("body", "")
            return self.reply(script["status"], text if isinstance(text, str) else json.dumps(text), script.get("headers"))
        request = json.loads(body)
        if not (":streamGenerateContent" in path or request.get("stream")):
            return self.reply(200, _whole(script, dialect), script.get("headers"))
        stats.streams += 1
        stats.active += 1
        whole = False
        try:
            whole = await self.stream(script, _stream_bytes(script, dialect, request))
        finally:
            stats.active -= 1
            if whole:
                stats.completed += 1
            else:
                stats.aborted += 1

    async def say(self, script):
        """Bytes as they are, whatever HTTP says, and an end of any kind."""
        data, (seed, longest) = base64.b64decode(script["wire"]), script.get("chunk", [0, 1 << 20])
        rng, at, then = random.Random(seed), 0, script.get("then", "keep")
        stats.active += 1
        try:
            while at < len(data) and not self.transport.is_closing():
                size = rng.randint(1, longest)
                self.transport.write(data[at : at + size])
                at += size
                if rng.random() < 0.05 or self.transport.get_write_buffer_size() > 1 << 20:
                    await asyncio.sleep(0)
            if then == "stall":
                await asyncio.sleep(3600)
            elif then == "half" and self.transport.can_write_eof() and not self.transport.is_closing():
                self.transport.write_eof()
                await asyncio.sleep(3600)
            elif then == "reset":
                await asyncio.sleep(0)
                peer = self.transport.get_extra_info("socket")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.transport.abort()
            elif then == "close":
                self.transport.close()
        finally:
            stats.active -= 1

    async def stream(self, script, events):
        """True once everything was sent; False after a scripted cut."""
        head = {"content-type": "text/event-stream", "transfer-encoding": "chunked", "x-request-id": "up-e2e", "request-id": "up-e2e"}
        head.update(script.get("headers", {}))
        self.transport.write(("HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n").encode())
        budget, interval = script.get("cut_at"), script.get("interval_ms", 0) / 1000
        stall, close = script.get("stall_at"), script.get("close_at_event")
        rng, longest = None, 0
        if script.get("chunk"):
            rng, longest = random.Random(script["chunk"][0]), script["chunk"][1]
            if not interval and stall is None and close is None:
                events = [b"".join(events)]
        if "cuts" in script:
            data, places = b"".join(events), [0, *script["cuts"], None]
            for start, end in zip(places, places[1:]):
                await self.send(data[start:end], None, 0)
                await asyncio.sleep(0.001)
            events = []
        for number, event in enumerate(events):
            if stall == number:
                await asyncio.sleep(3600)
            if close == number:
                return self.cut(script)
            if budget is not None:
                event, budget = event[:budget], budget - len(event)
            await self.send(event, rng, longest)
            if budget is not None and budget <= 0:
                return self.cut(script)
            if interval:
                await asyncio.sleep(interval)
        self.transport.write(b"0\r\n\r\n" + script.get("tail", "").encode())
        return True

    def cut(self, script):
        if script.get("truncate", True):
            self.transport.close()
        else:
            self.transport.write(b"0\r\n\r\n")
        return False

    async def send(self, data, rng, longest):
        if self.transport.is_closing():
            raise asyncio.CancelledError
        if rng is None:
            if data:
                self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
            if self.transport.get_write_buffer_size() > 1 << 20:
                await asyncio.sleep(0.01)
            return
        at, pieces = 0, bytearray()
        while at < len(data):
            size = rng.randint(1, longest)
            piece = data[at : at + size]
            pieces += b"%x\r\n%b\r\n" % (len(piece), piece)
            at += size
            # Now and then another turn of the loop, so that pieces arrive in separate reads; those of one turn are one write.
            if rng.random() < 0.05:
                self.transport.write(bytes(pieces))
                pieces.clear()
                await asyncio.sleep(0)
        if pieces:
            self.transport.write(bytes(pieces))


async def main():
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(Connection, sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", int(sys.argv[1]), backlog=4096)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if not sys.stdin.isatty():  # a pipe from the test run: its end is ours
        loop.add_reader(sys.stdin.fileno(), lambda: stop.set() if not os.read(sys.stdin.fileno(), 4096) else None)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
