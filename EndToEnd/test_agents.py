"""What a long conversation costs that is sent again with every turn, by the CPU time of the gateway's process."""

import asyncio
import pathlib

import pytest
from harness import KEY, chat, exchange, request_bytes

pytestmark = pytest.mark.gateway

WORDS = "the river gate water level mill boat function returns value error line test because reads writes opens closes before after".split()


def prose(seed, size):
    """Words without order, the same for the same seed."""
    state, out, length = seed * 77 + 1, [], 0
    while length < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        word = WORDS[(state >> 33) % len(WORDS)]
        out.append(word)
        length += len(word) + 1
    return " ".join(out)


def turns(count, size=4096, seed=0):
    return [{"role": ("user", "assistant")[i % 2], "content": prose(seed * 1000 + i, size)} for i in range(count)]


def cpu(pid):
    """Microseconds that all threads have run."""
    return sum(int(path.read_text().split()[0]) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1_000


async def ask(port, bodies):
    for body in bodies:
        answer = await exchange(port, body, 30)
        assert answer.status == 200, answer.body[:300]


def cost(gateway, requests):
    """CPU microseconds a request."""
    before = cpu(gateway.pid)
    asyncio.run(ask(gateway.config.port, requests))
    return (cpu(gateway.pid) - before) / len(requests)


def requests(conversations):
    path, _ = chat("x", False, "mock-1")
    return [request_bytes(path, {"model": "mock-1", "messages": messages}, key=KEY) for messages in conversations]


@pytest.mark.limit(120)
def test_a_conversation_that_grows_is_paid_for_by_what_is_new(make_gateway, upstream, figure):
    rounds = 24
    gateway = make_gateway(upstream.url, "agents")
    plain = make_gateway(upstream.url, "agents-plain", extra={"judging": {"turns_kept": 0}})
    history = turns(51)
    # Each request is the one before and two turns more, about 200 KB of 4 KB turns.
    grown = [history + turns(2 * n, seed=n % 3 + 1)[: 2 * n] for n in range(3)]
    growing, now = [], list(history)
    for n in range(rounds):
        now = now + turns(2, seed=n + 10)
        growing.append(list(now))
    last = [conversation[-1:] for conversation in growing]
    pair = [[{**turn, "role": "user"} for turn in conversation[-2:]] for conversation in growing]
    for server in (gateway, plain):
        asyncio.run(ask(server.config.port, requests(grown + [history])))
    again = cost(gateway, requests(growing))
    anew = cost(plain, requests(growing))
    alone = cost(plain, requests(last))
    both = cost(plain, requests(pair))
    figure("agents.resent.cpu_us", round(again))
    figure("agents.resent_unremembered.cpu_us", round(anew))
    figure("agents.last_turn.cpu_us", round(alone))
    figure("agents.last_two_turns.cpu_us", round(both))
    figure("agents.resent_to_last_turn", round(again / alone, 2))
    assert again < anew / 2, (again, anew, alone)


@pytest.mark.limit(120)
def test_a_conversation_that_goes_on_in_another_way_is_paid_for_by_what_is_new(make_gateway, upstream, figure):
    gateway = make_gateway(upstream.url, "agents-branches")
    plain = make_gateway(upstream.url, "agents-branches-plain", extra={"judging": {"turns_kept": 0}})
    # More conversations of one key than a memory would have that ends when it is full.
    others = [turns(2, seed=100 + n) for n in range(600)]
    history = turns(50)
    branches = [[*history, *turns(1, seed=10 + n)] for n in range(24)]
    for server in (gateway, plain):
        asyncio.run(ask(server.config.port, requests((others if server is gateway else []) + branches[:2])))
    again, anew = cost(gateway, requests(branches[2:])), cost(plain, requests(branches[2:]))
    figure("agents.branch.cpu_us", round(again))
    figure("agents.branch_unremembered.cpu_us", round(anew))
    assert again < anew / 2, (again, anew)
