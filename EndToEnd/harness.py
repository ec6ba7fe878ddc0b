"""Starts and stops what a suite needs, and speaks HTTP without a library's help where bytes matter.

Everything is on loopback, is ended by the process id it was started with, and waits only so long.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
KEY = "sk-e2e-0123456789abcdefghijklmnopqrstuvwxyz"
OTHER_KEY = "sk-e2e-other-56789abcdefghijklmnopqrstuvwxyz"
PHRASE = "crimson origami ritual of the ninth fold"
CJK_PHRASE = "赤红折纸第九重仪式"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# What calls by TLS trust beside the system's certificates: suites add their own authorities.
TRUST = ssl.create_default_context()


def fetch(url, body=None, headers=None, timeout=10, method=None):
    """(status, headers, bytes); an error status is an answer too."""
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout, context=TRUST if url.startswith("https") else None) as answer:
            return answer.status, dict((k.lower(), v) for k, v in answer.headers.items()), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict((k.lower(), v) for k, v in error.headers.items()), error.read()


def wait_until(check, seconds, what, pause=None):
    """The first true value of `check()`; a TimeoutError that says what did not happen otherwise. What is timed says its pause."""
    end, last = time.monotonic() + seconds, None
    while (began := time.monotonic()) < end:
        try:
            last = check()
            if last:
                return last
        except OSError as error:
            last = error
        # A look that is work (a command, say) is not taken all the time.
        time.sleep(pause or max(0.02, min(2 * (time.monotonic() - began), 0.25)))
    raise TimeoutError(f"{what} did not happen within {seconds} s (last: {last!r})")


def _end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


class Child:
    """A process of ours with its output in a file."""

    def __init__(self, name, command, log, env=None, cwd=ROOT):
        self.name, self.log = name, pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(c) for c in command], stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=cwd,
                env={**os.environ, **(env or {})}, preexec_fn=_end_with_parent,
            )  # fmt: skip

    @property
    def pid(self):
        return self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def expect(self, check, seconds, what):
        def alive():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.text()[-3000:]}")
            return check()

        return wait_until(alive, seconds, f"{self.name}: {what}")

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def stop(self, seconds=15):
        """SIGTERM, then SIGKILL; the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        return self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.stdin.close()
        return self.process.wait(10)


