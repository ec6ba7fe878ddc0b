"""Generated streams over every pairing of dialects, faults included: each is read by the checker of the client's grammar (grammar.py)."""

import asyncio
import base64
import random

import grammar
import leak
import pytest
import wire
from harness import chat, completions, exchange, messages, request_bytes, responses

AT_ONCE = 48
BATCH = 240
PAIRS = leak.PAIRS
ASK = {"openai": chat, "anthropic": messages, "openai-responses": responses, "openai-completions": completions}
EVENTS = {"openai": wire.openai_events, "anthropic": wire.anthropic_events, "openai-responses": wire.responses_events, "gemini": wire.gemini_events, "openai-completions": wire.completion_events}
CHATS = ("openai", "openai-completions")
FAULTS = ["torn", "early", "garbage", "error", "no-finish", "twice", "swapped"]
STOPPED = {"content_filter", "refusal"}


def made(client, server, number, seed):
    """(answer, events) of one transcript."""
    rng = random.Random(f"{seed}:{client}:{server}:{number}")
    parts = []
    for kind in rng.sample(["reasoning", "content", "tool", "refusal"], rng.randint(1, 3)):
        if kind == "tool":
            for index in range(rng.randint(1, 2)):
                arguments = wire.dump({"query": leak.prose(rng, 0, 12)})
                parts.append(wire.Part("tool", arguments, ["search", "note"][index], index))
        elif kind == "reasoning":
            parts.insert(0, wire.Part("thinking" if server == "anthropic" else rng.choice(["reasoning", "reasoning_content"]), leak.prose(rng, 1, 15)))
        elif kind == "content" or server in ("openai", "openai-responses"):
            parts.append(wire.Part(kind, leak.prose(rng, 1, 25)))
    if client == "openai-completions":
        # It can ask for no tools, and a server of completions has nothing but texts.
        parts = [p for p in parts if p.kind not in ("tool",) and (server != "openai-completions" or p.kind == "content")]
    parts = parts or [wire.Part("content", wire.PLAIN)]
    # A model writes its texts before its calls.
    parts.sort(key=lambda p: p.kind == "tool")
    tools = any(p.kind == "tool" for p in parts)
    answer = wire.Answer([wire.Choice(parts, "tool_calls" if tools else rng.choice(["stop", "stop", "length"]))])
    if client == server == "openai" and rng.random() < 0.3:
        answer.choices.append(wire.Choice([wire.Part("content", leak.prose(rng, 1, 20))]))
    options = {"usage": True} if server in CHATS else {}
    return answer, EVENTS[server](answer, seed=rng.randrange(1 << 30), longest=rng.choice([1, 3, 8, 40]), **options)


def bytes_of(server, events, newline="\n"):
    return b"".join(wire.sse(events, newline, server in CHATS))


def faults_of(client, server):
    """Chats pass to chats as they come: an order that only their server broke stays as it was."""
    return FAULTS[:5] if client == server and client in CHATS else FAULTS


def broken(server, events, kind, rng):
    """(script fields, whether a client may yet get a whole answer) of a stream with a fault."""
    at = rng.randrange(len(events))
    data = bytes_of(server, events)
    if kind == "torn":
        return {"raw": base64.b64encode(data).decode(), "cut_at": rng.randrange(1, len(data))}, True
    if kind == "early":
        return {"raw": base64.b64encode(data).decode(), "cut_at": rng.randrange(1, len(data)), "truncate": False}, True
    if kind == "no-finish":
        ends = [number for number, event in enumerate(events) if '"finish' in str(event) or "message_delta" in event or "response.completed" in event or "response.incomplete" in event]
        events = events[: ends[0]] if server not in CHATS else [e for e in events if '"finish_reason":"' not in e]
        return {"events": events, "done": False}, False
    if kind == "error":
        row = '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}'
        event = row if server in (*CHATS, "gemini") else ("error", row)
        return {"events": events[:at] + [event], "done": False}, False
    if kind == "garbage":
        event = "{]" if server in (*CHATS, "gemini") else ("response.created", "{]")
        return {"events": events[:at] + [event] + events[at:], "done": server in CHATS}, False
    if kind == "twice":
        return {"events": events[: at + 1] + events[at:], "done": server in CHATS}, True
    other = rng.randrange(len(events))
    events = list(events)
    events[at], events[other] = events[other], events[at]
    return {"events": events, "done": server in CHATS}, True


