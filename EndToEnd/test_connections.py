"""How clients' connections are taken: the PROXY protocol, browsers from other sites, expectations, trailers, and how long one is kept."""

import contextlib
import json
import socket
import struct
import time

import pytest
import wire
from harness import KEY, chat, fetch, request_bytes, wait_until

pytestmark = pytest.mark.gateway
SITE = "https://app.example"


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream, folder):
    from test_access import mmdb

    places = folder / "proxied.mmdb"
    mmdb(places, {"203.0.113.0/24": {"country": {"iso_code": "KP"}}, "198.51.100.0/24": {"country": {"iso_code": "NL"}}})
    http = {"proxy_protocol": "127.0.0.2/32, 127.0.0.3/32", "cors": f"{SITE}, http://localhost:5173", "keep_alive_requests": 4}
    return make_gateway(upstream.url, "connections", extra={"http": http, "destinations": {"addresses": str(places)}})


def connect(gateway, source="127.0.0.1"):
    link = socket.create_connection(("127.0.0.1", gateway.config.port), 5, source_address=(source, 0))
    link.settimeout(5)
    return link


def read_answer(link):
    """(status, headers, body) of one answer; None if the connection ended first."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = link.recv(65_536)
        except ConnectionError:
            return None
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += link.recv(65_536)
    return int(lines[0].split()[1]), headers, body


def send(gateway, data, source="127.0.0.1"):
    with connect(gateway, source) as link:
        link.sendall(data)
        return read_answer(link)


ASK = request_bytes(*chat("Hello."))


def v1(address, family="TCP4", own="192.0.2.1"):
    return f"PROXY {family} {address} {own} 40000 443\r\n".encode()


def v2(address, command=0x21):
    return b"\r\n\r\n\x00\r\nQUIT\n" + bytes([command, 0x11]) + struct.pack("!H", 12) + socket.inet_aton(address) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 40_000, 443)


@pytest.mark.parametrize("preface", [v1, v2], ids=["text", "binary"])
def test_a_proxy_says_who_is_behind_it(gateway, preface):
    assert send(gateway, preface("198.51.100.7") + ASK, "127.0.0.2")[0] == 200
    status, _, body = send(gateway, preface("203.0.113.9") + ASK, "127.0.0.2")
    assert status == 403 and json.loads(body)["error"]["code"] == "unsupported_country"
    # In pieces, too.
    with connect(gateway, "127.0.0.3") as link:
        for byte in preface("203.0.113.9"):
            link.sendall(bytes([byte]))
        link.sendall(ASK)
        assert read_answer(link)[0] == 403


def test_a_proxys_own_connection_and_one_it_knows_nothing_of_are_served(gateway):
    assert send(gateway, v2("203.0.113.9", command=0x20) + b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "127.0.0.2")[0] == 200
    assert send(gateway, b"PROXY UNKNOWN\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "127.0.0.2")[0] == 200


@pytest.mark.parametrize("data", [ASK, b"PROXY TCP4 nonsense\r\n" + ASK, b"PROXY TCP4 203.0.113.9 192.0.2.1 1 99999\r\n" + ASK, b"\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00" + ASK], ids=["none", "nonsense", "port", "version"])
def test_a_proxy_without_its_preface_is_closed_without_an_answer(gateway, data):
    assert send(gateway, data, "127.0.0.2") is None


def test_a_preface_that_never_ends_is_closed(gateway):
    with connect(gateway, "127.0.0.2") as link:
        began = time.monotonic()
        link.sendall(b"PROXY TCP4 ")
        assert link.recv(10) == b"" and time.monotonic() - began < 4


def test_nobody_else_may_say_so(gateway):
    status, _, _ = send(gateway, v1("198.51.100.7") + ASK)
    assert status == 400


# Browsers


def test_a_listed_sites_pages_may_call_and_read(gateway):
    wish = {"origin": SITE, "access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type, x-stainless-os"}
    status, headers, body = fetch(f"{gateway.url}/v1/chat/completions", None, wish, method="OPTIONS")
    assert status == 204 and body == b"" and "content-length" not in headers
    assert headers["access-control-allow-origin"] == SITE and "POST" in headers["access-control-allow-methods"]
    assert "x-stainless-os" in headers["access-control-allow-headers"] and "access-control-allow-credentials" not in headers
    path, body = chat("Hello.")
    for stream in (False, True):
        status, headers, _ = fetch(gateway.url + path, {**body, "stream": stream}, {"authorization": f"Bearer {KEY}", "origin": SITE})
        assert status == 200 and headers["access-control-allow-origin"] == SITE and headers["vary"].lower() == "origin"
    # An error is for the page to read as well.
    status, headers, _ = fetch(gateway.url + path, body, {"authorization": "Bearer wrong", "origin": SITE})
    assert status == 401 and headers["access-control-allow-origin"] == SITE


def test_other_sites_are_told_nothing(gateway):
    for site in ("https://app.example.evil.test", "null", "http://app.example"):
        status, headers, _ = fetch(f"{gateway.url}/v1/chat/completions", None, {"origin": site, "access-control-request-method": "POST"}, method="OPTIONS")
        assert status == 204 and "access-control-allow-origin" not in headers
        assert "access-control-allow-origin" not in fetch(f"{gateway.url}/healthz", None, {"origin": site})[1]
    # Without the question of a browser it is a method that the route does not take.
    assert fetch(f"{gateway.url}/v1/chat/completions", None, method="OPTIONS")[0] == 405


# Expectations, trailers, and how long a connection is kept


def test_a_body_that_waits_to_be_wanted_is_asked_for_once_the_key_is_known(gateway):
    head, _, body = ASK.partition(b"\r\n\r\n")
    with connect(gateway) as link:
        link.sendall(head + b"\r\nexpect: 100-continue\r\n\r\n")
        assert link.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(body)
        assert read_answer(link)[0] == 200
    with connect(gateway) as link:
        link.sendall(head.replace(KEY.encode(), b"sk-wrong") + b"\r\nexpect: 100-continue\r\n\r\n")
        assert read_answer(link)[0] == 401
    status, _, answer = send(gateway, head + b"\r\nexpect: tea\r\n\r\n" + body)
    assert status == 417 and "100-continue" in json.loads(answer)["error"]["message"]


def test_trailers_of_a_request_are_dropped(gateway, upstream):
    body = json.dumps(chat("Hello.")[1]).encode()
    chunked = b"%x\r\n%s\r\n0\r\nauthorization: Bearer sk-wrong\r\nx-api-key: sk-wrong\r\nx-made-up: 1\r\n\r\n" % (len(body), body)
    head = request_bytes("/v1/chat/completions", b"").partition(b"content-length")[0] + f"authorization: Bearer {KEY}\r\ntransfer-encoding: chunked\r\ntrailer: x-made-up\r\n\r\n".encode()
    with connect(gateway) as link:
        link.sendall(head + chunked)
        assert read_answer(link)[0] == 200
        # The next request begins where it ended.
        link.sendall(ASK)
        assert read_answer(link)[0] == 200
    assert "x-made-up" not in json.dumps(upstream.stats["last_headers"]).lower()


def test_a_connection_is_closed_after_its_last_request(gateway):
    with connect(gateway) as link:
        for number in range(4):
            link.sendall(ASK)
            status, headers, _ = read_answer(link)
            assert status == 200 and ("close" == headers.get("connection")) == (number == 3)
        assert link.recv(1) == b""


def test_connections_beyond_the_most_are_closed_and_room_comes_back(make_gateway, upstream):
    made = make_gateway(upstream.url, "few-connections", extra={"http": {"connections": 8}}, limits={"keep_alive": "30s", "client_timeout": "30s"})
    wait_until(lambda: fetch(f"{made.url}/healthz")[0] == 200, 5, "it answers")
    links = [connect(made) for _ in range(8)]
    health = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"

    def served(link):
        try:
            link.sendall(health)
            return read_answer(link) is not None
        except OSError:
            return False

    # One may still be open from the look before.
    assert sum(served(link) for link in links) >= 7
    extra = [connect(made) for _ in range(3)]
    assert not any(served(link) for link in extra[1:])
    for link in links + extra:
        link.close()
    wait_until(lambda: served(connect(made)) or None, 5, "room came back")


def test_a_slow_reader_gets_all_of_its_answer_and_one_that_stops_is_let_go(make_gateway, upstream):
    """The time for an idle connection does not count while an answer is still leaving; nor is one kept whose client takes nothing."""
    limits = {"keep_alive": "1s", "write_timeout": "2s"}
    gateway = make_gateway(upstream.url, "slow-readers", limits=limits)
    # More than the kernel holds for a connection.
    words = wire.openai_whole(wire.Answer.of("a river " * 1_250_000))
    ask = request_bytes(*chat(upstream.script("huge", whole=words)))

    def begin():
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
        link.settimeout(10)
        link.connect(("127.0.0.1", gateway.config.port))
        link.sendall(ask)
        data = b""
        while b"\r\n\r\n" not in data:
            data += link.recv(4_096)
        head, _, body = data.partition(b"\r\n\r\n")
        assert b" 200 " in head
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        return link, len(body), length

    def rest(link, got, length, pause):
        with contextlib.suppress(ConnectionError):
            while got < length and (more := link.recv(131_072)):
                got += len(more)
                time.sleep(pause)
        return got

    stuck, *stopped = begin()
    left = time.monotonic()
    slow, *taken = begin()
    began = time.monotonic()
    assert rest(slow, *taken, pause=0.01) == taken[1], "the answer was cut"
    took = time.monotonic() - began
    # The time of an idle connection, that in which something has to be taken, and a second for a timer's grain.
    time.sleep(max(0, left + 1 + 2 + 2 - time.monotonic()))
    assert rest(stuck, *stopped, pause=0) < stopped[1], "nobody let go of the client that reads nothing"
    # Or this says nothing of the limit.
    assert took > 1.2, took
    slow.close()
    stuck.close()
