"""Content is private: no prompt, answer or secret is in the log, the ledger or the store, and the log is JSON."""

import asyncio
import base64
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import urllib.parse

import pytest
import wire
from harness import KEY, OTHER_KEY, PHRASE, ROOT, ask, exchange, fetch, free_port, request_bytes, wait_until

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
    # The rules are public, and kept as they are; the phrase stands in them.
    places = [gateway.child.log, *(f for f in gateway.config.var.rglob("*") if f.is_file() and f.parent.name != "releases")]
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


class Plant:
    """Secrets by the place that they are planted in; each is told from every other by its bytes."""

    def __init__(self):
        self.secrets = {}

    def __call__(self, place, prefix=""):
        return self.secrets.setdefault(place, prefix + "q" + secrets.token_hex(10))

    def forms(self, value):
        """The ways in which a value could be written down by mistake."""
        data = value.encode()
        yield "plain", data
        yield "hexadecimal", data.hex().encode()
        yield "percent-encoded", "".join(f"%{b:02X}" for b in data).encode()
        for shift in range(3):
            # What of a base64 text does not depend on what stands before and behind it.
            yield f"base64 ({shift})", base64.b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
        yield "UTF-16", value.encode("utf-16-le")
        yield "its end", data[-12:]
        # Of keys that are made here the first letters are shown, so that people tell them apart.
        if not value.startswith("sk-"):
            yield "its beginning", data[:12]

    def found_in(self, data):
        return [(place, form) for place, value in self.secrets.items() for form, bytes_ in self.forms(value) if bytes_ in data]


def requests(plant):
    """(path, body, headers) that carry a secret in every field that a client can fill."""
    tool = {"type": "function", "function": {"name": plant("tool name"), "description": plant("tool description"), "parameters": {"type": "object", "properties": {plant("schema field"): {"type": "string", "enum": [plant("enum value")], "description": plant("field description")}}}}}
    call = {"id": plant("call id"), "type": "function", "function": {"name": "gauge", "arguments": json.dumps({"city": plant("tool arguments")})}}
    openai = {
        "model": "mock-1",
        "messages": [
            {"role": "system", "content": f"You are {plant('system prompt')}."},
            {"role": "user", "name": plant("participant"), "content": f"[script secret-o] {plant('user prompt')}"},
            {"role": "assistant", "content": plant("earlier answer"), "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "x", "content": plant("tool result")},
            {"role": "user", "content": [{"type": "text", "text": plant("text part")}]},
        ],
        "tools": [tool], "stop": [plant("stop sequence")], "user": plant("user field"), "metadata": {"note": plant("metadata")},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "title": plant("response schema")}}},
    }  # fmt: skip
    anthropic = {
        "model": "claude-mock", "max_tokens": 50, "system": [{"type": "text", "text": plant("anthropic system")}],
        "messages": [
            {"role": "user", "content": f"[script secret-a] {plant('anthropic prompt')}"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "gauge", "input": {"city": plant("tool input")}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": plant("anthropic tool result")}]},
            {"role": "assistant", "content": plant("prefill")},
        ],
        "metadata": {"user_id": plant("metadata user")}, "stop_sequences": [plant("anthropic stop")],
        "tools": [{"name": "gauge", "description": plant("anthropic tool"), "input_schema": {"type": "object", "properties": {}}}],
    }  # fmt: skip
    headers = {
        "user-agent": plant("user agent"), "cookie": f"session={plant('cookie')}", "x-anything": plant("header"), "idempotency-key": plant("idempotency key"),
        "referer": f"https://{plant('referer')}/", "x-forwarded-for": plant("forwarded for"), "openai-organization": plant("organization header"),
    }  # fmt: skip
    yield "/v1/chat/completions", openai, headers
    yield "/v1/chat/completions", {**openai, "stream": True}, headers
    yield "/v1/messages", anthropic, headers
    yield "/v1/messages", {**anthropic, "stream": True}, headers
    yield "/v1/chat/completions", {"model": "mock-1", "safety_identifier": plant("safety identifier"), "messages": [{"role": "user", "content": f"{plant('refused prompt')}: {PHRASE}"}]}, headers
    yield "/v1/chat/completions", {"model": plant("unknown model"), "messages": [{"role": "user", "content": "Hi"}]}, headers
    yield "/v1/chat/completions", {"model": "mock-1", plant("unknown field"): plant("unknown value"), "messages": [{"role": "user", "content": "Hi"}]}, headers
    yield "/v1/chat/completions", {"model": "mock-1", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"https://x/{plant('image address')}"}}]}]}, headers
    yield "/v1/chat/completions", {"model": "mock-1", "messages": [{"role": plant("wrong role"), "content": "Hi"}]}, headers
    yield "/v1/chat/completions", {"model": "mock-1", "messages": [{"role": "user", "content": "[script secret-error] Hi"}]}, headers
    yield "/v1/chat/completions", f'{{"model":"mock-1","messages":[{{"role":"user","content":"{plant("broken body")}'.encode(), headers
    yield f"/v1/{plant('path')}", {}, headers
    yield f"/v1/chat/completions?{plant('query')}=1", {"model": "mock-1", "messages": [{"role": "user", "content": "Hi"}]}, headers