class Upstream(Child):
    """The scripted model server (upstream.py)."""

    def __init__(self, folder):
        super().__init__("upstream", [sys.executable, HERE / "upstream.py", 0], folder / f"upstream-{time.monotonic_ns()}.log")
        # The whole line: on a busy machine a look may come between its pieces.
        self.port = int(self.expect(lambda: re.search(r"listening (\d+)\n", self.text()), 30, "listening")[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def script(self, name, **fields):
        """Puts a script and returns the directive for a prompt."""
        return self.put({name: fields})[0]

    def put(self, scripts):
        status, _, _ = fetch(f"{self.url}/script", scripts)
        assert status == 200
        return [f"[script {name}]" for name in scripts]

    def reset(self):
        fetch(f"{self.url}/reset", {})

    @property
    def stats(self):
        return json.loads(fetch(f"{self.url}/stats")[2])


@dataclass
class Config:
    """sluice.yaml for a suite, as JSON (which YAML includes)."""

    upstream: str
    var: pathlib.Path
    port: int = field(default_factory=free_port)
    constitution: str = "built-in"
    model_server: str | None = None
    limits: dict = field(default_factory=dict)
    timeouts: dict = field(default_factory=dict)
    durability: str = "process"
    keys: dict = field(default_factory=lambda: {"e2e": KEY, "other": OTHER_KEY})
    extra: dict = field(default_factory=dict)

    def write(self):
        self.var.mkdir(parents=True, exist_ok=True)
        keys = self.var.parent / f"{self.var.name}.keys"
        keys.write_text("".join(f"{name}:{key}\n" for name, key in self.keys.items()))
        keys.chmod(0o600)
        models = [
            {"name": "mock-1", "dialect": "openai", "upstream": self.upstream, "upstream_model": "mock-1", "key_env": "E2E_UPSTREAM_KEY"},
            {"name": "claude-mock", "dialect": "anthropic", "upstream": self.upstream, "key_env": "E2E_UPSTREAM_KEY"},
            {"name": "renamed", "dialect": "openai", "upstream": self.upstream, "upstream_model": "mock-1"},
            {"name": "open-mock", "dialect": "openai", "upstream": self.upstream, "upstream_model": "mock-1", "allow": ["images", "remote_urls"]},
            # Named by the dialect that the servers speak; any client may ask for them.
            {"name": "speaks-openai", "dialect": "openai", "upstream": self.upstream, "upstream_model": "mock-1", "allow": ["images", "files"]},
            {"name": "speaks-anthropic", "dialect": "anthropic", "upstream": self.upstream, "upstream_model": "claude-mock", "allow": ["images", "files"]},
            {"name": "speaks-openai-responses", "dialect": "openai-responses", "upstream": self.upstream, "upstream_model": "resp-mock", "allow": ["images", "files"]},
            {"name": "speaks-gemini", "dialect": "gemini", "upstream": self.upstream, "upstream_model": "gemini-mock", "allow": ["images", "files"]},
            {"name": "speaks-openai-completions", "dialect": "openai-completions", "upstream": self.upstream, "upstream_model": "mock-1"},
            {"name": "nowhere", "dialect": "openai", "upstream": "http://127.0.0.1:9"},
            {"name": "claude-nowhere", "dialect": "anthropic", "upstream": "http://127.0.0.1:9"},
        ]
        if self.model_server:
            models.append({"name": "smollm2", "dialect": "openai", "upstream": self.model_server})
            models.append({"name": "smollm2-messages", "dialect": "anthropic", "upstream": self.model_server})
        document = {
            "listen": f"127.0.0.1:{self.port}",
            "var": str(self.var),
            "classifier": str(ROOT / "Models/stage1.sluice"),
            "constitution": self.constitution,
            "ledger": {"durability": self.durability},
            "admin": {"socket": str(self.var / "admin.sock")},
            "models": models,
            "keys_file": str(keys),
            "limits": {"client_timeout": "2s", "keep_alive": "5s", "drain": "5s", **self.limits},
            "upstream": {"connect_timeout": "2s", "first_byte_timeout": "3s", "idle_timeout": "2s", **self.timeouts},
            **self.extra,
        }
        path = self.var.parent / f"{self.var.name}.yaml"
        path.write_text(json.dumps(document, indent=1))
        return path


# Waits for model servers and clients however long they take: for suites in which nothing stalls on purpose.
PATIENCE = {
    "timeouts": {"connect_timeout": "60s", "first_byte_timeout": "60s", "idle_timeout": "60s"},
    "limits": {"client_timeout": "60s", "keep_alive": "60s"},
}


class Gateway:
    """`sluice serve` under a configuration of our own; restarts on the same port and folder."""

    def __init__(self, binary, config):
        self.binary, self.config, self.child = pathlib.Path(binary), config, None
        self.url = f"{'https' if 'tls' in config.extra else 'http'}://127.0.0.1:{config.port}"
        self.path = config.write()
        self.started = 0.0
        self._read = ({}, 0)

    @property
    def pid(self):
        return self.child.pid

    def start(self, seconds=40):
        began = time.monotonic()
        log = self.config.var.parent / f"{self.config.var.name}.log"
        self.child = Child("gateway", [self.binary, "serve", "--config", self.path], log, env={"E2E_UPSTREAM_KEY": "sk-upstream-secret"})
        self.child.expect(lambda: fetch(f"{self.url}/readyz", timeout=2)[0] == 200, seconds, "ready")
        self.started = time.monotonic() - began
        # Commands come by the admin socket, which may be there a moment later.
        with contextlib.suppress(TimeoutError):
            self.child.expect(self.administers, 5, "its admin socket")
        return self

    def administers(self):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.config.var / "admin.sock"))
        return True

    def stop(self):
        return self.child.stop() if self.child else None

    def kill(self):
        return self.child.kill()

    def run(self, *arguments, check=True, timeout=30):
        """A `sluice` command against this deployment; its standard output."""
        reads_ledger = arguments[0] == "ledger" and arguments[1] != "prune"
        where = ["--directory", self.config.var / "ledger" if reads_ledger else self.config.var]
        command = [str(part) for part in (self.binary, *arguments, *where)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=ROOT)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-500:]}")
        return done.stdout if check else done

    def records(self):
        """decision id -> its admission, with the completion's fields beside it once there is one (`outcome`)."""
        entries = [json.loads(line) for line in self.run("ledger", "export").splitlines() if line.strip()]
        admissions = {e["sequence"]: e for e in entries if e["kind"] == "admission"}
        for entry in entries:
            if entry["kind"] == "completion" and entry["admission"] in admissions:
                admissions[entry["admission"]] |= {"outcome": entry["outcome"], "completion": entry}
        return {e["decision_id"]: e for e in admissions.values()}

    def latest(self):
        """`records()` of a ledger that only grows: what was read before is not read again."""
        known, last = self._read
        entries = [json.loads(line) for line in self.run("ledger", "export", "--from", last + 1).splitlines() if line.strip()]
        for entry in entries:
            if entry["kind"] == "admission":
                known[entry["sequence"]] = entry
            elif entry["kind"] == "completion" and entry["admission"] in known:
                known[entry["admission"]] |= {"outcome": entry["outcome"], "completion": entry}
        self._read = (known, max((e["sequence"] for e in entries), default=last))
        return {e["decision_id"]: e for e in known.values()}

    def keys(self):
        return json.loads(self.run("key", "list", "--json"))["data"]

    def make_key(self, name, *flags):
        """The secret of a new key in the organisation of the first one."""
        return json.loads(self.run("key", "create", "--org", self.keys()[0]["organisation"], "--name", name, "--json", *flags))["secret"]

    def memory(self):
        """Resident bytes."""
        return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