async def ask(gateway, client, server, name, choices=1):
    fields = {"stream_options": {"include_usage": True}} if client in CHATS else {}
    if choices > 1:
        fields["n"] = choices
    path, body = ASK[client](f"[script {name}] Go on.", True, f"speaks-{server}", **fields)
    return await exchange(gateway.config.port, request_bytes(path, body), timeout=60)


def expected(client, answer):
    """The texts and arguments that a client must put together of an answer without a fault."""
    texts, calls = {}, {}
    for n, choice in enumerate(answer.choices):
        for part in choice.parts:
            if part.kind == "tool":
                calls[part.name] = part.text
                continue
            kind = part.kind if part.kind in ("content", "refusal") else "reasoning"
            kind = "content" if kind == "refusal" and client in ("anthropic", "openai-completions") else kind
            if kind == "reasoning" and client == "openai-completions":
                continue
            texts[n, kind] = texts.get((n, kind), "") + part.text
    return {k: v for k, v in texts.items() if v}, calls


@pytest.mark.gateway
@pytest.mark.limit(14400)
def test_every_stream_keeps_to_its_grammar(patient, upstream, request, seed, figure):
    count, wrong, faults = request.config.getoption("--grammar-streams"), [], 0

    def one(number):
        client, server = PAIRS[number % len(PAIRS)]
        rng = random.Random(f"{seed}:fault:{number}")
        answer, events = made(client, server, number, seed)
        fault = rng.choice(faults_of(client, server)) if rng.random() < 0.4 else None
        script, may_be_whole = broken(server, events, fault, rng) if fault else ({"events": events, "done": server in CHATS}, True)
        if rng.random() < 0.6:
            script["chunk"] = [rng.randrange(1 << 30), rng.choice([1, 5, 60, 900])]
        return client, server, answer, fault, may_be_whole, script

    async def batch(cases):
        gate = asyncio.Semaphore(AT_ONCE)

        async def run(number, case):
            async with gate:
                return await ask(patient, case[0], case[1], f"stream-{number}", len(case[2].choices))

        return await asyncio.gather(*(run(n, c) for n, c in enumerate(cases)))

    for start in range(0, count, BATCH):
        cases = [one(n) for n in range(start, min(count, start + BATCH))]
        upstream.put({f"stream-{n}": c[5] for n, c in enumerate(cases)})
        for number, (case, got) in enumerate(zip(cases, asyncio.run(batch(cases)))):
            client, server, answer, fault, may_be_whole, _ = case
            faults += fault is not None
            name = f"{client} from {server}, {start + number}, {fault}"
            if got.status != 200:
                if fault is None or got.status not in (502, 504):
                    wrong.append(f"{name}: status {got.status}: {got.body[:120]!r}")
                continue
            seen, complaint = grammar.check(client, got.body)
            if complaint:
                wrong.append(f"{name}: {'given up by the client: ' if got.late else ''}{complaint}")
            elif fault is None:
                texts = {k: v for k, v in seen.texts.items() if v}
                calls = {said[1]: said[2] for said in seen.calls.values()}
                if (texts, calls) != expected(client, answer):
                    wrong.append(f"{name}: {(texts, calls)}, error {seen.error}, is not {expected(client, answer)}")
            elif not may_be_whole and not seen.error:
                wrong.append(f"{name}: a failure read as a success")
    figure("streams that broke their grammar, or were not what the model said", len(wrong), f"of {count} ({faults} with a fault) over {len(PAIRS)} pairings")
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:15])


def test_the_checker_bites():
    """Each of these breaks the grammar in one place."""
    answer = wire.Answer([wire.Choice([wire.Part("reasoning", "Low."), wire.Part("content", "Open it."), wire.Part("tool", "{}", "f", 0)], "tool_calls")])
    for dialect in ("openai", "anthropic", "openai-responses", "openai-completions"):
        if dialect == "openai-completions":
            answer = wire.Answer.of("Open it.")
        events = EVENTS[dialect](answer, longest=3, **({"usage": True} if dialect in CHATS else {"pings": 0} if dialect == "anthropic" else {}))
        right, complaint = grammar.check(dialect, bytes_of(dialect, events))
        assert complaint is None and right.ended
        for missing in range(len(events)):
            without = events[:missing] + events[missing + 1 :]
            got, complaint = grammar.check(dialect, bytes_of(dialect, without))
            assert complaint or got.plain != right.plain, (dialect, missing)
        for again in range(len(events)):
            twice = events[: again + 1] + events[again:]
            got, complaint = grammar.check(dialect, bytes_of(dialect, twice))
            assert complaint or got.plain != right.plain, (dialect, again)
