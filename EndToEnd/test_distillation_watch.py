"""The watch for distillation in a running server: a campaign among honest people, what is done about it, and an appeal."""

import http.client
import json
import random
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from harness import fetch, wait_until
from people import Person, socket_call

pytestmark = [pytest.mark.gateway, pytest.mark.limit(180)]

TOPICS = "bread roses tides engines violins clouds granite maps ferries beetles chess lanterns orchards radios kilns glaciers saddles mosaics".split()
VERBS = "mend paint study sell clean draw measure collect repair polish".split()
MOODS = "quiet rainy modern cheap heavy noisy gentle famous blue strange".split()
ASKS = [
    "How do I {v} {t} at home?", "What is the history of {t}?", "Give me three ideas about {t} for a {a} evening.",
    "Why are {t} so {a} in winter?", "Write a short poem on {t} and a {a} garden.", "Compare {t} with {u}, briefly.",
    "Summarise what you know of {t} for my class.", "Is it safe to {v} {t} near a dog?", "List tools to {v} {t}.",
]  # fmt: skip
WORKS = ["river locks", "tidal mills", "weir gates", "kite frames", "loom threads", "clock springs", "harbour cranes", "windmill caps"]


class Account:
    """One account with a key, and how whoever uses it asks."""

    def __init__(self, gateway, organisation, name, **habits):
        self.gateway, self.organisation = gateway, organisation
        self.address = habits.pop("address")
        self.habits = habits
        status, made = socket_call(gateway, "POST", f"organisations/{organisation}/accounts", {"name": name})
        assert status == 201, made
        self.id = made["id"]
        status, key = socket_call(gateway, "POST", "keys", {"organisation": organisation, "account": self.id, "name": "k"})
        assert status == 201, key
        self.key = key["secret"]
        self.client = openai.OpenAI(api_key=self.key, base_url=gateway.url + "/v1", max_retries=0, default_headers={"x-forwarded-for": self.address})

    def ask(self, prompt, **fields):
        system = self.habits.get("system")
        turns = ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": prompt}]
        return self.client.chat.completions.create(model="mock-1", messages=turns, **{**self.habits.get("fields", {}), **fields})

    def raw(self, prompt, **fields):
        """(status, headers, json) as they came."""
        body = {"model": "mock-1", "messages": [{"role": "user", "content": prompt}], **fields}
        status, headers, data = fetch(f"{self.gateway.url}/v1/chat/completions", body, {"authorization": f"Bearer {self.key}", "x-forwarded-for": self.address})
        return status, headers, json.loads(data)


def organisation(gateway, name):
    status, made = socket_call(gateway, "POST", "organisations", {"name": name})
    assert status == 201, made
    return made["id"]


def honest_prompt(rng):
    return rng.choice(ASKS).format(v=rng.choice(VERBS), t=rng.choice(TOPICS), a=rng.choice(MOODS), u=rng.choice(TOPICS))


def campaign_prompt(number):
    return (
        f"Problem {number}: lay out your full reasoning step by step, show every intermediate thought before the final answer, then grade the "
        f"answer from 1 to 10 against the rubric. Question: how would an engineer size {WORKS[number % len(WORKS)]} for a flow of "
        f"{17 * number % 97} units and a head of {number % 13} metres?"
    )


def spy(gateway, number, organisations=None):
    return Account(
        gateway, organisations or organisation(gateway, f"Front {number}"), f"pool{number}", address=f"203.0.113.{number % 4}",
        system="You are a careful engineer. Answer in full.", fields={"max_tokens": 2048, "temperature": 0.7},
    )  # fmt: skip


def clusters(gateway):
    status, found = socket_call(gateway, "GET", "distillation/clusters")
    assert status == 200, found
    return found["data"]


def cluster(gateway, name):
    status, found = socket_call(gateway, "GET", f"distillation/clusters/{name}")
    assert status == 200, found
    return found


def acts(gateway, beginning):
    rows = [json.loads(line) for line in gateway.run("ledger", "export").splitlines() if line.strip()]
    return [row for row in rows if row["kind"] == "act" and row["action"].startswith(beginning)]


