"""What an operator sees: metrics, traces, and log lines of exchanges."""

import asyncio
import hashlib
import json
import re
import socket
import ssl
import subprocess
import time
import urllib.request

import pytest
from harness import KEY, PHRASE, ask, chat, exchange, fetch, free_port, messages, request_bytes, wait_until
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.gateway
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def send(gateway, path, body, key=KEY, headers=None):
    return asyncio.run(exchange(gateway.config.port, request_bytes(path, body, key=key, headers=headers), 20))


def scrape(gateway):
    """The page on the admin socket: its content type and {(name, labels): value}."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(gateway.config.var / "admin.sock"))
    connection.sendall(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    data = b""
    while part := connection.recv(65536):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and b"text/plain; version=0.0.4" in head.lower(), head
    if b"transfer-encoding: chunked" in head.lower():
        plain, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            plain, rest = plain + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        body = plain
    return body.decode()


def numbers(page):
    return {(s.name, frozenset(s.labels.items())): s.value for family in text_string_to_metric_families(page) for s in family.samples}


def total(values, name, **labels):
    return sum(v for (n, have), v in values.items() if n == name and set(labels.items()) <= have)


# Metrics


@pytest.mark.limit(90)
def test_metrics_are_prometheus_text_and_agree_with_what_was_sent(make_gateway, upstream, figure):
    gateway = make_gateway(upstream.url, "metrics")
    upstream.script("stops", answer=None, whole=None, events=[json.dumps({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "mock-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}) for text in ("Water. ", f"{PHRASE} ", "More.")])
    for _ in range(7):
        assert send(gateway, *chat("[script plain] Hi")).status == 200
    for _ in range(5):
        assert send(gateway, *chat("[script plain] Hi", True)).status == 200
    for _ in range(4):
        assert send(gateway, *messages("[script plain] Hi")).status == 200
    for _ in range(3):
        assert send(gateway, *chat(f"Tell me of the {PHRASE}.")).json["choices"][0]["finish_reason"] == "content_filter"
    assert b"content_filter" in send(gateway, *chat("[script stops] Hi", True)).body
    for _ in range(2):
        assert send(gateway, *chat("Hi", model="planted-model-name", user="planted-user")).status == 404
    assert send(gateway, "/v1/chat/completions", b"{not json").status == 400
    assert send(gateway, *chat("Hi"), key="sk-planted-wrong-key-0000000000000000").status == 401
    assert fetch(f"{gateway.url}/planted/route")[0] == 404
    assert fetch(f"{gateway.url}/healthz")[0] == 200
    page = scrape(gateway)
    values = numbers(page)
    how = "sluice_exchanges_total"
    assert total(values, how, outcome="complete", dialect="openai") == 12
    assert total(values, how, outcome="complete", dialect="anthropic") == 4
    assert total(values, how, outcome="refused") == 3
    assert total(values, how, outcome="stopped") == 1
    assert total(values, how, outcome="rejected") == 3
    assert total(values, how) == 23 == total(values, "sluice_exchange_seconds_count")
    assert total(values, "sluice_refusals_total", category="origami_ritual", side="request", stage="phrase") == 3
    assert total(values, "sluice_refusals_total", category="origami_ritual", side="answer") == 1
    errors = {kind: total(values, "sluice_errors_total", kind=kind) for kind in ("unknown_model", "invalid_request", "invalid_key", "unknown_route", "internal")}
    assert errors == {"unknown_model": 2, "invalid_request": 1, "invalid_key": 1, "unknown_route": 1, "internal": 0}
    steps = {step: total(values, "sluice_step_seconds_count", step=step) for step in ("parse", "admit", "judge_request", "ledger", "upstream_first_byte")}
    assert steps == {"parse": 23, "admit": 22, "judge_request": 20, "ledger": 20, "upstream_first_byte": 17}
    assert total(values, "sluice_first_byte_seconds_count") == 6
    assert total(values, "sluice_step_seconds_count", step="judge_answer") >= 11
    assert total(values, "sluice_upstream_calls_total", model="mock-1") == 13
    assert total(values, "sluice_exchanges_open") == 0 == total(values, "sluice_streams_open")
    assert total(values, "sluice_http_requests_total") >= 27
    assert total(values, "sluice_http_other_requests_total", route="healthz") >= 1
    for name, labels in [key for key in values if key[0].endswith("_bucket")]:
        bare = frozenset(item for item in labels if item[0] != "le")
        row = sorted((float(dict(have)["le"]), v) for (n, have), v in values.items() if n == name and frozenset(i for i in have if i[0] != "le") == bare)
        assert [v for _, v in row] == sorted(v for _, v in row) and row[-1][0] == float("inf")
        assert row[-1][1] == values[name.replace("_bucket", "_count"), bare]
    for what in ("sluice_ledger_lag_records", "sluice_ledger_lag_seconds", "sluice_reservations_open", "sluice_reserved_amount", "sluice_compute_queue_depth", "sluice_model_queue_depth", "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total"):
        assert any(n == what for n, _ in values), what
    assert total(values, "sluice_ledger_writable") == 1 and total(values, "process_resident_memory_bytes") > 1 << 20
    build = dict(next(labels for name, labels in values if name == "sluice_build_info"))
    assert build["binary"] == hashlib.sha256(gateway.binary.read_bytes()).hexdigest() and len(build["constitution"]) == 64
    assert "planted" not in page and KEY not in page and PHRASE not in page
    # What runs is seen while it runs.
    async def hold():
        task = asyncio.create_task(exchange(gateway.config.port, request_bytes(*chat("[script endless] Hi", True)), 20))
        await asyncio.sleep(0.7)
        seen = numbers(await asyncio.to_thread(scrape, gateway))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seen

    seen = asyncio.run(hold())
    assert total(seen, "sluice_streams_open") == 1 == total(seen, "sluice_exchanges_open")
    assert wait_until(lambda: total(numbers(scrape(gateway)), how, outcome="client_left") == 1, 5, "a client that left")
    figure("metrics: bytes of a page", len(page))


@pytest.mark.limit(60)
def test_a_port_for_metrics_alone_takes_tls_and_a_token(make_gateway, upstream, folder):
    port, token = free_port(), "token-0123456789abcdef"
    (folder / "metrics.token").write_text(token + "\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "m.key", "-out", folder / "m.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    metrics = {"listen": f"127.0.0.1:{port}", "certificate": str(folder / "m.pem"), "key": str(folder / "m.key"), "token_file": str(folder / "metrics.token")}
    make_gateway(upstream.url, "metrics-tls", extra={"metrics": metrics})
    trust = ssl.create_default_context(cafile=str(folder / "m.pem"))

    def get(path, **headers):
        try:
            return urllib.request.urlopen(urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers=headers), context=trust, timeout=10)
        except urllib.error.HTTPError as error:
            return error

    answer = wait_until(lambda: get("/metrics", Authorization=f"Bearer {token}"), 10, "the port")
    assert answer.status == 200 and any(text_string_to_metric_families(answer.read().decode()))
    assert get("/metrics").status == 401 and get("/metrics", Authorization="Bearer token-0123456789abcdeX").status == 401
    assert get("/admin/v1/status", Authorization=f"Bearer {token}").status == 404
    bad = make_gateway(upstream.url, "metrics-open", start=False, extra={"metrics": {"listen": f"0.0.0.0:{port}"}})
    done = subprocess.run([bad.binary, "doctor", "--config", bad.path], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and "beyond loopback" in done.stdout + done.stderr


# Traces


def lines(gateway, trace=None):
    text = (gateway.config.var.parent / f"{gateway.config.var.name}.log").read_text()
    found = [json.loads(line) for line in text.splitlines() if '"message":"Exchange"' in line]
    return [line for line in found if trace is None or line.get("trace_id") == trace]


@pytest.mark.limit(60)
@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_trace_goes_on_under_a_span_of_ours(gateway, upstream, dialect):
    trace = hashlib.md5(f"{dialect}{time.monotonic_ns()}".encode()).hexdigest()
    answer = send(gateway, *ask(dialect, "[script plain] Hi"), headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "vendor=a1,other=b"})
    assert answer.status == 200
    sent = upstream.stats["last_headers"]
    read = re.fullmatch(rf"00-{trace}-([0-9a-f]{{16}})-01", sent["traceparent"])
    assert read and read[1] not in ("00f067aa0ba902b7", "0" * 16) and sent["tracestate"] == "vendor=a1,other=b"
    line = wait_until(lambda: lines(gateway, trace), 5, "the line")[0]
    assert line["span_id"] == read[1] and line["parent_id"] == "00f067aa0ba902b7" and line["decision"] == answer.decision
    assert line["outcome"] == "complete" and line["ms"] > 0 and line["route"].startswith(("chat", "messages"))
    assert "water" not in json.dumps(line).lower() and KEY not in json.dumps(line)


@pytest.mark.parametrize("value", ["", "00-x", PARENT.upper(), PARENT + "-00", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE}-00f067aa0ba902b7-01"])
def test_a_malformed_trace_is_ignored(gateway, upstream, value):
    upstream.reset()
    assert send(gateway, *chat("[script plain] Hi"), headers={"traceparent": value, "tracestate": "a=1"}).status == 200
    assert "traceparent" not in upstream.stats["last_headers"] and "tracestate" not in upstream.stats["last_headers"]


@pytest.mark.limit(60)
def test_traces_are_begun_or_left_alone_as_the_settings_say(make_gateway, upstream):
    begun = make_gateway(upstream.url, "trace-start", extra={"tracing": "start"})
    seen = set()
    for _ in range(5):
        send(begun, *chat("[script plain] Hi"))
        seen.add(upstream.stats["last_headers"]["traceparent"])
    assert len({value.split("-")[1] for value in seen}) == 5
    made = wait_until(lambda: len(lines(begun)) >= 5 and lines(begun), 5, "the lines")
    assert {f"00-{one['trace_id']}-{one['span_id']}-01" for one in made} == seen and not any("parent_id" in one for one in made)
    off = make_gateway(upstream.url, "trace-off", extra={"tracing": "off", "log": {"exchanges": "all"}})
    send(off, *chat("[script plain] Hi"), headers={"traceparent": PARENT})
    assert "traceparent" not in upstream.stats["last_headers"]
    send(off, *chat("Hi", model="planted-model-name"))
    made = wait_until(lambda: len(lines(off)) >= 2 and lines(off), 5, "the lines")
    assert [one["outcome"] for one in made] == ["complete", "rejected"] and made[1]["error"] == "unknown_model"
    assert "planted" not in json.dumps(made) and "trace_id" not in made[0]
