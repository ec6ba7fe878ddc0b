"""What the suites share: one scripted upstream, one gateway before it, a model server where one is installed."""

import itertools
import json
import os
import pathlib
import shutil
import signal
import tempfile

import pytest
from harness import CJK_PHRASE, KEY, PATIENCE, PHRASE, ROOT, Child, Config, Gateway, Upstream, fetch, free_port


def pytest_addoption(parser):
    group = parser.getgroup("sluice")
    group.addoption("--seed", type=int, default=1, help="seed of everything random")
    group.addoption("--leak-streams", type=int, default=28, help="scenarios of the leak test (full: 10000)")
    group.addoption("--grammar-streams", type=int, default=200, help="generated streams read by the grammar checker (full: 100000)")
    group.addoption("--transcripts", type=int, default=56, help="transcripts cut wherever they may be (full: 500)")
    group.addoption("--cuts", type=int, default=2, help="ways in which each transcript is cut (full: 12)")
    group.addoption("--faults", type=int, default=240, help="faults of model servers (full: 2400)")
    group.addoption("--byte-step", type=int, default=5, help="an answer is cut at each n-th byte (full: 1)")
    group.addoption("--held-streams", type=int, default=150, help="open streams of a key that is revoked (full: 500)")
    group.addoption("--openapi-examples", type=int, default=4, help="requests made up for each described operation (full: 200)")
    group.addoption("--kill-rounds", type=int, default=5, help="kills of the gateway (full: 200)")
    group.addoption("--import-kills", type=int, default=4, help="kills of a list import (full: 100)")
    group.addoption("--page-step", type=int, default=0, help="the page is tried with each n-th byte of a receipt changed (0: some; full: 1)")
    group.addoption("--deaths", type=int, default=4, help="deaths of one of two model servers under load (full: 50)")
    group.addoption("--hangups", type=int, default=200, help="clients that hang up at once (full: 2000)")
    group.addoption("--aborts", type=int, default=400, help="calls that are aborted or time out (full: 10000)")
    group.addoption("--reloads", type=int, default=16, help="changes of the settings under streams (full: 1000)")
    group.addoption("--replays", type=int, default=60, help="recorded decisions that are judged again (full: 1000)")
    group.addoption("--reload-streams", type=int, default=40, help="streams while the settings change (full: 500)")
    group.addoption("--revoked-streams", type=int, default=100, help="streams of an organisation that is revoked (full: 2000)")
    group.addoption("--limit-seconds", type=int, default=3, help="how long limits are offered 2,000 requests a second (full: 120)")
    group.addoption("--proof-exchanges", type=int, default=600, help="exchanges behind the receipts (full: 100000)")
    group.addoption("--proof-receipts", type=int, default=16, help="random receipts that both verifiers check (full: 1000)")
    group.addoption("--cheats", type=int, default=10, help="lies of a log that have to be found (full: 1000)")
    group.addoption("--log-kills", type=int, default=2, help="kills of the server over its public log (full: 500)")
    group.addoption("--sluice", default=str(ROOT / ".build/release/sluice"), help="the gateway's binary")
    group.addoption("--direct", action="store_true", help="talk to the scripted upstream itself: checks the suites, not the gateway")
    group.addoption("--figures", default="", help="a file that gets the measured figures as JSON lines")


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): how long this test may take (60 unless said)")
    config.addinivalue_line("markers", "gateway: says something of the gateway alone; not run with --direct")


# The suites that take longest begin first, in this order: then no worker is left with one at the end.
LONGEST = """
keeping public_log access webhooks reload guards leak people faults routing proof limits second_stage budgets up oidc
distill replay clients egress distillation_watch revoke failure_rule openapi http2 translation hostile_text
""".split()


def place(path):
    """Where in `LONGEST` a suite stands."""
    name = path.stem.removeprefix("test_")
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        # Within a suite the order of its file stays.
        items.sort(key=lambda item: (place(item.path), str(item.path)))
    if config.getoption("--direct"):
        for item in items:
            if item.get_closest_marker("gateway"):
                item.add_marker(pytest.mark.skip(reason="--direct: nothing of the gateway to see"))


@pytest.fixture(autouse=True)
def bounded(request):
    """No test waits for ever."""
    marker = request.node.get_closest_marker("limit")

    def late(*_):
        raise TimeoutError("this test took too long")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(marker.args[0] if marker else 60)
    yield
    signal.alarm(0)


