"""Guarded models: nothing but judged text leaves, and what comes over a server's link is accounted for."""

import asyncio
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from harness import HERE, KEY, Child, chat, events, exchange, fetch, messages, request_bytes, responses, wait_until

pytestmark = pytest.mark.gateway
SIZE = 10_000_000_000
ALLOWED = SIZE // 1000


def noise(seed, count):
    return random.Random(seed).randbytes(count // 2).hex()


def chunks(seed, count=60, padding=0, **extra):
    """A chat stream whose events carry what nobody asked for."""
    base = {"id": f"chatcmpl-{seed}", "object": "chat.completion.chunk", "created": 1, "model": "mock-1", "system_fingerprint": "fp_hidden_fingerprint"}
    out = []
    for place in range(count):
        event = {**base, "choices": [{"index": 0, "delta": {"content": "water "}, "finish_reason": None}], **extra}
        if padding:
            event["x_blob"] = noise(f"{seed}-{place}", padding)
        out.append(json.dumps(event))
    out.append(json.dumps({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    out.append(json.dumps({**base, "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": count, "total_tokens": count + 3}}))
    return out


def calls():
    call = {"index": 0, "id": "call_from_the_server", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Delft"}'}}
    base = {"id": "chatcmpl-x", "object": "chat.completion.chunk", "created": 1, "model": "mock-1"}
    stream = [{**base, "choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [call]}, "finish_reason": None}]}, {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}]
    whole = {"id": "chatcmpl-x", "object": "chat.completion", "created": 1, "model": "mock-1", "system_fingerprint": "fp_hidden_fingerprint", "x_blob": "hidden", "choices": [{"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [{k: v for k, v in call.items() if k != "index"}], "x_note": "hidden"}, "finish_reason": "tool_calls"}], "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}
    return [json.dumps(event) for event in stream], json.dumps(whole)


def models(url, **egress):
    return [{"name": "mock-1", "dialect": "openai", "upstream": url, "guarded": True, **({"egress": egress} if egress else {})}, {"name": "other", "dialect": "openai", "upstream": url, "upstream_model": "mock-1"}]


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream):
    return make_gateway(upstream.url, "egress", extra={"models": models(upstream.url)})


def send(gateway, path, body, seconds=20):
    return asyncio.run(exchange(gateway.config.port, request_bytes(path, body, key=KEY), seconds))


def account(gateway, model="mock-1"):
    found = [a for a in json.loads(gateway.run("egress", "show", "--json"))["data"] if a["model"] == model]
    return found[0] if found else None


HIDDEN = [b"hidden", b"x_blob", b"x_note", b"call_from_the_server", b"chatcmpl-7", b"up-e2e"]


@pytest.mark.parametrize("ask", [chat, messages, responses], ids=["openai", "anthropic", "responses"])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_nothing_but_judged_text_rides_in_an_answer(gateway, upstream, ask, stream):
    made, whole = calls()
    upstream.put({"padded": {"events": chunks(7, 5, 200), "whole": whole}, "calls": {"events": made, "whole": whole}})
    for script in ("padded", "calls"):
        answer = send(gateway, *ask(f"[script {script}] Hi", stream, model="mock-1"))
        assert answer.status == 200, answer.body
        for hidden in HIDDEN:
            assert hidden not in answer.body, (hidden, answer.body)
        assert b"up-e2e" not in repr(answer.headers).encode()
        if script == "calls" or not stream:
            assert b"weather" in answer.body and b"Delft" in answer.body
        else:
            assert answer.body.count(b"water") >= 5 and events(answer.body)


def test_words_of_a_guarded_server_that_nobody_judged_reach_nobody(gateway, upstream):
    upstream.put({"words": {"status": 400, "body": {"error": {"message": "hidden in an error", "type": "x"}}}})
    answer = send(gateway, *chat("[script words] Hi"))
    assert answer.status == 400 and b"hidden" not in answer.body


def acts(gateway, action):
    return [line for line in gateway.run("ledger", "export").splitlines() if f'"{action}"' in line]


@pytest.mark.parametrize("kind", ["padding", "burst", "drip"])
def test_what_nobody_can_explain_ends_the_service_until_a_person_releases_it(gateway, upstream, figure, kind):
    if kind == "padding":
        upstream.put({"thief": {"events": chunks(11, 60, 8_000)}})
    elif kind == "burst":
        # Text as fast as the link carries it, with tokens to match.
        text = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock-1", "choices": [{"index": 0, "delta": {"content": "water and mills turn slowly " * 400}, "finish_reason": None}]}
        upstream.put({"thief": {"events": [json.dumps(text)] * 1200}})
    else:
        upstream.put({"thief": {"events": chunks(12, 2_000, 120)}})
    before = (account(gateway) or {"link": 0})["link"]
    for number in range(400):
        answer = send(gateway, *chat("[script thief] Hi", True, max_tokens=4_000_000))
        if answer.status == 403:
            break
    assert answer.status == 403 and answer.json["error"]["code"] == "model_stopped", answer.body[:300]
    stopped = account(gateway)
    left = stopped["link"] - before
    assert left < ALLOWED, left
    figure(f"egress_{kind}_bytes_before_stop", left, "bytes")
    assert stopped.get("stopped") == ("burst" if kind == "burst" else "padding"), stopped
    # Another model goes on; a case waits for a person; the act is on record.
    assert send(gateway, *chat("[script plain] Hi", model="other")).status == 200
    wait_until(lambda: account(gateway).get("case"), 5, "a case was opened")
    assert any(s["name"] == "mock-1" and "egress guard" in s["reason"] for s in json.loads(gateway.run("stop", "--json"))["data"])
    wait_until(lambda: acts(gateway, "egress.stop"), 5, "the stop was recorded")
    if kind == "padding":
        gateway.kill()
        gateway.start()
        assert send(gateway, *chat("[script plain] Hi", True)).status == 403
    gateway.run("egress", "release", "mock-1", "--reason", "the script was ours", "--json")
    assert send(gateway, *chat("[script plain] Hi", True)).status == 200
    found = account(gateway)
    assert not found.get("stopped") and not found.get("case") and found["owed"] == 0


def test_honest_answers_owe_nothing(gateway, upstream):
    for number in range(12):
        stream = number % 2 == 0
        assert send(gateway, *(chat if number % 3 else messages)("[script plain] Hi", stream, model="mock-1")).status == 200
    found = account(gateway)
    assert found["owed"] == 0 and found["explained"] > 0 and found["tokens"] > 0


def test_settings_are_checked(make_gateway, upstream, request, folder):
    path = folder / "egress-wrong.yaml"
    path.write_text(json.dumps({"models": [{"name": "m", "upstream": upstream.url, "egress": {"budget": 1 << 20}}, {"name": "n", "upstream": upstream.url, "guarded": "maybe"}]}))
    done = subprocess.run([request.config.getoption("--sluice"), "doctor", "--config", path], capture_output=True, text=True, timeout=30)
    said = done.stdout + done.stderr
    assert "needs 'guarded: true'" in said and "'guarded' of model 'n'" in said, said


# The link itself, in a network of its own


def namespaces():
    """Whether this machine lets us make networks, and has the programs for it."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("nft", "ip", "nsenter"))):
        return False
    probe = "ip link add probe0 type veth peer name probe1 && nft add table inet probe"
    return subprocess.run(["unshare", "-n", "sh", "-c", probe], capture_output=True).returncode == 0


class Network:
    """A machine for the model server, joined to this one by a cable; both are gone with the process that holds them."""

    def __init__(self, folder):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        self.link, number = f"slu{os.getpid() % 10_000}", os.getpid() % 16_000
        # A net of four addresses that no other run uses.
        self.gateway, self.server = (f"10.213.{number // 64}.{number % 64 * 4 + place}" for place in (1, 2))
        wait_until(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"), 5, "a network")
        self.here = ["ip", "link", "add", f"{self.link}a", "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid)]
        subprocess.run(self.here, check=True)
        subprocess.run(["sh", "-c", f"ip addr add {self.gateway}/30 dev {self.link}a && ip link set {self.link}a up"], check=True)
        self.inside("sh", "-c", f"ip link set lo up && ip addr add {self.server}/30 dev eth0 && ip link set eth0 up")

    def command(self, *command):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *map(str, command)]

    def inside(self, *command, **how):
        return subprocess.run(self.command(*command), check=True, capture_output=True, text=True, **how).stdout

    @property
    def left(self):
        """Bytes that have come over the cable."""
        return int(pathlib.Path(f"/sys/class/net/{self.link}a/statistics/rx_bytes").read_text())

    def close(self):
        subprocess.run(["ip", "link", "del", f"{self.link}a"], capture_output=True)
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()


@pytest.fixture(scope="module")
def network(folder):
    if not namespaces():
        pytest.skip("no network of our own here: needs root, nft, ip and nsenter")
    network = Network(folder)
    yield network
    network.close()


THIEF = """
import socket, sys, time
pause, part = float(sys.argv[1]), int(sys.argv[2])
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", 8001)); s.listen()
print("listening", flush=True)
while True:
    c, _ = s.accept()
    left = 10_000_000_000
    try:
        while left > 0:
            left -= c.send(bytes(part)); time.sleep(pause)
    except OSError: pass
"""


@pytest.mark.limit(120)
def test_the_link_holds_without_the_gateway_too(network, make_gateway, request, folder, figure):
    """The rules and the warden let honest answers pass; with the gateway killed, or bytes it cannot explain, the link closes."""
    children = []
    try:
        hold(network, make_gateway, request.config.getoption("--sluice"), folder, figure, children)
    except BaseException:
        print(network.inside("nft", "list", "ruleset"))
        raise
    finally:
        for child in children:
            print(child.name, child.text()[-500:])
            child.kill()


def hold(network, make_gateway, sluice, folder, figure, children):
    server = Child("guarded upstream", network.command(sys.executable, HERE / "upstream.py", 8000, "0.0.0.0"), folder / "guarded.log")
    children.append(server)
    server.expect(lambda: "listening" in server.text(), 30, "listening")
    url = f"http://{network.server}:8000"
    gateway = make_gateway(url, "egress-link", extra={"models": models(url)})
    margin = 1 << 20
    rules = subprocess.run([sluice, "egress", "nftables", "--port", "8000", "--gateway", network.gateway, "--margin", str(margin), "--allow", "tcp sport 8001 ct direction reply jump held"], capture_output=True, text=True, check=True).stdout
    network.inside("nft", "-f", "-", input=rules)

    def guard(name):
        command = network.command(sluice, "egress", "warden", "--model", "mock-1", "--margin", margin, "--interval", 100, "--directory", gateway.config.var)
        children.append(Child("warden", command, folder / f"warden-{name}.log"))
        return children[-1]

    warden = guard("first")

    # Honest traffic of several margins passes.
    fetch(f"{url}/script", {"long": {"events": chunks(3, 2_500)}})
    before = network.left
    while network.left - before < 3 * margin:
        answer = send(gateway, *chat("[script long] Hi", True))
        assert answer.status == 200 and b"[DONE]" in answer.body, answer.body[-300:]
    assert account(gateway)["owed"] == 0
    figure("egress_link_honest_bytes", network.left - before, "bytes")

    # The server begins nothing itself.
    probe = "import socket,sys; s=socket.socket(); s.settimeout(0.5)\ntry: s.connect(('GATEWAY', 9)); print('out')\nexcept TimeoutError: print('held')\nexcept OSError as e: print(e)"
    assert "held" in network.inside(sys.executable, "-c", probe.replace("GATEWAY", network.gateway))

    gateway.kill()
    for name, pause, part in (("burst", 0, 1 << 20), ("drip", 0.01, 4_096)):
        thief = Child("thief", network.command(sys.executable, "-c", THIEF, pause, part), folder / f"thief-{name}.log")
        children.append(thief)
        # A warden that is started anew opens the link, once.
        warden.kill()
        network.inside("nft", "reset", "quota", "inet", "sluice_egress", "link")
        warden = guard(name)
        thief.expect(lambda: "listening" in thief.text(), 30, "listening")
        before = network.left
        with socket.create_connection((network.server, 8001), 5) as link:
            link.settimeout(1)
            got = 0
            try:
                while part := link.recv(1 << 20):
                    got += len(part)
                    assert got < ALLOWED
            except TimeoutError:
                pass
        left = network.left - before
        assert left < ALLOWED, left
        figure(f"egress_link_{name}_bytes_after_kill", left, "bytes")
        thief.kill()
        wait_until(lambda: "The link is closed" in warden.text(), 10, "the warden said so")
