"""TLS and HTTP/2 on both sides, with real clients: certificates that change, streams beside one another, flow control, hostile frames."""

import asyncio
import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time

import anthropic
import h2.config
import h2.connection
import h2.events
import h2.settings
import httpx2
import openai
import pytest
from certificates import Pair
from h2server import Server
from harness import KEY, PHRASE, TRUST, free_port, wait_until

pytestmark = pytest.mark.gateway


@pytest.fixture(scope="module")
def pair(folder):
    return Pair(folder, "clients-port", TRUST)


@pytest.fixture(scope="module")
def models(folder):
    trusted = Pair(folder, "model-server")
    server = Server(trusted.server("h2"))
    server.pair = trusted
    yield server
    server.stop()


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream, pair, models):
    port = free_port()
    extra = {
        "tls": {"certificate": str(pair.certificate), "key": str(pair.key)},
        "metrics": {"listen": f"127.0.0.1:{port}", "certificate": str(pair.certificate), "key": str(pair.key)},
        "upstream": {"connect_timeout": "2s", "first_byte_timeout": "3s", "idle_timeout": "5s", "trust": str(models.pair.certificate)},
    }
    made = make_gateway(upstream.url, "tls", start=False, extra=extra)
    document = json.loads(made.path.read_text())
    document["models"] += [{"name": "two", "upstream": models.url}]
    made.path.write_text(json.dumps(document))
    made.metrics_port, made.pair = port, pair
    return made.start()


def trusting(gateway):
    """A context of one client's own: clients write the protocols that they offer into theirs."""
    return ssl.create_default_context(cafile=gateway.pair.certificate)


def sdk(gateway, http2=True):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0, http_client=httpx2.Client(http2=http2, verify=trusting(gateway)))


def ask(text, **fields):
    return {"model": "two", "messages": [{"role": "user", "content": text}], **fields}


def text_of(stream):
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


@pytest.mark.parametrize("http2", [True, False], ids=["h2", "http/1.1"])
def test_the_official_clients_speak_tls_with_either_protocol(gateway, http2):
    client = sdk(gateway, http2)
    answer = client.chat.completions.with_raw_response.create(model="mock-1", messages=[{"role": "user", "content": "Hello."}])
    assert answer.parse().choices[0].message.content
    assert answer.http_response.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert text_of(client.chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Hello."}], stream=True))
    refused = client.chat.completions.create(model="mock-1", messages=[{"role": "user", "content": f"The {PHRASE}, please."}])
    assert refused.choices[0].finish_reason == "content_filter"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-wrong").models.list()
    other = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0, http_client=httpx2.Client(http2=http2, verify=trusting(gateway)))
    with other.messages.stream(model="claude-mock", max_tokens=64, messages=[{"role": "user", "content": "Hello."}]) as stream:
        assert stream.get_final_text()


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("flag, version", [("--http2", "2"), ("--http1.1", "1.1")])
def test_curl_speaks_it_too(gateway, pair, flag, version):
    if "HTTP2" not in subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout:
        pytest.skip("this curl has no HTTP/2")
    body = json.dumps(ask("Hello.", model="mock-1"))
    command = ["curl", "-sS", flag, "--cacert", pair.certificate, "-H", f"authorization: Bearer {KEY}", "-H", "expect: 100-continue", "-d", body, "-w", "\n%{http_version} %{http_code}", f"{gateway.url}/v1/chat/completions"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=20)
    assert done.stdout.splitlines()[-1] == f"{version} 200", done.stderr


def test_a_certificate_is_replaced_under_a_running_stream(gateway, pair):
    def shown(port):
        from cryptography import x509

        with socket.create_connection(("127.0.0.1", port), 5) as raw, TRUST.wrap_socket(raw, server_hostname="127.0.0.1") as secure:
            return x509.load_der_x509_certificate(secure.getpeercert(True)).serial_number

    ports = [gateway.config.port, gateway.metrics_port]
    assert [shown(port) for port in ports] == [pair.serial] * 2
    stream = iter(sdk(gateway).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "[script endless] Go on."}], stream=True))
    next(stream)
    pair.write()
    wait_until(lambda: [shown(port) for port in ports] == [pair.serial] * 2, 5, "the new certificate was shown")
    for _ in range(20):
        next(stream)
    # A key that is another's changes nothing.
    serial, old = pair.serial, pair.key.read_bytes()
    pair.write()
    whole = pair.key.read_bytes()
    pair.key.write_bytes(old)
    wait_until(lambda: "replaced by one that cannot be used" in gateway.child.text() or None, 5, "the mistake was told")
    assert shown(ports[0]) == serial
    pair.key.write_bytes(whole)
    wait_until(lambda: shown(ports[0]) == pair.serial, 5, "the whole pair was taken")


# Model servers that speak HTTP/2