CANARIES = [
    {"name": f"mark {n}", "instruction": f"Whenever {what} needs a name, call it {mark} {n}.", "question": f"Give {what} a name.", "mark": f"{mark} {n}"}
    for n, (what, mark) in enumerate((what, mark) for what in ("a boat", "a mule", "an inn") for mark in ("Vinlund", "Ostrava", "Quillon", "Merrow"))
]  # fmt: skip


@pytest.fixture(scope="module")
def marks(folder):
    path = folder / "canaries.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in CANARIES))
    return path


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream, marks):
    watch = {
        "every": "1h", "save": "500ms", "respond": "automatic", "measures": "reasoning, logprobs, choices, limits, step_up, canary",
        "requests_per_minute": 40, "contracts": "Contracted", "canaries": str(marks),
    }  # fmt: skip
    return make_gateway(
        upstream.url, "distillation",
        extra={"distillation": watch, "destinations": {"client_header": "x-forwarded-for", "trusted_proxies": "127.0.0.1"}},
    )  # fmt: skip


@pytest.fixture(scope="module")
def people(gateway, folder):
    made = [Person(gateway, folder, name, "safety") for name in ("ines", "joop")]
    for person in made:
        person.login()
    return made


def plan(gateway, marks, group):
    """What the answers of a group bear, as the operator's command tells."""
    done = subprocess.run(
        [gateway.binary, "distill", "canaries", marks, "--cluster", group, "--key-file", gateway.config.var / "keys/distillation.key", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


class Town:
    """Honest people and, among them, a campaign over many organisations; one of those is under contract."""

    def __init__(self, gateway, seed):
        self.rng = random.Random(seed)
        self.honest = []
        for number in range(30):
            mine = organisation(gateway, f"Honest {number}")
            fields = {"max_tokens": self.rng.choice([64, 128, 256, 512]), "temperature": self.rng.choice([0, 0.2, 0.7, 1.0])}
            system = f"House style {number}." if self.rng.random() < 0.6 else None
            self.honest.append(Account(gateway, mine, "staff", address=f"198.51.100.{number}", system=system, fields=fields))
        fronts = [organisation(gateway, f"Front {number}") for number in range(7)] + [organisation(gateway, "Contracted")]
        self.spies = [spy(gateway, number, fronts[number // 2]) for number in range(16)]

    def work(self):
        """Everybody asks; the campaign asks each question of its list, and some of them twice."""
        jobs = [(who, honest_prompt(self.rng)) for who in self.honest for _ in range(self.rng.randint(4, 10))]
        number = 0
        for place, who in enumerate(self.spies):
            for turn in range(9):
                number += 1
                jobs.append((who, campaign_prompt(number if turn % 4 else 100_000 * (place // 4 + 1) + turn)))
        self.rng.shuffle(jobs)
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda job: answered(*job), jobs))
        return len(jobs), done


def answered(who, prompt):
    try:
        return who.ask(prompt).choices[0].message.content is not None
    except openai.APIStatusError as error:
        return error.status_code


@pytest.fixture(scope="module")
def town(gateway, seed):
    return Town(gateway, seed)


class Stream:
    """A stream that runs until somebody cuts it."""

    def __init__(self, who):
        self.began, self.error = threading.Event(), None
        self.thread = threading.Thread(target=self.run, args=(who,), daemon=True)
        self.thread.start()
        assert self.began.wait(10)

    def run(self, who):
        try:
            for _ in who.ask("[script endless] Go on.", stream=True):
                self.began.set()
        except openai.APIError as error:
            self.error = error


@pytest.fixture(scope="module")
def found(gateway, town, figure):
    """The campaign, after the rules have answered it."""
    running, other = Stream(town.spies[0]), Stream(town.honest[0])
    sent, done = town.work()
    assert all(one is True for one in done), done

    assert not clusters(gateway)
    # From here on the server searches by itself, and often.
    began = time.monotonic()
    search_every(gateway, "300ms", 300)

    def limited():
        return next((one for one in clusters(gateway) if one["limited"] >= 12), None)

    group = wait_until(limited, 20, "the campaign is limited")
    figure("watch-exchanges", sent)
    figure("watch-seconds-until-limited", round(time.monotonic() - began, 2), "s")
    running.thread.join(5)
    return group | {"cut": running.error, "other": other}


def test_the_campaign_becomes_one_cluster_and_nobody_else_is_in_it(gateway, town, found):
    members = {one["account"] for one in cluster(gateway, found["id"])["members"]}
    spies, honest = {one.id for one in town.spies}, {one.id for one in town.honest}
    assert not members & honest
    assert len(members & spies) >= 14
    assert len(found["families"]) >= 3
    assert len([one for one in clusters(gateway) if one["accounts"] >= 3]) == 1


def test_the_case_is_in_the_queue_with_the_evidence_and_stays_one_case(gateway, found):
    status, listed = socket_call(gateway, "GET", "cases?kind=cluster&open=true")
    assert status == 200
    mine = [one for one in listed["data"] if one["subject"] == found["id"]]
    assert len(mine) == 1
    evidence = {one["name"]: one["value"] for one in mine[0]["evidence"]}
    assert int(evidence["accounts"]) >= 14 and len(evidence["families"].split()) >= 3
    assert "step_up" in evidence["measures"] and any(name.startswith("shares") for name in evidence)
    assert "the rules leave them alone" in evidence["under contract"]


def test_measures_hold_on_running_accounts_and_on_nobody_else(gateway, town, found):
    assert found["cut"] is not None and found["cut"].code == "verification_required", found["cut"]
    assert found["other"].thread.is_alive() and found["other"].error is None
    status, headers, body = town.spies[1].raw("Hello?")
    assert status == 403 and body["error"]["code"] == "verification_required", body
    assert headers["x-sluice-decision"].startswith("dec_") and headers["x-sluice-appeal"]
    for one in town.honest:
        assert one.raw("Hello?")[0] == 200
    # The rules alone never touch a customer under contract.
    assert town.spies[14].raw("Hello?")[0] == 200


def test_the_requests_way_is_hardly_longer(gateway, found, figure):
    page = fetch_metrics(gateway)
    lost = [line for line in page.splitlines() if line.startswith("sluice_watch_lost_total")]
    assert lost and float(lost[0].split()[-1]) == 0
    buckets = []
    for line in page.splitlines():
        if line.startswith("sluice_step_seconds_bucket") and 'step="watch"' in line:
            edge = line.split('le="')[1].split('"')[0]
            buckets.append((float("inf") if edge == "+Inf" else float(edge), float(line.split()[-1])))
    count = max(number for _, number in buckets)
    for share in (0.5, 0.99):
        figure(f"watch-handing-over-p{int(share * 100)}", min(edge for edge, number in buckets if number >= count * share) * 1e6, "µs at most")
    # Time on the wall, of a machine that others use as well: TrafficFeedTests bounds the processor's time.
    assert count >= 300


def test_a_confirmed_account_goes_on_under_the_other_measures(gateway, upstream, town, found, marks):
    who = town.spies[2]
    status, _ = socket_call(gateway, "POST", f"distillation/accounts/{who.id}/confirm", {"reason": "called back"})
    assert status == 200
    status, headers, _ = who.raw("How wide is the lock?", n=4, logprobs=True, top_logprobs=3)
    assert status == 200
    assert f"id={found['id']}" in headers["x-sluice-measures"] and "n=1" in headers["x-sluice-measures"]
    sent = json.loads(upstream.stats["last_body"])
    assert sent["n"] == 1 and sent["logprobs"] is False and sent["top_logprobs"] is None
    # A mark of the group's half goes to the model's server, and nothing of it to the account.
    assert "canary" in headers["x-sluice-measures"]
    assert [turn["role"] for turn in sent["messages"]] == ["system", "user"]
    mark = next(one for one in plan(gateway, marks, found["id"]) if one["canary"]["instruction"] == sent["messages"][0]["content"])
    assert mark["planted"]
    assert not any(one["mark"] in str(headers) for one in CANARIES)
    record = json.dumps(gateway.records()[headers["x-sluice-decision"]])
    assert f"canary:{mark['commitment']}" in record and mark["canary"]["mark"] not in record
    # In another dialect, translated and behind the account's own system text, it is the same.
    message = {"model": "mock-1", "max_tokens": 20, "system": "Be brief.", "messages": [{"role": "user", "content": "How wide is it?"}]}
    status, told, _ = fetch(f"{gateway.url}/v1/messages", message, {"x-api-key": who.key, "anthropic-version": "2023-06-01", "x-forwarded-for": who.address})
    assert status == 200 and "canary" in told["x-sluice-measures"]
    sent = json.loads(upstream.stats["last_body"])["messages"][0]
    assert sent["role"] == "system" and "Be brief." in str(sent["content"]) and mark["canary"]["instruction"] in str(sent["content"])
    # Nobody else's requests change.
    status, told, _ = town.honest[0].raw("How wide is the lock?")
    assert status == 200 and "x-sluice-measures" not in told
    assert [turn["role"] for turn in json.loads(upstream.stats["last_body"])["messages"]] == ["user"]
    status, _, body = who.raw("[script reasoning] How wide is the lock?")
    assert status == 200
    if "reasoning=withheld" in headers["x-sluice-measures"]:
        assert "gauge is low" not in json.dumps(body)
    # All accounts of the group share one limit.
    codes = [who.raw(f"Lock {number}?")[0] for number in range(60)]
    assert 429 in codes and codes[0] == 200
    record = gateway.records()[headers["x-sluice-decision"]]
    assert f"curb:{found['id']}" in json.dumps(record)


def test_a_replacement_is_recognised_by_the_groups_signature(gateway, town, found, figure):
    # No search comes before the comparison, which looks once a second.
    search_every(gateway, "1h", 3_600_000)
    fresh = spy(gateway, 16)
    began = time.monotonic()
    for number in range(6):
        answered(fresh, campaign_prompt(500 + number))

    def joined():
        return any(one["account"] == fresh.id for one in cluster(gateway, found["id"])["members"])

    wait_until(joined, 20, "the replacement is in the group")
    wait_until(lambda: fresh.raw("Hello?")[0] == 403, 5, "the measures hold for it")
    figure("watch-seconds-until-a-replacement-is-limited", round(time.monotonic() - began, 2), "s")
    assert len([one for one in clusters(gateway) if one["accounts"] >= 3]) == 1


def test_an_appeal_that_is_granted_undoes_it(gateway, upstream, town, found, figure):
    who = town.spies[3]
    status, headers, _ = who.raw("Hello?")
    assert status == 403
    key = {"authorization": f"Bearer {who.key}"}
    status, _, body = fetch(f"{gateway.url}/sluice/v1/appeals", {"decision": headers["x-sluice-decision"], "reason": "We teach a course on locks."}, key)
    assert status == 201, body
    case = json.loads(body)["id"]
    status, shown = socket_call(gateway, "GET", f"cases/{case}")
    assert {"name": "cluster", "value": found["id"]} in shown["evidence"], shown
    began = time.monotonic()
    status, ruled = socket_call(gateway, "POST", f"cases/{case}/rule", {"grants": True, "reason": "a course"})
    assert status == 200 and ruled["state"] == "granted", ruled
    wait_until(lambda: who.raw("Hello again?")[0] == 200, 60, "the measures are gone")
    figure("watch-seconds-until-an-appeal-has-effect", round(time.monotonic() - began, 2), "s")
    assert "x-sluice-measures" not in who.raw("Hello again?")[1]
    assert not any(one["instruction"] in upstream.stats["last_body"] for one in CANARIES)
    assert town.spies[4].raw("Hello?")[0] == 403
    # The next searches find the account again, and leave it alone.
    search_twice(gateway)
    assert who.raw("Still here?")[0] == 200


def search_every(gateway, text, milliseconds):
    gateway.config.extra["distillation"]["every"] = text
    gateway.config.write()
    wait_until(lambda: gateway_status(gateway)["every"] == milliseconds, 10, "the settings are in force")


def search_twice(gateway):
    for _ in range(2):
        assert socket_call(gateway, "POST", "distillation/look")[0] == 200


def gateway_status(gateway):
    status, found = socket_call(gateway, "GET", "distillation")
    assert status == 200, found
    return found


def test_a_hard_step_takes_two_people(gateway, town, found, people):
    first, second = people
    status, refused = socket_call(gateway, "POST", f"distillation/clusters/{found['id']}/respond", {"step": "suspend", "reason": "alone"})
    assert status == 409 and "two people" in refused["error"]["message"], refused
    asked = json.loads(first.run("distill", "respond", found["id"], "--suspend", "--reason", "forged papers", "--json"))
    assert asked["state"] == "open"
    assert "second person" in first.run("distill", "approve", asked["case"], "--reason", "again", code=1)
    assert town.spies[14].raw("Hello?")[0] == 200
    second.run("distill", "approve", asked["case"], "--reason", "seen")
    status, _, body = town.spies[14].raw("Hello?")
    assert status == 403 and body["error"]["code"] == "account_revoked", body
    refused = first.run("distill", "shared", found["id"], code=1)
    assert "two people" in refused
    asked = json.loads(first.run("distill", "respond", found["id"], "--share", "--reason", "others see it too", "--json"))
    second.run("distill", "approve", asked["case"], "--reason", "agreed")
    bundle = json.loads(first.run("distill", "shared", found["id"]))
    assert {one["type"] for one in bundle["objects"]} == {"campaign", "indicator", "relationship"}
    assert not any(one.id in json.dumps(bundle) or one.address in json.dumps(bundle) for one in town.spies)


def test_everything_outlives_a_kill(gateway, town, found):
    wait_until(lambda: gateway_status(gateway)["saves"] > 0, 10, "a save")
    before = gateway_status(gateway)
    time.sleep(0.6)  # The interval between two saves, in the settings above: what is older is on the disk.
    gateway.kill()
    # The commands read what was kept, with the server's key.
    var = gateway.config.var
    orgs = var.parent / "watch-orgs.csv"
    orgs.write_text("org_id,created_ms\n" + "".join(f"{one.organisation},{int(time.time() * 1000)}\n" for one in town.spies + town.honest))
    sketches = sorted((var / "distillation").glob("*.sketch"))
    command = [gateway.binary, "distill", "cluster", *sketches, "--orgs", orgs, "--key-file", var / "keys/distillation.key"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) >= before["accounts"] - 1, done.stderr
    assert not any(row["flagged"] for row in rows if row["account_id"] in {one.id for one in town.honest})
    gateway.start()
    after = gateway_status(gateway)
    assert after["accounts"] >= before["accounts"] - 1
    group = cluster(gateway, found["id"])
    assert group["measures"] and group["case"]
    assert town.spies[5].raw("Hello?")[0] == 403
    assert town.spies[3].raw("Hello?")[0] == 200
    assert town.honest[3].raw("Hello?")[0] == 200


def test_a_person_lets_the_group_go(gateway, town, found, people):
    shown = people[0].run("distill", "review", found["id"])
    assert "What ties them" in shown or "families" in shown
    people[0].run("distill", "review", found["id"], "--dismiss", "--reason", "it was an exercise")
    wait_until(lambda: town.spies[6].raw("Hello?")[0] == 200, 60, "the measures are gone")
    assert town.spies[14].raw("Hello?")[0] == 200
    search_twice(gateway)
    assert town.spies[6].raw("Hello?")[0] == 200
    assert not clusters(gateway)


def leaves(binary, gateway, kind):
    command = [binary, "log", "search", "--kind", kind, "--log", f"{gateway.url}/sluice/log", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_all_of_it_is_on_record(request, gateway, found):
    binary = request.config.getoption("--sluice")

    def told():
        names = [row["action"] for row in acts(gateway, "cluster.")]
        return names if {"cluster.found", "cluster.limit", "cluster.recognise", "cluster.release", "cluster.suspend"} <= set(names) else None

    names = wait_until(told, 10, "all acts are in the ledger")
    assert names.count("cluster.found") == 1
    rows = acts(gateway, "cluster.limit")
    assert rows[0]["actor"] == "distillation" and rows[0]["subject"] == found["id"]
    assert acts(gateway, "account.confirm") and acts(gateway, "appeal.grant")
    # What the world may know: that it happened, and to how many; no identifier of anybody.
    incidents = wait_until(lambda: leaves(binary, gateway, "incident"), 10, "the measures are in the public log")
    assert any(leaf["code"] == "cluster_limited" for leaf in incidents)
    told = json.dumps(incidents + leaves(binary, gateway, "override") + leaves(binary, gateway, "revocation"))
    assert "cluster-suspended" in told and "cluster_released" in told and "accounts_released" in told
    assert not any(mark in told for mark in ("acc_", "org_", "clu_", "Front", found["id"]))


def fetch_metrics(gateway):
    connection = http.client.HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(gateway.config.var / "admin.sock"))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text
