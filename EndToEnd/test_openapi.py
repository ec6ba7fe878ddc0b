"""schemathesis against the descriptions that the gateway serves of itself: nothing it makes up gets a 5xx, or an answer that is not described."""

import contextlib
import json
import re
import socket
import socketserver
import subprocess
import threading

import pytest
from harness import KEY, ROOT, fetch, free_port
from people import Person, port_call

pytestmark = pytest.mark.gateway
PYTHON = ROOT / ".venv-clients/bin/python"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def described(gateway):
    status, _, body = fetch(f"{gateway.url}/openapi.json", headers={"authorization": f"Bearer {KEY}"})
    if status == 404:
        pytest.skip("no description is served")
    assert status == 200
    return json.loads(body)


def tried(url, headers, folder, name, request, seed, figure, more=(), is_brief=False):
    """schemathesis against the description at `url`; nothing may be wrong. In brief every operation is tried, not every limit of its fields."""
    if not PYTHON.exists():
        pytest.skip("schemathesis is not installed (Tools/setup.sh clients)")
    work = folder / f"schemathesis-{name}"
    work.mkdir()
    examples = request.config.getoption("--openapi-examples")
    is_brief = is_brief and examples < 10
    examples = 1 if is_brief else examples
    command = [PYTHON, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url, "--checks", CHECKS]
    command += [part for header in headers for part in ("-H", header)] + ["--max-examples", examples, "--seed", seed]
    phases = "examples,fuzzing" if is_brief else "examples,coverage,fuzzing"
    command += ["--phases", phases, "--no-shrink", "--continue-on-failure", "--request-timeout", 20, "--no-color", "--warnings", "off", *more]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=3500, cwd=work)
    generated = re.search(r"(\d[\d,]*) generated", done.stdout)
    figure(f"requests that schemathesis made up, {name}", generated[1] if generated else "?", f"exit code {done.returncode}")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1500:]


@pytest.mark.limit(3600)
def test_no_made_up_request_gets_a_5xx_or_an_undescribed_answer(make_gateway, upstream, folder, request, seed, figure):
    gateway = make_gateway(upstream.url, "openapi")
    assert described(gateway)["paths"]
    tried(gateway.url, [f"Authorization: Bearer {KEY}"], folder, "clients", request, seed, figure)
    assert gateway.child.process.poll() is None, gateway.child.text()[-2000:]


@contextlib.contextmanager
def as_a_port(path):
    """A port on loopback that leads to a socket in the file system, for programs that know only ports."""

    class Link(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.socket(socket.AF_UNIX) as other:
                other.connect(str(path))
                back = threading.Thread(target=self.carry, args=(other, self.request), daemon=True)
                back.start()
                self.carry(self.request, other)
                back.join(30)

        def carry(self, source, target):
            with contextlib.suppress(OSError):
                while data := source.recv(65_536):
                    target.sendall(data)
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True

    with Server(("127.0.0.1", 0), Link) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def administered(make_gateway, upstream, folder):
    port = free_port()
    gateway = make_gateway(upstream.url, "openapi-admin", extra={"admin": {"listen": f"127.0.0.1:{port}"}})
    # Before anything else: whoever tries to sign in without end makes others wait.
    person = Person(gateway, folder, "shelly", "operator", "reviewer", "safety", "compliance", "auditor")
    person.login()
    return gateway, port, next(iter(json.loads((person.home / "sluice/sessions.json").read_text()).values()))


@pytest.mark.limit(3600)
@pytest.mark.parametrize("who", ["the machine's operator", "a person with every role", "a stranger"])
def test_nor_does_one_to_the_admin_api(administered, folder, request, seed, figure, who):
    gateway, port, token = administered
    name = f"admin, {who}"
    if who.startswith("the"):
        with as_a_port(gateway.config.var / "admin.sock") as url:
            tried(url, [], folder, name, request, seed, figure, is_brief=True)
    elif who.startswith("a person"):
        # What ends the session is left to the others.
        left_out = ["--exclude-path-regex", "sign-out|sign-in|enrol|oidc"]
        tried(f"http://127.0.0.1:{port}", [f"Authorization: Bearer {token}"], folder, name, request, seed, figure, left_out)
        assert port_call(port, "GET", "me", token=token)[0] == 200
    else:
        tried(f"http://127.0.0.1:{port}", [], folder, name, request, seed, figure, is_brief=True)
    assert gateway.child.process.poll() is None, gateway.child.text()[-2000:]
    assert fetch(f"{gateway.url}/healthz")[0] == 200