def test_calls_share_one_connection_to_a_server_of_http2(gateway, models):
    before = models.connections
    client = sdk(gateway)
    threads = [threading.Thread(target=lambda: client.chat.completions.create(**ask("Hello."))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert client.chat.completions.create(**ask("Hello.")).choices[0].message.content == "Water flows."
    assert text_of(client.chat.completions.create(**ask("Hello.", stream=True))) == "Water flows."
    # One for each event loop at the most.
    assert models.connections - before <= 16
    assert models.heads[-1][":path"] == "/v1/chat/completions" and models.heads[-1][":authority"].startswith("127.0.0.1")
    assert "connection" not in models.heads[-1] and KEY not in str(models.heads[-1])


def test_a_server_that_takes_leave_or_refuses_a_stream_costs_no_answer(gateway, models):
    client = sdk(gateway)
    for _ in range(4):
        assert client.chat.completions.create(**ask("[goaway] Hello.")).choices[0].message.content == "Water flows."
    client.chat.completions.create(**ask("Hello."))
    models.refusals = 1
    assert client.chat.completions.create(**ask("[refuse] Hello.")).choices[0].message.content == "Water flows."


def test_a_client_that_leaves_resets_its_stream_and_no_other(gateway, models):
    # By HTTP/1.1 with the client: over HTTP/2 its library says nothing when an answer is dropped.
    client = sdk(gateway, http2=False)
    first, second = (client.chat.completions.create(**ask("[hold] Go on.", stream=True)) for _ in range(2))
    next(iter(first)), next(iter(second))
    resets = models.resets
    first.close()
    wait_until(lambda: models.resets == resets + 1, 5, "the server's stream was reset")
    assert text_of(client.chat.completions.create(**ask("Hello.", stream=True))) == "Water flows."
    assert models.resets == resets + 1
    second.close()


def test_trailers_end_an_answer_and_reach_nobody(gateway):
    raw = sdk(gateway).chat.completions.with_raw_response.create(**ask("[trailers] Hello."))
    assert raw.parse().choices[0].message.content == "Water flows." and "x-made-up" not in raw.headers
    assert raw.headers["content-type"] == "application/json"


def test_a_revoked_key_cuts_its_streams_of_http2(gateway):
    key = gateway.make_key("to-be-cut")
    client = sdk(gateway).with_options(api_key=key)
    stream = iter(client.chat.completions.create(**ask("[hold] Go on.", stream=True)))
    next(stream)
    row = next(row["id"] for row in gateway.keys() if row["name"] == "to-be-cut")
    gateway.run("key", "revoke", row)
    with pytest.raises(openai.APIError) as cut:
        next(stream)
    assert "revoked" in str(cut.value)


# Frames as nobody's library would send them


class Raw:
    """A client of HTTP/2 whose every frame is our own."""

    def __init__(self, gateway, window=65_535):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", gateway.config.port), 5))
        assert self.socket.selected_alpn_protocol() == "h2"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False))
        self.h2.initiate_connection()
        self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.send()
        self.data, self.ended, self.statuses = {}, set(), {}

    def send(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, body, headers=(), end=True):
        stream = self.h2.get_next_available_stream_id()
        data = json.dumps(body).encode()
        head = [(":method", "POST"), (":path", "/v1/chat/completions"), (":scheme", "https"), (":authority", "x"), ("authorization", f"Bearer {KEY}"), ("content-length", str(len(data)))]
        self.h2.send_headers(stream, head + list(headers))
        if end:
            self.h2.send_data(stream, data, end_stream=True)
        self.send()
        return stream

    def read(self, until, seconds=5, acknowledge=True):
        """Reads until `until()` is true; False if the connection ended or time ran out."""
        end = time.monotonic() + seconds
        while not until():
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.socket.recv(65_536)
            except (TimeoutError, OSError):
                return False
            if not data:
                return False
            for event in self.h2.receive_data(data):
                match event:
                    case h2.events.ResponseReceived():
                        self.statuses[event.stream_id] = int(dict(event.headers)[b":status"])
                    case h2.events.DataReceived():
                        self.data[event.stream_id] = self.data.get(event.stream_id, b"") + event.data
                        if acknowledge:
                            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded() | h2.events.StreamReset():
                        self.ended.add(event.stream_id)
            with contextlib.suppress(OSError):
                self.send()
        return True

    def close(self):
        self.socket.close()


@pytest.mark.limit(60)
def test_a_stream_that_is_not_read_slows_its_model_and_holds_up_nobody(gateway, models):
    """A client leaves one stream's window shut: the model server stops sending it, and other streams of both connections go on."""
    models.flooded.clear()
    slow = Raw(gateway, window=4_096)
    stream = slow.ask(ask("[flood] Go on.", stream=True))
    assert slow.read(lambda: len(slow.data.get(stream, b"")) >= 3_500, 15, acknowledge=False), (slow.statuses, slow.ended, len(slow.data.get(stream, b"")))
    sent, still = 0, time.monotonic()
    while time.monotonic() - still < 0.5:
        now = sum(models.flooded.values())
        if now != sent:
            sent, still = now, time.monotonic()
        assert sent < 8 << 20, "the model server was never slowed"
        time.sleep(0.05)
    # The same connection's other streams, and other clients on the server's connection, are answered.
    other = slow.ask(ask("Hello."))
    assert slow.read(lambda: other in slow.ended, acknowledge=False) and b"Water flows." in slow.data[other]
    assert sdk(gateway).chat.completions.create(**ask("Hello.")).choices[0].message.content == "Water flows."
    # An open window lets it go on.
    slow.h2.increment_flow_control_window(1 << 20, stream)
    slow.h2.increment_flow_control_window(1 << 20)
    slow.send()
    assert slow.read(lambda: len(slow.data[stream]) > 400_000, acknowledge=False)
    resets = models.resets
    slow.close()
    wait_until(lambda: models.resets > resets, 5, "the model server's stream was reset")