def answers(plant):
    """Scripts whose answers carry secrets."""
    parts = [
        wire.Part("reasoning", f"I think of {plant('reasoning')}. "), wire.Part("content", f"The {plant('answer')} stands there."),
        wire.Part("tool", json.dumps({"city": plant("answer's tool arguments")}), "weather", 0),
    ]  # fmt: skip
    said = wire.Answer([wire.Choice(parts, "tool_calls")])
    thinking = wire.Answer([wire.Choice([wire.Part("thinking", plant("thinking")), wire.Part("content", plant("anthropic answer"))])])
    headers = {"set-cookie": plant("upstream cookie"), "x-internal": plant("upstream header")}
    return {
        "secret-o": {"events": wire.openai_events(said), "whole": wire.openai_whole(said), "headers": headers},
        "secret-a": {"events": wire.anthropic_events(thinking), "whole": wire.anthropic_whole(thinking), "done": False, "headers": headers},
        "secret-error": {"status": 500, "headers": headers, "body": {"error": {"message": plant("upstream error"), "type": "server_error"}}},
        "secret-open": {"events": wire.openai_events(said), "stall_at": 4},
    }


def scan(plant, places):
    found = [(str(path), *hit) for path in places for hit in plant.found_in(path.read_bytes())]
    assert not found, "\n".join(f"{place}: the {what}, {form}" for place, what, form in found[:20])


@pytest.mark.limit(120)
def test_fifty_planted_secrets_are_found_nowhere(make_gateway, upstream, tmp_path, figure):
    plant, port = Plant(), free_port()
    plant.secrets |= {"API key": KEY, "other API key": OTHER_KEY, "upstream key": "sk-upstream-secret"}
    upstream.put(answers(plant))
    gateway = make_gateway(
        upstream.url, "secrets", extra={"admin": {"listen": f"127.0.0.1:{port}"}, "content": {"keep": "refused"}, "ledger": {"segment_bytes": 65536}}
    )
    var = gateway.config.var
    plant.secrets["made API key"] = gateway.make_key("scan")
    plant.secrets["admin token"] = (var / "keys/admin.token").read_text().strip()
    appealed = json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": f"{plant('appeal text')}: {PHRASE}"}]}).encode()

    async def talk():
        for key in (KEY, plant.secrets["made API key"], plant("wrong key", "sk-")):
            for path, body, headers in requests(plant):
                await exchange(gateway.config.port, request_bytes(path, body, key=key, headers=headers))
        return await exchange(gateway.config.port, request_bytes("/v1/chat/completions", appealed))

    decision = asyncio.run(talk()).decision
    status, _, body = fetch(f"{gateway.url}/sluice/v1/appeals", {"decision": decision, "reason": "A lesson.", "text": appealed.decode()}, {"authorization": f"Bearer {KEY}"})
    assert status == 201, body
    fetch(f"http://127.0.0.1:{port}/admin/v1/status", None, {"authorization": f"Bearer {plant('wrong admin token')}"})
    sealing = tmp_path / "backup.key"
    sealing.write_text(secrets.token_hex(32))
    plant.secrets["backup key"] = sealing.read_text()
    assert len(plant.secrets) >= 50, len(plant.secrets)

    out = tmp_path / "out"
    out.mkdir()
    token = {"authorization": f"Bearer {plant.secrets['admin token']}"}
    for name in ("metrics", "admin/v1/status", "admin/v1/events", "admin/v1/keys", "admin/v1/cases", "admin/v1/keeping/texts", "admin/v1/stops"):
        (out / name.replace("/", "-")).write_bytes(fetch(f"http://127.0.0.1:{port}/{name}", None, token)[2])
    (out / "readyz").write_bytes(fetch(f"{gateway.url}/readyz")[2])
    (out / "export").write_text(gateway.run("ledger", "export", "--salts"))
    for command in (["usage", "--by", "key"], ["org", "list"], ["key", "list", "--json"], ["store", "list"], ["appeal", "list"], ["ledger", "tail", "-n", "500"]):
        (out / "-".join(command).replace("/", "")).write_text(gateway.run(*command))
    gateway.run("backup", tmp_path / "backup", "--with-private-keys", "--key-file", sealing)
    gateway.run("store", "rekey")
    assert plant.secrets["appeal text"] in gateway.run("store", "read", decision), "the refused request is kept, sealed"

    def places():
        own = {var / "keys/admin.token"}
        return [gateway.child.log, *(p for folder in (var, out, tmp_path / "backup") for p in folder.rglob("*") if p.is_file() and p not in own)]

    wait_until(lambda: gateway.run("store", "list").count("origami_ritual") >= 3, 10, "refusals are kept")
    scan(plant, places())

    # The process dies with texts in its memory and says how: by Swift's backtraces, as the units set them.
    cores = set(ROOT.glob("core*")) | set(var.glob("core*"))
    for number in (signal.SIGABRT, signal.SIGSEGV):
        os.environ["SWIFT_BACKTRACE"] = "enable=yes,registers=none,color=no,symbolicate=off"
        try:
            gateway.stop()
            gateway.start()
        finally:
            del os.environ["SWIFT_BACKTRACE"]

        async def open_streams():
            body = {"model": "mock-1", "stream": True, "messages": [{"role": "user", "content": f"[script secret-open] {plant.secrets['user prompt']}"}]}
            calls = [asyncio.create_task(exchange(gateway.config.port, request_bytes("/v1/chat/completions", body), 30)) for _ in range(8)]
            await asyncio.sleep(0.3)
            gateway.child.signal(number)
            # A signal from outside comes once: Swift's handler writes what it has to say, and the next one ends the process.
            for _ in range(200):
                await asyncio.sleep(0.1)
                if gateway.child.process.poll() is not None or b"Backtrace took" in gateway.child.log.read_bytes()[before:]:
                    break
            gateway.child.signal(number)
            await asyncio.gather(*calls)

        before = gateway.child.log.stat().st_size
        asyncio.run(open_streams())
        gateway.child.process.wait(60)
        said = gateway.child.log.read_bytes()[before:]
        assert gateway.child.process.returncode == -number
        if shutil.which("swift-backtrace") or pathlib.Path("/usr/libexec/swift/linux/swift-backtrace").exists():
            assert b"Crash" in said or b"crashed" in said.lower(), said[-500:]
        scan(plant, places())
    assert set(ROOT.glob("core*")) | set(var.glob("core*")) == cores, "a core file holds everything"
    figure("planted secrets found", 0, f"of {len(plant.secrets)}, in {len(places())} files: log, metrics, ledger, store, backup, crash output")


