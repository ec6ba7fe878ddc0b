"""The second encoder: what `sluice judge` says with it, that it is named in the record, and that nothing stops without it."""

import json
import subprocess

import pytest
from harness import KEY, ROOT, fetch, wait_until

FILES = [ROOT / ".models/encoder2b.sluice", ROOT / "Models/stage2b.sluice"]
IS_THERE = all(path.exists() for path in FILES)
pytestmark = [
    pytest.mark.gateway,
    pytest.mark.skipif(not (ROOT / ".models/encoder.sluice").exists(), reason="the encoder is not installed (Tools/setup.sh encoder)"),
]
needs_second = pytest.mark.skipif(not IS_THERE, reason="the second encoder is not installed (Tools/setup.sh encoder2b), or has no heads")
CALM = ["How do tides work?", "写一首关于春天的诗。", "Mto ni nini na maji yake hutoka wapi wakati wa kiangazi?", "How do I paint a gate? " * 2000]


def judge(request, texts, *arguments, folder=ROOT):
    lines = "".join(json.dumps({"id": n, "text": t}, ensure_ascii=False) + "\n" for n, t in enumerate(texts))
    command = [request.config.getoption("--sluice"), "judge", "--profile", "thorough", *arguments]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=50, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@needs_second
def test_a_language_that_the_first_encoder_cannot_read_is_read_and_the_answer_repeats(request):
    plain, _ = judge(request, CALM)
    first, _ = judge(request, CALM, "--second-encoder")
    again, _ = judge(request, CALM, "--second-encoder")
    assert first == again
    assert [r["decision"] for r in first] == ["allow"] * len(CALM)
    assert first[2]["score"] != plain[2]["score"], "Swahili is read by the second encoder"
    assert first[0]["score"] == plain[0]["score"], "a harmless question in English isn't"


@pytest.mark.skipif(IS_THERE, reason="the second encoder is installed")
def test_without_its_files_the_others_judge_and_say_so(request):
    plain, _ = judge(request, CALM)
    out, said = judge(request, CALM, "--second-encoder")
    assert out == plain and "setup.sh encoder2b" in said


@needs_second
def test_decisions_with_it_are_replayed_to_the_same_verdict(make_gateway, upstream):
    gateway = make_gateway(
        upstream.url, "second-encoder", constitution="built-in", extra={"second_stage": "thorough", "second_encoder": "on"})
    asked = {}
    for text in CALM[:3]:
        body = {"model": "mock-1", "messages": [{"role": "user", "content": text}]}
        status, headers, answer = fetch(f"{gateway.url}/v1/chat/completions", body, {"authorization": f"Bearer {KEY}"})
        assert status == 200, answer
        asked[headers["x-sluice-decision"]] = text
    wait_until(lambda: set(asked) <= set(gateway.records()), 5, "the records are there")
    for decision, text in asked.items():
        said = json.loads(gateway.run("judge", "--decision", decision, "--text", text))
        assert said["same"] is True, said