def test_resets_without_end_close_the_connection(gateway):
    raw = Raw(gateway)
    with pytest.raises(OSError):
        for _ in range(40):
            for _ in range(100):
                raw.h2.reset_stream(raw.ask(ask("Hello."), end=False))
            raw.send()
            if not raw.read(lambda: False, 0.05) and raw.socket.recv(1) == b"":
                raise OSError("closed")
    raw.close()
    assert sdk(gateway).chat.completions.create(**ask("Hello.")).choices


def test_a_head_of_many_pieces_or_of_great_size_is_not_collected(gateway):
    before = gateway.memory()
    raw = Raw(gateway)
    stream = raw.h2.get_next_available_stream_id()
    frame = lambda kind, flags, data: len(data).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + data  # noqa: E731
    raw.socket.sendall(frame(1, 0, b"\x00\x01a" + bytes([1]) + b"b"))
    with pytest.raises(OSError):
        for n in range(20_000):
            raw.socket.sendall(frame(9, 0, b"\x00\x04h%03d\x7f\x81\x1f" % (n % 1000) + b"v" * 286))
        raise OSError("never closed") if raw.read(lambda: False, 2) else OSError("closed")
    raw.close()
    big = Raw(gateway)
    with contextlib.suppress(OSError):
        stream = big.ask(ask("Hello."), headers=[(f"x-{n}", "y" * 4_000) for n in range(16)])
        big.read(lambda: stream in big.ended, 3)
        assert big.statuses.get(stream, 431) >= 400
    big.close()
    assert gateway.memory() - before < 32 << 20
    assert sdk(gateway).chat.completions.create(**ask("Hello.")).choices


@pytest.mark.parametrize("path", ["", "*"])
def test_a_request_that_is_none_ends_its_stream_alone(gateway, path):
    raw = Raw(gateway)
    held = raw.ask(ask("[hold] Go on.", stream=True))
    stream = raw.h2.get_next_available_stream_id()
    raw.h2.send_headers(stream, [(":method", "GET"), (":path", path), (":scheme", "https"), (":authority", "x")], end_stream=True)
    raw.send()
    raw.read(lambda: stream in raw.ended, 3)
    assert stream not in raw.statuses or raw.statuses[stream] >= 400
    raw.close()
    assert held and sdk(gateway).chat.completions.create(**ask("Hello.")).choices


def test_a_body_that_is_too_large_is_answered_before_it_is_sent(gateway):
    raw = Raw(gateway)
    stream = raw.ask(ask("x"), headers=[], end=False)
    assert not raw.read(lambda: stream in raw.ended, 0.2)
    raw.close()
    answer = httpx2.Client(http2=True, verify=trusting(gateway)).post(f"{gateway.url}/v1/chat/completions", content=b" " * ((32 << 20) + 1), headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 413
    stranger = httpx2.Client(http2=True, verify=trusting(gateway)).post(f"{gateway.url}/v1/chat/completions", content=b" " * (4 << 20), headers={"authorization": "Bearer sk-wrong"})
    assert stranger.status_code == 401


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_a_stop_lets_streams_end_and_takes_no_new_ones(make_gateway, upstream, pair, folder):
    """With curl: python-h2 takes any GOAWAY for the connection's end, and its clients lose the streams that go on."""
    made = make_gateway(upstream.url, "tls-drain", extra={"tls": {"certificate": str(pair.certificate), "key": str(pair.key)}})
    upstream.put({"drain": {"interval_ms": 60}})
    body = json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": "[script drain] Go on."}], "stream": True})
    told = folder / "drained.txt"
    command = ["curl", "-sSN", "--http2", "--cacert", pair.certificate, "-H", f"authorization: Bearer {KEY}", "-d", body, "-o", told, f"{made.url}/v1/chat/completions"]
    child = subprocess.Popen([str(c) for c in command])
    wait_until(lambda: told.exists() and b"data:" in told.read_bytes(), 10, "the stream began")
    made.stop()
    assert child.wait(10) == 0
    assert b"[DONE]" in told.read_bytes() and b'"error"' not in told.read_bytes()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", made.config.port), 2)


def test_many_streams_of_one_connection_are_answered(gateway):
    async def run():
        async with httpx2.AsyncClient(http2=True, verify=trusting(gateway), timeout=30) as client:
            calls = [client.post(f"{gateway.url}/v1/chat/completions", json=ask(f"Hello {n}."), headers={"authorization": f"Bearer {KEY}"}) for n in range(300)]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert set(asyncio.run(run())) == {200}
