"""Faults of model servers, as bytes on the wire: every one is an answer that is none, for every dialect, at every boundary of its events.

A case is a value: which client asks which server, streamed or not, what goes wrong and before which event. None may be read as a success.
"""

import base64
import gzip
import json
import random
import zlib
from dataclasses import dataclass

import wire

CLIENTS = ["openai", "anthropic", "openai-responses", "openai-completions"]
SERVERS = ["openai", "anthropic", "openai-responses", "gemini"]
PAIRS = [(client, server) for client in CLIENTS for server in SERVERS] + [("openai-completions", "openai-completions")]
EVENTS = {"openai": wire.openai_events, "anthropic": wire.anthropic_events, "openai-responses": wire.responses_events, "gemini": wire.gemini_events, "openai-completions": wire.completion_events}
STREAM = b"content-type: text/event-stream\r\n"
JSON = b"content-type: application/json\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
END = b"0\r\n\r\n"


@dataclass
class Case:
    client: str
    server: str
    stream: bool
    kind: str
    at: int
    wire: bytes
    then: str = "close"

    @property
    def name(self):
        return f"{self.client} from {self.server}, {'stream' if self.stream else 'whole'}, {self.kind} before {self.at}"

    def script(self, rng):
        fields = {"wire": base64.b64encode(self.wire).decode(), "then": self.then}
        if rng.random() < 0.5:
            fields["chunk"] = [rng.randrange(1 << 30), rng.choice([1, 7, 60, 900]) if len(self.wire) < 20_000 else 9000]
        return fields


def head(*headers, status=b"200 OK"):
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(headers) + b"\r\n"


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def sized(data, *headers, status=b"200 OK", extra=0):
    return head(*headers, b"content-length: %d\r\n" % (len(data) + extra), status=status) + data


def event(server, data, name="response.created"):
    """One event with these data, as the server's dialect frames it."""
    lead = {"anthropic": "event: content_block_delta\n", "openai-responses": f"event: {name}\n"}.get(server, "")
    return f"{lead}data: ".encode() + data + b"\n\n"


ERRORS = {
    "openai-completions": b'{"error":{"message":"out of memory","type":"server_error","code":null,"param":null}}',
    "openai": b'{"error":{"message":"out of memory","type":"server_error","code":null,"param":null}}',
    "anthropic": b'{"type":"error","error":{"type":"overloaded_error","message":"busy"}}',
    "openai-responses": b'{"type":"error","sequence_number":3,"code":"server_error","message":"busy","param":null}',
    "gemini": b'{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}',
}


def failure(server):
    name = {"anthropic": b"event: error\n", "openai-responses": b"event: error\n"}.get(server, b"")
    return name + b"data: " + ERRORS[server] + b"\n\n"


def answer(client, server, rng):
    """An answer with a finish, of every kind of part that the server has."""
    thinking = "thinking" if server == "anthropic" else "reasoning"
    parts = [wire.Part(thinking, "The gauge is low."), wire.Part("content", rng.choice(["Open the gate.", "水位很低，开闸。", wire.PLAIN]))]
    if client == "openai-completions":
        parts = parts[1:] if server == client else parts
    elif rng.random() < 0.4:
        parts.append(wire.Part("tool", '{"city":"Delft"}', "weather", 0))
    if len(parts) > 1 and rng.random() < 0.3:
        parts.pop(0)
    return wire.Answer([wire.Choice(parts, "tool_calls" if parts[-1].kind == "tool" else "stop")])


def is_finish(server, data):
    marks = {"openai-completions": b'"finish_reason":"', "openai": b'"finish_reason":"', "anthropic": b"event: message_delta", "openai-responses": b"event: response.completed", "gemini": b'"finishReason"'}
    return marks[server] in data


def whole_body(server, said):
    if server == "openai-responses":
        return json.dumps(wire.responses_object(said)).encode()
    return {"openai": wire.openai_whole, "anthropic": wire.anthropic_whole, "gemini": wire.gemini_whole, "openai-completions": wire.completion_whole}[server](said).encode()


