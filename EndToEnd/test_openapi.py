"""schemathesis against the description that the gateway serves of itself: nothing it makes up gets a 5xx, or an answer that is not described."""

import json
import re
import subprocess

import pytest
from harness import KEY, ROOT, fetch

pytestmark = pytest.mark.gateway
PYTHON = ROOT / ".venv-clients/bin/python"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def described(gateway):
    status, _, body = fetch(f"{gateway.url}/openapi.json", headers={"authorization": f"Bearer {KEY}"})
    if status == 404:
        pytest.skip("no description is served")
    assert status == 200
    return json.loads(body)


@pytest.mark.limit(3600)
def test_no_made_up_request_gets_a_5xx_or_an_undescribed_answer(make_gateway, upstream, folder, request, seed, figure):
    if not PYTHON.exists():
        pytest.skip("schemathesis is not installed (Tools/setup.sh clients)")
    gateway = make_gateway(upstream.url, "openapi")
    paths = described(gateway)["paths"]
    work = folder / "schemathesis"
    work.mkdir()
    examples = request.config.getoption("--openapi-examples")
    command = [PYTHON, "-m", "schemathesis.cli", "run", f"{gateway.url}/openapi.json", "--url", gateway.url, "--checks", CHECKS]
    command += ["-H", f"Authorization: Bearer {KEY}", "--max-examples", examples, "--seed", seed, "--phases", "examples,coverage,fuzzing"]
    command += ["--no-shrink", "--continue-on-failure", "--request-timeout", 20, "--no-color", "--warnings", "off"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=3500, cwd=work)
    generated = re.search(r"(\d[\d,]*) generated", done.stdout)
    figure("requests that schemathesis made up", generated[1] if generated else "?", f"over {len(paths)} paths; exit code {done.returncode}")
    assert gateway.child.process.poll() is None, gateway.child.text()[-2000:]
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1500:]
