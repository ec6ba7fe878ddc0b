"""Transcripts of every make of server, cut at sampled bytes, read by clients of every dialect: the same in their hands however it came."""

import asyncio
import base64
import json
import random

import grammar
import pytest
import transcripts
from harness import chat, completions, exchange, messages, request_bytes, responses

ASK = {"openai": chat, "anthropic": messages, "openai-responses": responses, "openai-completions": completions}
AT_ONCE = 40
GROUP = 40


def ways(raw, cuts, rng):
    """The uncut transcript, and ways of cutting it: once or twice at bytes where it hurts, or into small pieces."""
    out, data = [{"raw": base64.b64encode(raw).decode()}], raw
    tender = [n for n in range(1, len(data)) if data[n] & 0xC0 == 0x80 or data[n - 1 : n] in (b"\n", b"\r", b"\\", b'"')]
    for number in range(cuts):
        if number % 3 == 2:
            out.append({**out[0], "chunk": [rng.randrange(1 << 30), rng.choice([1, 2, 7, 40])]})
        else:
            places = {rng.choice(tender) if rng.random() < 0.6 else rng.randrange(1, len(data)) for _ in range(rng.randint(1, 3))}
            out.append({**out[0], "cuts": sorted(places)})
    return out


def read(client, made, body):
    """(what was put together, what was broken): chats from chat servers come as they are, so only the former is looked at."""
    if client == made.server == "openai":
        return grammar.as_it_came(body)
    return grammar.check(client, body)


def differs(client, made, got):
    """How what a client has differs from what the transcript says; None if it does not."""
    if made.said is None:
        return None
    texts = {}
    for (_, kind), text in got.texts.items():
        if text:
            texts[kind] = texts.get(kind, "") + text
    have = texts, [(c[1], json.loads(c[2] or "{}")) for _, c in sorted(got.calls.items())], got.finish.get(0)
    wanted = made.expected(client)
    return None if have == wanted else f"{have} is not {wanted}"


@pytest.mark.gateway
@pytest.mark.limit(14400)
def test_transcripts_are_the_same_wherever_they_are_cut(patient, upstream, request, seed, figure):
    count, cuts, wrong, asked = request.config.getoption("--transcripts"), request.config.getoption("--cuts"), [], 0
    made = transcripts.transcripts(count, seed)

    async def all_of(group):
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number, way, client, server):
            async with gate:
                fields = {"stream_options": {"include_usage": True}} if client in ("openai", "openai-completions") else {}
                path, body = ASK[client](f"[script golden-{number:04}-{way:02}] Go on.", True, f"speaks-{server}", **fields)
                return await exchange(patient.config.port, request_bytes(path, body), timeout=120)

        return [
            {client: await asyncio.gather(*(one(number, way, client, transcript.server) for way in range(cuts + 1))) for client in ASK}
            for number, transcript in group
        ]  # fmt: skip

    numbered = list(enumerate(made))
    for start in range(0, count, GROUP):
        group, rng = numbered[start : start + GROUP], random.Random(f"{seed}:{start}")
        scripts = {f"golden-{n:04}-{w:02}": way for n, t in group for w, way in enumerate(ways(t.bytes, cuts, rng))}
        upstream.put(scripts)
        for (number, transcript), answers in zip(group, asyncio.run(all_of(group))):
            for client, list_ in answers.items():
                asked += len(list_)
                results = [read(client, transcript, a.body) if a.status == 200 else (None, f"status {a.status}: {a.body[:200]!r}") for a in list_]
                name = f"{client} from {transcript.server} ({transcript.make}, {number})"
                if complaints := [c for _, c in results if c]:
                    wrong.append(f"{name}: {complaints[0]}")
                elif any(got.plain != results[0][0].plain for got, _ in results[1:]):
                    wrong.append(f"{name}: a cut changed it")
                elif said := differs(client, transcript, results[0][0]):
                    wrong.append(f"{name}: {said}")
        upstream.put({name: None for name in scripts})
    figure("transcripts that a cut changed, or that were read as something else", len(wrong), f"of {count}, each by {len(ASK)} clients in {cuts + 1} ways: {asked} streams")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:25])


def test_the_transcripts_are_of_every_dialect_and_make():
    made = transcripts.transcripts(500, 1)
    assert len({(t.server, t.make) for t in made}) >= 50 and {t.server for t in made} == {"openai", "anthropic", "openai-responses", "gemini"}
    assert len({t.bytes for t in made}) >= 495