# Gateways of the run, of the suite and, while one runs, of the test. One that lives on costs the others a hundredth of a core.
MADE = [[], []]


def let_go(scope):
    """Ends what was made for a test or a suite that is over, and nobody stopped."""
    for gateway in MADE[scope]:
        if gateway.child:
            gateway.kill()
    MADE[scope].clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    # What fixtures made before is the suite's.
    MADE.append([])
    try:
        return (yield)
    finally:
        let_go(2)
        MADE.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    try:
        return (yield)
    finally:
        if nextitem and nextitem.path != item.path:
            let_go(1)


@pytest.fixture(scope="session")
def seed(request):
    return request.config.getoption("--seed")


@pytest.fixture(scope="session")
def figure(request):
    """Reports one measured figure: `figure("name", value, unit)`."""

    def report(name, value, unit=""):
        print(f"figure: {name} = {value} {unit}")
        path = request.config.getoption("--figures")
        if path:
            with open(path, "a") as out:
                out.write(json.dumps({"name": name, "value": value, "unit": unit}) + "\n")

    return report


@pytest.fixture(scope="session")
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
    yield path
    if os.environ.get("KEEP"):
        print("kept", path)
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def upstream(folder):
    server = Upstream(folder)
    yield server
    server.stop()


CATEGORY = f"""
  - id: origami_ritual
    title: {{en: Origami rituals, zh: 折纸仪式}}
    principle: human-dignity
    absolute: false
    on_failure: closed
    budgets: {{requests: 0.002, answers: 0.0005}}
    permits:
      - {{en: Folding paper., zh: 折纸。}}
    forbids:
      - {{en: The ritual that this test made up., zh: 本测试虚构的仪式。}}
    phrases:
      - {PHRASE}
      - {CJK_PHRASE}
"""


@pytest.fixture(scope="session")
def constitution(folder):
    """The shipped constitution with one harmless category more, whose phrases the suites plant."""
    path = folder / "constitution.yaml"
    path.write_text((ROOT / "Sources/Constitution/Resources/default.yaml").read_text().rstrip() + "\n" + CATEGORY)
    return path


@pytest.fixture(scope="session")
def model_server(folder):
    """The embedded model server's address, or None where `make up` has not installed it."""
    python, gguf = ROOT / ".models/venv/bin/python", ROOT / ".models/model.gguf"
    if not (python.exists() and gguf.exists()):
        yield None
        return
    port = free_port()
    child = Child("model server", [python, ROOT / "Tools/model-server.py", gguf, port], folder / "model.log")
    child.expect(lambda: fetch(f"http://127.0.0.1:{port}/health", timeout=2)[0] == 200, 60, "healthy")
    yield f"http://127.0.0.1:{port}"
    child.stop()


@pytest.fixture(scope="session")
def make_gateway(request, folder, constitution):
    """Starts gateways with configurations of their own; each is gone with the test, or the suite, that it was made for."""

    def make(upstream_url, name=None, start=True, **fields):
        binary = request.config.getoption("--sluice")
        if not os.path.exists(binary):
            pytest.fail(f"no gateway at {binary}: run `make build`")
        fields.setdefault("constitution", str(constitution))
        config = Config(upstream=upstream_url, var=folder / (name or f"var{next(numbers)}"), **fields)
        gateway = Gateway(binary, config)
        MADE[-1].append(gateway)
        return gateway.start() if start else gateway

    numbers = itertools.count()
    yield make
    let_go(1)
    let_go(0)


class Direct:
    """Stands where the gateway would, for looking at the suites themselves."""

    def __init__(self, upstream):
        self.url = upstream.url


@pytest.fixture(scope="session")
def gateway(request, upstream, model_server, make_gateway):
    if request.config.getoption("--direct"):
        return Direct(upstream)
    main = make_gateway(upstream.url, "main", model_server=model_server)
    # Of the whole run, not of the suite that happened to ask for it first.
    MADE[0].append(MADE[-1].pop())
    return main


@pytest.fixture(scope="session")
def patient(request, upstream, make_gateway):
    """A gateway that waits for model servers and clients however long they take: for suites in which nothing stalls on purpose."""
    if request.config.getoption("--direct"):
        return Direct(upstream)
    made = make_gateway(upstream.url, "patient", **PATIENCE)
    MADE[0].append(MADE[-1].pop())
    return made


@pytest.fixture(scope="session")
def key():
    return KEY