def unfinished_body(server, said):
    if server == "openai-responses":
        return json.dumps(wire.responses_object(said, status="in_progress")).encode()
    none = wire.Answer([wire.Choice(c.parts, None) for c in said.choices])
    return whole_body(server, none)


# Each makes (bytes, what then) of the events that come before it.
IN_STREAM = {
    "reset": lambda c, before, rest: (before, "reset"),
    "closed": lambda c, before, rest: (before, "close"),
    "ended": lambda c, before, rest: (before + END, "keep"),
    "half-closed": lambda c, before, rest: (before, "half"),
    "half-closed within a chunk": lambda c, before, rest: (before + b"40\r\ndata: {", "half"),
    "stalled": lambda c, before, rest: (before, "stall"),
    "stalled within an event": lambda c, before, rest: (before + chunk(rest[: len(rest) // 2] or b"d"), "stall"),
    "cut within an event": lambda c, before, rest: (before + chunk(rest[: max(1, len(rest) // 2)]) + END, "keep"),
    "binary": lambda c, before, rest: (before + chunk(bytes(range(256)) + b"\n\n") + END, "keep"),
    "no JSON": lambda c, before, rest: (before + chunk(event(c.server, b"{]")) + END, "keep"),
    "an array": lambda c, before, rest: (before + chunk(event(c.server, b"[]")) + END, "keep"),
    "a number": lambda c, before, rest: (before + chunk(event(c.server, b"7")) + END, "keep"),
    "null": lambda c, before, rest: (before + chunk(event(c.server, b"null")) + END, "keep"),
    "HTML": lambda c, before, rest: (before + chunk(event(c.server, b"<html>502 Bad Gateway</html>")) + END, "keep"),
    "invalid UTF-8": lambda c, before, rest: (before + chunk(event(c.server, b'{"type":"\xff\xfe"}')) + END, "keep"),
    "a NUL": lambda c, before, rest: (before + chunk(event(c.server, b'{"type":"a\0b"}')) + END, "keep"),
    "too deep": lambda c, before, rest: (before + chunk(event(c.server, b"[" * 5000 + b"]" * 5000)) + END, "keep"),
    "an error": lambda c, before, rest: (before + chunk(failure(c.server)) + END, "keep"),
    "an error, then an end": lambda c, before, rest: (before + chunk(failure(c.server) + rest) + END, "keep"),
    "bad chunk size": lambda c, before, rest: (before + b"zz\r\n" + rest, "keep"),
    "negative chunk size": lambda c, before, rest: (before + b"-5\r\n" + rest, "keep"),
    "chunk size past 64 bits": lambda c, before, rest: (before + b"ffffffffffffffff1\r\n" + rest, "keep"),
    "chunk without its end": lambda c, before, rest: (before + b"%x\r\n" % max(1, len(rest) - 3) + (rest or b"dat") + b"X" + END, "close"),
    "an event too large": lambda c, before, rest: (before + chunk(b"data: " + b"x" * (5 << 20)) + END, "keep"),
    "the end marker alone": lambda c, before, rest: (before + chunk(b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n" if c.server == "anthropic" else b"data: [DONE]\n\n") + END, "keep"),
}  # fmt: skip

# Each makes (bytes, what then) of the whole stream's, or the whole answer's, body.
AT_THE_HEAD = {
    "nothing": lambda c, body: (b"", "close"),
    "nothing, reset": lambda c, body: (b"", "reset"),
    "silence": lambda c, body: (b"", "stall"),
    "half a head": lambda c, body: (b"HTTP/1.1 200 OK\r\ncontent-ty", "close"),
    "half a head, stalled": lambda c, body: (b"HTTP/1.1 200 OK\r\ncontent-ty", "stall"),
    "a head, stalled": lambda c, body: (head(kind(c), b"content-length: 9\r\n"), "stall"),
    "not HTTP": lambda c, body: (b"SSH-2.0-OpenSSH_9.2\r\n", "close"),
    "HTTP/0.9": lambda c, body: (body, "close"),
    "HTTP/2": lambda c, body: (b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80", "close"),
    "a status of words": lambda c, body: (b"HTTP/1.1 OK 200\r\ncontent-length: 2\r\n\r\n{}", "close"),
    "a huge head": lambda c, body: (b"HTTP/1.1 200 OK\r\nx: " + b"a" * (2 << 20) + b"\r\ncontent-length: 2\r\n\r\n{}", "close"),
    "many headers": lambda c, body: (head(*[b"x-%d: %s\r\n" % (n, b"a" * 300) for n in range(3000)], b"content-length: 2\r\n") + b"{}", "close"),
    "a NUL in a header": lambda c, body: (head(kind(c), b"x: a\0b\r\n", b"content-length: %d\r\n" % len(body)) + body, "close"),
    "two lengths": lambda c, body: (head(kind(c), b"content-length: 2\r\ncontent-length: 5\r\n") + b"{}", "close"),
    "a length in words": lambda c, body: (head(kind(c), b"content-length: ten\r\n") + body, "close"),
    "a length too long": lambda c, body: (sized(body, kind(c), extra=9), "close"),
    "a length too long, reset": lambda c, body: (sized(body, kind(c), extra=9), "reset"),
    "a length too short": lambda c, body: (head(kind(c), b"content-length: %d\r\n" % (len(body) // 3)) + body, "close"),
    "a torn chunk": lambda c, body: (head(kind(c), CHUNKED) + b"fffff\r\n" + body, "close"),
    "switched protocols": lambda c, body: (head(b"upgrade: x\r\nconnection: upgrade\r\n", status=b"101 Switching Protocols") + body, "close"),
    "nothing but interim answers": lambda c, body: (b"HTTP/1.1 100 Continue\r\n\r\n" * 300, "close"),
    "early hints and silence": lambda c, body: (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "stall"),
    "no content": lambda c, body: (head(status=b"204 No Content"), "keep"),
    "not modified": lambda c, body: (head(status=b"304 Not Modified"), "keep"),
    "created": lambda c, body: (sized(body, kind(c), status=b"201 Created"), "keep"),
    "partial": lambda c, body: (sized(body, kind(c), status=b"206 Partial Content"), "keep"),
    "moved": lambda c, body: (sized(b"", b"location: http://127.0.0.1:1/v1\r\n", status=b"301 Moved Permanently"), "keep"),
    "found": lambda c, body: (sized(b"", b"location: /v1/other\r\n", status=b"302 Found"), "keep"),
    "see other": lambda c, body: (sized(body, b"location: /\r\n", kind(c), status=b"303 See Other"), "keep"),
    "redirected": lambda c, body: (sized(b"", b"location: http://127.0.0.1:1/\r\n", status=b"307 Temporary Redirect"), "keep"),
    "redirected for good": lambda c, body: (sized(b"", status=b"308 Permanent Redirect"), "keep"),
    "HTML": lambda c, body: (sized(b"<html><body>Sign in</body></html>", b"content-type: text/html\r\n"), "keep"),
    "an image": lambda c, body: (sized(b"\x89PNG\r\n\x1a\n" + bytes(90), b"content-type: image/png\r\n"), "keep"),
    "nothing in it": lambda c, body: (sized(b"", kind(c)), "keep"),
    "gzip": lambda c, body: (sized(gzip.compress(body), kind(c), b"content-encoding: gzip\r\n"), "keep"),
    "deflate": lambda c, body: (sized(zlib.compress(body), kind(c), b"content-encoding: deflate\r\n"), "keep"),
    "an unknown coding": lambda c, body: (sized(body, kind(c), b"content-encoding: br\r\n"), "keep"),
    "a compressed bomb": lambda c, body: (sized(BOMB, kind(c), b"content-encoding: gzip\r\n"), "keep"),
    "a compressed bomb that hides": lambda c, body: (sized(BOMB, kind(c)), "keep"),
    "a transfer coding": lambda c, body: (head(kind(c), b"transfer-encoding: gzip, chunked\r\n") + chunk(gzip.compress(body)) + END, "keep"),
    "the other form": lambda c, body: (sized(body, JSON if c.stream else STREAM), "keep"),
}  # fmt: skip
# Those whose streams would be whole: what comes behind the end of an answer is no fault of it.
TORN = {"a length too long", "a length too long, reset", "a torn chunk"}
BOMB = gzip.compress(bytes(40 << 20), 9)

# Whole answers only: well framed, and no answer.
IN_BODY = {
    "cut JSON": lambda c, body: body[: len(body) * 2 // 3],
    "not JSON": lambda c, body: b"\1\2 not json",
    "an empty object": lambda c, body: b"{}",
    "an array": lambda c, body: b"[" + body + b"]",
    "null": lambda c, body: b"null",
    "two answers": lambda c, body: body + body,
    "an error": lambda c, body: ERRORS[c.server],
    "invalid UTF-8": lambda c, body: body[:-1] + b',"x":"\xff"}',
    "a key twice": lambda c, body: body[:-1] + b',"model":"a","model":"b"}',
    "too deep": lambda c, body: body[:-1] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a stream": lambda c, body: b"data: " + body + b"\n\n",
    "in another dialect": lambda c, body: whole_body({"openai": "gemini", "gemini": "anthropic", "anthropic": "openai-responses"}.get(c.server, "openai"), wire.Answer.of()),
}  # fmt: skip
SLOW = {"stalled", "stalled within an event", "silence", "half a head, stalled", "a head, stalled", "early hints and silence", "half-closed", "half-closed within a chunk"}
LARGE = {"an event too large", "a huge head", "many headers", "a compressed bomb", "a compressed bomb that hides"}


def kind(case):
    return STREAM if case.stream else JSON


def cases(count, seed):
    """`count` faults, spread over all pairings and kinds; those that wait for a time limit, or are large, come less often."""
    pairs = PAIRS
    kinds = [("stream", k) for k in IN_STREAM] * 3 + [("head", k) for k in AT_THE_HEAD] + [("body", k) for k in IN_BODY]
    order, out = [], []
    for round_ in range(1 + count // (len(pairs) * len(kinds))):
        order += [(pair, kind_, round_) for kind_ in kinds for pair in pairs]
    rng = random.Random(f"{seed}:order")
    rng.shuffle(order)
    # Every kind first, each with a pair of its own, so that a short run has them all.
    every = [((pairs[n % len(pairs)]), k, 0) for n, k in enumerate(dict.fromkeys(kinds))]
    for number, (pair, (where, name), _) in enumerate(every + order):
        if len(out) == count:
            return out
        rng = random.Random(f"{seed}:{number}")
        if number >= len(every) and name in SLOW | LARGE and rng.random() < 0.5:
            continue
        out.append(_case(pair, where, name, rng))
    return out


def _case(pair, where, name, rng):
    client, server = pair
    said = answer(client, server, rng)
    made = EVENTS[server](said, seed=rng.randrange(1 << 30), longest=rng.choice([2, 6, 20]))
    parts = wire.sse(made, rng.choice(["\n", "\n", "\r\n"]), server in ("openai", "openai-completions"))
    finish = next(n for n, part in enumerate(parts) if is_finish(server, part.replace(b"\r\n", b"\n")))
    if where == "stream":
        case = Case(client, server, True, name, rng.randint(0, finish), b"")
        before = head(STREAM, CHUNKED) + b"".join(map(chunk, parts[: case.at]))
        case.wire, case.then = IN_STREAM[name](case, before, parts[case.at])
        return case
    case = Case(client, server, where == "head" and rng.random() < 0.5, name, 0, b"")
    if where == "head":
        body = b"".join(parts) if case.stream else whole_body(server, said)
        if case.stream and name in TORN:
            body = b"".join(parts[:finish])
        elif name == "the other form":
            body = whole_body(server, said) if case.stream else b"".join(parts)
        case.wire, case.then = AT_THE_HEAD[name](case, body)
    else:
        body = unfinished_body(server, said) if rng.random() < 0.1 else IN_BODY[name](case, whole_body(server, said))
        case.wire, case.then = sized(body, JSON), "keep"
    return case
