"""litellm, LangChain's two classes and instructor, unchanged, against servers of every dialect; the cases are in clients.py."""

import json
import subprocess

import clients
import pytest
from harness import HERE, KEY, ROOT

pytestmark = pytest.mark.gateway
PYTHON = ROOT / ".venv-clients/bin/python"


@pytest.fixture(scope="module")
def results(gateway):
    """What each case came to: one process for all of them, since importing these packages takes longer than the calls."""
    if not PYTHON.exists():
        pytest.skip("their packages are not installed (Tools/setup.sh clients)")
    done = subprocess.run([PYTHON, HERE / "clients.py", gateway.url, KEY], capture_output=True, text=True, timeout=240)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and rows, done.stderr[-3000:]
    return {(row["case"], row["model"]): row["wrong"] for row in rows}


@pytest.mark.limit(600)
@pytest.mark.parametrize("model", clients.SERVERS)
@pytest.mark.parametrize("name", clients.CASES)
def test_of_other_clients(results, name, model):
    assert results[name, model] is None, results[name, model]
