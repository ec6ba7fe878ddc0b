"""The page of metrics on the admin socket, read as Prometheus reads it."""

import socket

from prometheus_client.parser import text_string_to_metric_families


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