def test_what_is_handed_out_names_nobody_and_its_holder_finds_them_again(gateway):
    """An export for an auditor: the same party has one name within a period, and only the key says whose it is."""

    async def talk():
        for user in ("ada", "ben", "ada"):
            assert (await exchange(gateway.config.port, request_bytes(*ask("openai", "Hello.", safety_identifier=user)))).status == 200

    asyncio.run(talk())
    plain = [json.loads(line) for line in gateway.run("ledger", "export").splitlines()]
    known = {one[field] for one in plain if one["kind"] == "admission" for field in ("organisation", "account", "key", "end_user") if one.get(field)}
    text = gateway.run("ledger", "export", "--pseudonyms", "day")
    assert len(known) >= 5 and not any(one in text for one in known) and "_salt" not in text and '"chain"' not in text and '"kind":"act"' not in text
    rows = {one["decision_id"]: one for one in map(json.loads, text.splitlines()) if one["kind"] == "admission"}
    for one in plain:
        if one["kind"] == "admission":
            other = rows[one["decision_id"]]
            assert {k: v for k, v in one.items() if k not in ("chain", "organisation", "account", "key", "end_user", "permission")}.items() <= other.items()
    pairs = {(one["end_user"], rows[one["decision_id"]]["end_user"]) for one in plain if one.get("end_user")}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) >= 2
    for real, name in pairs:
        assert gateway.run("ledger", "whose", name) == f"{name} is {real}\n"
    # Another period, another name; another key, nobody.
    assert not {one["organisation"] for one in map(json.loads, gateway.run("ledger", "export", "--pseudonyms", "month").splitlines()) if one.get("organisation")} & {one["organisation"] for one in rows.values()}
    key = gateway.config.var / "keys/pseudonyms.key"
    assert key.stat().st_mode & 0o077 == 0
    other = gateway.config.var.parent / "other-pseudonyms.key"
    other.write_text("00" * 32)
    done = gateway.run("ledger", "whose", name, "--pseudonym-key", other, check=False)
    assert done.returncode == 1 and "nobody" in done.stderr
    assert gateway.run("ledger", "whose", "org_a", check=False).returncode == 64
    assert gateway.run("ledger", "export", "--pseudonyms", "month", "--salts", check=False).returncode == 64
