"""Content is private: no prompt, answer or secret is in the log, the ledger or the store, and the log is JSON."""

import asyncio
import json
import secrets

import pytest
import wire
from harness import KEY, OTHER_KEY, PHRASE, ask, exchange, request_bytes

pytestmark = pytest.mark.gateway


def test_nothing_said_is_kept(make_gateway, upstream):
    gateway = make_gateway(upstream.url, "private")
    prompt, answer = f"reed{secrets.token_hex(8)}", f"heron{secrets.token_hex(8)}"
    said = wire.Answer.of(f"The {answer} stands in the water.")
    upstream.put({
        "private-o": {"events": wire.openai_events(said), "whole": wire.openai_whole(said)},
        "private-a": {"events": wire.anthropic_events(said), "whole": wire.anthropic_whole(said), "done": False},
    })  # fmt: skip

    async def talk():
        for dialect, script in (("openai", "private-o"), ("anthropic", "private-a")):
            for stream in (False, True):
                got = await exchange(gateway.config.port, request_bytes(*ask(dialect, f"[script {script}] The {prompt}?", stream)))
                assert got.status == 200 and (stream or answer.encode() in got.body)
                await exchange(gateway.config.port, request_bytes(*ask(dialect, f"The {prompt}: {PHRASE}", stream)))
                await exchange(gateway.config.port, request_bytes(*ask(dialect, f"[script always-500] The {prompt}?", stream)))
        await exchange(gateway.config.port, request_bytes("/v1/chat/completions", f'{{"model":"mock-1","{prompt}":'.encode()))
        await exchange(gateway.config.port, request_bytes(*ask("openai", prompt), key=f"sk-wrong-{prompt}"))

    asyncio.run(talk())
    gateway.stop()
    places = [gateway.child.log, *(f for f in gateway.config.var.rglob("*") if f.is_file())]
    assert len(places) > 2
    for place in places:
        data = place.read_bytes()
        for what in (prompt, answer, PHRASE, KEY, OTHER_KEY, "sk-upstream-secret"):
            assert what.encode() not in data, f"{what} stands in {place}"
        for name in (prompt, answer):
            assert name[:10].encode() not in data, f"a part of {name} stands in {place}"


def test_the_log_is_json_lines(gateway):
    lines = [line for line in gateway.child.text().splitlines() if line.strip()]
    assert lines
    for line in lines:
        row = json.loads(line)
        assert {"level", "message"} <= {k.lower() for k in row} or "msg" in row, line
