"""Recorded before visible: the gateway is killed at random moments under load, and everything of which a client saw a byte is in the ledger."""

import asyncio
import contextlib
import os
import random
import signal

import pytest
from harness import Answer, ask, exchange, request_bytes

pytestmark = pytest.mark.gateway
CLIENTS = 12


class Load:
    """Clients that never rest, and their own log: the decision of each answer of which one byte came."""

    def __init__(self, gateway, seed):
        self.port, self.rng = gateway.config.port, random.Random(seed)
        self.seen, self.streams, self.wholes = set(), 0, 0
        self.first_byte = asyncio.Event()

    def log(self, answer, _):
        if answer.decision not in self.seen:
            self.seen.add(answer.decision)
            self.first_byte.set()

    async def client(self):
        while True:
            dialect, stream = self.rng.choice(["openai", "anthropic"]), self.rng.random() < 0.6
            script = self.rng.choice(["plain", "plain", "kill-slow"]) if stream else "plain"
            answer = Answer()
            data = request_bytes(*ask(dialect, f"[script {script}] What does the gauge say?", stream))
            await exchange(self.port, data, 30, self.log, answer)
            if answer.status == 200 and answer.body:
                assert answer.decision, "an answer without a decision id"
                self.streams, self.wholes = self.streams + stream, self.wholes + (not stream)
            elif not answer.status:
                await asyncio.sleep(0.01)


async def one_round(gateway, seed):
    """Load, then SIGKILL at a random moment: in half of the rounds right behind a first byte, between write and answer."""
    load = Load(gateway, seed)
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
    await asyncio.sleep(load.rng.uniform(0.02, 0.6))
    if load.rng.random() < 0.5:
        load.first_byte.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(load.first_byte.wait(), 1)
        await asyncio.sleep(load.rng.uniform(0, 0.002))
    os.kill(gateway.pid, signal.SIGKILL)
    # What the dead process had given to the kernel may still arrive: it counts as seen.
    await asyncio.sleep(0.05)
    for task in clients:
        task.cancel()
    results = await asyncio.gather(*clients, return_exceptions=True)
    gateway.kill()
    faults = [r for r in results if isinstance(r, Exception) and not isinstance(r, asyncio.CancelledError)]
    assert not faults, faults[0]
    return load


@pytest.mark.limit(7200)
@pytest.mark.parametrize("durability", ["process"])
def test_nothing_seen_is_missing_after_a_kill(make_gateway, upstream, request, seed, figure, durability):
    rounds = request.config.getoption("--kill-rounds")
    upstream.put({"kill-slow": {"interval_ms": 15}})
    gateway = make_gateway(upstream.url, f"kill-{durability}", durability=durability)
    seen, missing = set(), []
    for number in range(rounds):
        load = asyncio.run(one_round(gateway, f"{seed}:{number}"))
        gateway.run("ledger", "verify")  # as it was left
        gateway.start()
        seen |= load.seen
        if number % 10 == 9 or number == rounds - 1:
            missing = sorted(seen - gateway.records().keys())
            assert not missing, f"round {number}: {len(missing)} of {len(seen)} missing, such as {missing[:3]}"
    gateway.run("ledger", "verify")
    gateway.stop()
    assert len(seen) > rounds * 3, "there was too little load to mean anything"
    figure("kill -9: exchanges seen by a client and missing from the ledger", len(missing), f"of {len(seen)} seen, {rounds} kills")