# Raw HTTP, for the suites in which bytes and moments matter


def request_bytes(path, body, key=KEY, headers=None, method="POST"):
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json", f"content-length: {len(data)}"]
    if key and path.startswith("/v1/messages"):
        lines += [f"x-api-key: {key}", "anthropic-version: 2023-06-01"]
    elif key:
        lines.append(f"authorization: Bearer {key}")
    lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


@dataclass
class Answer:
    """What came back, as far as it came."""

    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False  # the body ended as HTTP says it must
    late: bool = False  # the client waited no longer
    seconds: float = 0.0
    ended_at: float = 0.0

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def decision(self):
        return self.headers.get("x-sluice-decision", "")


async def _read_body(reader, answer, on_bytes):
    headers = answer.headers

    def take(data):
        answer.body += data
        if on_bytes:
            on_bytes(answer, data)

    if "chunked" in headers.get("transfer-encoding", ""):
        while True:
            line = await reader.readline()
            if not line.endswith(b"\r\n"):
                return
            size = int(line.split(b";")[0], 16)
            if size == 0:
                await reader.readline()
                answer.whole = True
                return
            take((await reader.readexactly(size + 2))[:-2])
    elif "content-length" in headers:
        left = int(headers["content-length"])
        while left:
            data = await reader.read(min(left, 65536))
            if not data:
                return
            left -= len(data)
            take(data)
        answer.whole = True
    else:
        while data := await reader.read(65536):
            take(data)
        answer.whole = True


async def exchange(port, data, timeout=20, on_bytes=None, answer=None):
    """Sends raw bytes on a new connection and reads one answer; a torn connection is an answer that is not whole."""
    answer = answer or Answer()
    began = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            answer.status = int(lines[0].split(" ")[1])
            answer.headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
            await _read_body(reader, answer, on_bytes)
    except TimeoutError:
        answer.late = True
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        answer.ended_at = time.monotonic()
        answer.seconds = answer.ended_at - began
        if writer:
            writer.transport.abort()
    return answer


def chat(text, stream=False, model="mock-1", **fields):
    """The path and body of an OpenAI request."""
    return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream, **fields}


def messages(text, stream=False, model="claude-mock", **fields):
    """The path and body of an Anthropic request."""
    return "/v1/messages", {"model": model, "max_tokens": 256, "messages": [{"role": "user", "content": text}], "stream": stream, **fields}


def responses(text, stream=False, model="speaks-openai-responses", **fields):
    """The path and body of a request for a response."""
    return "/v1/responses", {"model": model, "input": text, "stream": stream, **fields}


def completions(text, stream=False, model="speaks-openai-completions", **fields):
    """The path and body of a request to go on from a text."""
    return "/v1/completions", {"model": model, "prompt": text, "stream": stream, **fields}


def ask(dialect, text, stream=False, **fields):
    return (chat if dialect == "openai" else messages)(text, stream, **fields)


def events(body):
    """(name, data) of each complete event of a stream that Sluice wrote (LF or CRLF)."""
    out = []
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        name, data = None, []
        for line in block.split(b"\n"):
            if line.startswith(b"event:"):
                name = line[6:].strip().decode()
            elif line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
        if data:
            out.append((name, b"\n".join(data).decode("utf-8", "surrogatepass")))
    return out
