"""Who may use the model: from an application to a key, screening, holds, permissions, revocation, destinations."""

import http.client
import json
import os
import pathlib
import select
import socket
import subprocess
import threading
import time

import anthropic
import openai
import pytest
from borderline import PLAIN_HARM, QUESTIONS
from harness import KEY, PHRASE, ask, fetch, free_port, request_bytes, wait_until
from people import Person

pytestmark = pytest.mark.gateway

PARENT_NUMBER = "HRB-7781920"


def papers(name, **fields):
    return {"legal_name": name, "country": "NL", "end_use": "protein folding", **fields}


GROUP = [
    {"party": {"name": "Quayside Holding BV", "identifiers": [{"kind": "kvk", "value": "NL-555012"}], "country": "NL"}, "share": "100"},
    {"party": {"name": "Tessellate Partners Group", "identifiers": [{"kind": "register", "value": PARENT_NUMBER}], "country": "DE"}, "of": "Quayside Holding BV", "share": "60"},
]


class Desk:
    """The admin side, as two people."""

    def __init__(self, gateway, folder):
        self.gateway = gateway
        # `screen import` and the like go by the socket; decisions go by people who have signed in.
        self.first, self.second = (Person(gateway, folder, name, "compliance", "safety", "reviewer") for name in ("nora", "otto"))
        for person in (self.first, self.second):
            person.login()

    def run(self, *arguments):
        return json.loads(self.gateway.run(*arguments, "--json"))

    def as_first(self, *arguments):
        return json.loads(self.first.run(*arguments, "--json"))

    def as_second(self, *arguments):
        return json.loads(self.second.run(*arguments, "--json"))


def lists_of(gateway):
    return gateway.config.var / "lists"


def import_list(gateway, name, parties, *flags):
    path = gateway.config.var.parent / f"{name}.jsonl"
    path.write_text("".join(json.dumps({"type": "organization", **p}) + "\n" for p in parties))
    command = [gateway.binary, "screen", "import", path, "--name", name, "--directory", lists_of(gateway), "--json", *flags]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


def admin(gateway, method, path, body=None):
    """The admin API by its socket, without a command's own time."""
    link = http.client.HTTPConnection("admin", timeout=30)
    link.sock = socket.socket(socket.AF_UNIX)
    link.sock.settimeout(30)
    link.sock.connect(str(gateway.config.var / "admin.sock"))
    link.request(method, f"/admin/v1/{path}", json.dumps(body) if body else None, {"content-type": "application/json"})
    answer = link.getresponse()
    data = answer.read()
    link.close()
    assert answer.status // 100 == 2, data
    return json.loads(data)


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream):
    port = free_port()
    made = make_gateway(upstream.url, "access", extra={"applications": {"take": "on"}, "admin": {"listen": f"127.0.0.1:{port}"}})
    made.admin = f"127.0.0.1:{port}"
    return made


@pytest.fixture(scope="module")
def desk(gateway, folder):
    return Desk(gateway, folder)


def apply(gateway, desk, name, **fields):
    """An organisation applies, is approved by a person, and fetches its key."""
    status, _, body = fetch(f"{gateway.url}/sluice/v1/applications", papers(name, **fields))
    assert status == 201, body
    filed = json.loads(body)
    application, secret = filed["application"]["id"], filed["secret"]
    show = {"authorization": f"Bearer {secret}"}
    assert fetch(f"{gateway.url}/sluice/v1/applications/{application}", headers=show)[0] == 200
    assert fetch(f"{gateway.url}/sluice/v1/applications/{application}", headers={"authorization": "Bearer wrong"})[0] == 404
    assert fetch(f"{gateway.url}/sluice/v1/applications/{application}/key", b"", show)[0] == 409
    made = desk.as_first("org", "approve", application, "--reason", "papers checked")
    assert made["state"] == "approved", made
    status, _, body = fetch(f"{gateway.url}/sluice/v1/applications/{application}/key", b"", show)
    assert status == 201, body
    assert fetch(f"{gateway.url}/sluice/v1/applications/{application}/key", b"", show)[0] == 409
    return made["organisation"], json.loads(body)["secret"]


def client(gateway, key):
    return openai.OpenAI(api_key=key, base_url=gateway.url + "/v1", max_retries=0)


def acts(gateway):
    rows = [json.loads(line) for line in gateway.run("ledger", "export").splitlines() if line.strip()]
    return [row for row in rows if row["kind"] == "act"]


def stream_until_cut(gateway, key, do):
    """Runs a stream with OpenAI's client, calls `do` once it runs; (seconds from `do`'s end to the cut, the error)."""
    began, ended = threading.Event(), {}

    def run():
        try:
            for _ in client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "[script endless] Go on."}], stream=True):
                began.set()
            ended["error"] = None
        except openai.APIError as error:
            ended["error"] = error
        ended["at"] = time.monotonic()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert began.wait(10)
    do()
    done = time.monotonic()
    thread.join(15)
    assert not thread.is_alive(), "the stream was not cut"
    return ended["at"] - done, ended["error"]


@pytest.mark.limit(120)
def test_an_organisation_applies_is_held_by_its_parents_parent_and_comes_back(gateway, desk, figure):
    organisation, key = apply(gateway, desk, "Kestrel Folding BV", owners=GROUP)
    reply = client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Good morning."}])
    assert reply.choices[0].message.content

    # A merely similar name only reaches the queue.
    import_list(gateway, "similar", [{"id": "s1", "name": "Kestrel Foldings B.V."}, {"id": "s2", "name": "Unrelated Quarry"}])
    queue = desk.run("screen", "queue")["data"]
    assert [row for row in queue if row["applicant"] == organisation and row["entry"] == "s1" and row["state"] == "open"]
    assert client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Still here?"}])

    # A list that names the parent's parent by its register number holds the organisation, and cuts what runs.
    listed = [{"id": f"x{n}", "name": f"Somebody Else {n}"} for n in range(500)] + [{"id": "e1", "name": "Another Name Entirely", "identifiers": [{"kind": "register", "value": PARENT_NUMBER}]}]
    seconds, error = stream_until_cut(gateway, key, lambda: import_list(gateway, "sdn", listed))
    figure("stream cut after the import returned", round(seconds, 3), "s")
    assert seconds < 1 and error is not None and "organization_held" in str(error.body)

    with pytest.raises(openai.PermissionDeniedError) as refused:
        client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "And now?"}])
    answer = refused.value.response
    assert refused.value.code == "organization_held" and answer.headers["x-should-retry"] == "false"
    decision = answer.headers["x-sluice-decision"]
    assert decision.startswith("dec_") and answer.headers["x-sluice-appeal"] == "/sluice/v1/appeals"
    with pytest.raises(anthropic.PermissionDeniedError):
        anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0).messages.create(model="claude-mock", max_tokens=16, messages=[{"role": "user", "content": "And now?"}])
    assert gateway.records()[decision]["code"] == "organization_held"

    # The appeal path works for whoever is held.
    status, _, body = fetch(f"{gateway.url}/sluice/v1/appeals", {"decision": decision, "reason": "We sold that stake."}, {"authorization": f"Bearer {key}"})
    assert status == 201, body

    # Clearing restores access; what was cleared stays so when the list comes again.
    hit = next(row for row in desk.run("screen", "queue")["data"] if row.get("identifier"))
    assert hit["entry"] == "e1" and hit["acts"][0]["listVersion"].startswith("sdn 1 ")
    desk.as_first("screen", "clear", hit["id"], "--reason", "another register of that name")
    assert client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Back?"}])
    import_list(gateway, "sdn", listed + [{"id": "n1", "name": "Newly Listed Quarry"}])
    assert client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Still back?"}])
    # A changed entry asks again.
    listed[-1]["aliases"] = ["A Second Name"]
    import_list(gateway, "sdn", listed + [{"id": "n1", "name": "Newly Listed Quarry"}])
    with pytest.raises(openai.PermissionDeniedError):
        client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Held again?"}])
    desk.as_first("screen", "clear", hit["id"], "--reason", "looked again")
    assert client(gateway, key).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Back?"}])

    time.sleep(0.6)
    told = acts(gateway)
    kinds = [act["action"] for act in told]
    for action in ("application.receive", "application.approve", "list.import", "screening.hit", "organisation.hold", "screening.clear", "organisation.lift"):
        assert action in kinds, (action, kinds)
    hold = next(act for act in told if act["action"] == "organisation.hold")
    assert hold["subject"] == organisation and hold["detail.list"].startswith("sdn 1 ") and hold["detail.path"]
    cleared = next(act for act in told if act["action"] == "screening.clear")
    assert cleared["actor"] and cleared["detail.list"].startswith("sdn 1 ") and cleared["detail.reason"]
    numbers = [int(act["event"]) for act in told]
    assert numbers == sorted(set(numbers)), "an act was told twice"
    gateway.run("ledger", "verify")


@pytest.mark.limit(90)
def test_any_past_state_can_be_asked_for(gateway, desk):
    organisation, _ = apply(gateway, desk, "Ferry Optics BV")
    time.sleep(1.1)
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    path = gateway.config.var.parent / "papers.json"
    path.write_text(json.dumps(papers("Ferry Optics BV", headquarters="BE", end_use="lens design")))
    desk.run("org", "papers", organisation, path)
    assert desk.run("org", "show", organisation, "--papers")["profile"]["headquarters"] == "BE"
    then = desk.run("org", "show", organisation, "--at", before)
    assert "headquarters" not in then["profile"] and then["profile"]["end_use"] == "protein folding"


@pytest.mark.limit(120)
def test_a_permission_opens_a_category_for_one_organisation_and_expires(gateway, desk):
    lab, key = apply(gateway, desk, "Vetted Paper Lab")
    _, other = apply(gateway, desk, "Ordinary Paper Lab")
    prompt = [{"role": "user", "content": f"Tell me about the {PHRASE}."}]

    def refused(secret):
        reply = client(gateway, secret).chat.completions.create(model="mock-1", messages=prompt)
        return reply.choices[0].finish_reason == "content_filter" and (reply.choices[0].message.refusal or "")

    # A refused user of a vetted lab sees what would have opened it.
    assert "permission for the category 'origami_ritual'" in refused(key)
    absolute = fetch(f"{gateway.url}/sluice/v1/permissions", {"categories": ["child_safety"], "volume": 5, "days": 1, "purpose": "no"}, {"authorization": f"Bearer {key}"})
    assert absolute[0] == 400
    status, _, body = fetch(f"{gateway.url}/sluice/v1/permissions", {"categories": ["origami_ritual"], "volume": 3, "days": 12 / 86400, "purpose": "a study of folds"}, {"authorization": f"Bearer {key}"})
    assert status == 201, body
    asked = json.loads(body)
    until = time.monotonic() + 12
    first = desk.as_first("permission", "approve", asked["id"], "--reason", "papers checked")
    assert first["state"] == "requested" and refused(key)
    with pytest.raises((AssertionError, RuntimeError)):
        desk.as_first("permission", "approve", asked["id"], "--reason", "again")
    assert desk.as_second("permission", "approve", asked["id"], "--reason", "agreed")["state"] == "active"
    opened = client(gateway, key).chat.completions.with_raw_response.create(model="mock-1", messages=prompt)
    assert opened.parse().choices[0].finish_reason == "stop"
    assert refused(other)
    record = gateway.records()[opened.headers["x-sluice-decision"]]
    assert record["permission"] == asked["id"]
    shown = json.loads(fetch(f"{gateway.url}/sluice/v1/permissions", headers={"authorization": f"Bearer {key}"})[2])["data"]
    assert [row for row in shown if row["id"] == asked["id"] and row["used"] == 1 and row["state"] == "active"]
    # The volume is a bound.
    for _ in range(2):
        assert not refused(key)
    assert refused(key)
    # It ends by itself.
    wait_until(lambda: desk.run("permission", "show", asked["id"])["state"] == "expired", until - time.monotonic() + 5, "the permission expired", pause=0.7)
    assert refused(key)
    wait_until(lambda: {"permission.request", "permission.approve", "permission.expire"} <= {act["action"] for act in acts(gateway)}, 5, "the acts were told")


@pytest.mark.limit(120)
def test_vetted_biology_opens_the_edge_of_the_shipped_rules_and_never_what_is_absolute(make_gateway, upstream, folder, figure):
    """The shipped constitution: what borders biological weapons opens for one laboratory; the weapons themselves for nobody."""
    port = free_port()
    made = make_gateway(upstream.url, "biology", constitution="built-in", extra={"applications": {"take": "on"}, "admin": {"listen": f"127.0.0.1:{port}"}})
    made.admin = f"127.0.0.1:{port}"
    people = Desk(made, folder)
    _, key = apply(made, people, "Vetted Vaccine Institute")
    _, other = apply(made, people, "Ordinary Software House")

    def verdict(secret, text):
        """What the text is refused as; nothing if it is answered."""
        raw = client(made, secret).chat.completions.with_raw_response.create(model="mock-1", messages=[{"role": "user", "content": text}])
        if raw.parse().choices[0].finish_reason != "content_filter":
            return "", raw.headers["x-sluice-decision"]
        words = raw.parse().choices[0].message.refusal
        return next((c for c in ("dual_use_biology", "biological") if f"{c}/" in words), words), raw.headers["x-sluice-decision"]

    before = {text: verdict(key, text)[0] for text in QUESTIONS}
    edge = [text for text in QUESTIONS if before[text] == "dual_use_biology"]
    figure("borderline questions of biology: in the edge, behind it, of all", f"{len(edge)}, {sum(v == 'biological' for v in before.values())}, {len(QUESTIONS)}")
    assert edge, "no question lies in the edge: the shipped rules leave a permission nothing to open"
    harm = {text: verdict(key, text)[0] for text in PLAIN_HARM}
    # What the first stage alone does not see at all is no matter of permissions.
    assert sum(found != "" for found in harm.values()) >= 2, harm
    # The edge is what the rules would let everybody ask if it were not there: what the first stage sees too little of lies in it as well.
    figure("plainly harmful requests: behind the edge, in it, of all", f"{sum(v == 'biological' for v in harm.values())}, {sum(v == 'dual_use_biology' for v in harm.values())}, {len(harm)}")

    wish = {"categories": ["biological"], "volume": 100, "days": 1, "purpose": "vaccine design"}
    status, _, body = fetch(f"{made.url}/sluice/v1/permissions", wish, {"authorization": f"Bearer {key}"})
    assert status == 400 and "absolute" in json.loads(body)["error"]["message"] and "dual_use_biology" in json.loads(body)["error"]["message"]
    status, _, body = fetch(f"{made.url}/sluice/v1/permissions", {**wish, "categories": ["dual_use_biology"]}, {"authorization": f"Bearer {key}"})
    assert status == 201, body
    asked = json.loads(body)["id"]
    people.as_first("permission", "approve", asked, "--reason", "papers checked")
    assert verdict(key, edge[0])[0] == "dual_use_biology"
    assert people.as_second("permission", "approve", asked, "--reason", "agreed")["state"] == "active"
    found, decision = verdict(key, edge[0])
    assert found == "" and made.records()[decision]["permission"] == asked
    assert all(verdict(key, text)[0] == "" for text in edge[1:])
    # For nobody else, and nothing behind the edge.
    assert verdict(other, edge[0])[0] == "dual_use_biology"
    assert all(verdict(key, text)[0] == "biological" for text, found in harm.items() if found == "biological")
    behind = [text for text in QUESTIONS if before[text] == "biological"]
    assert all(verdict(key, text)[0] == "biological" for text in behind[:5])
    people.as_first("permission", "revoke", asked, "--reason", "the study is over")
    assert verdict(key, edge[0])[0] == "dual_use_biology"


@pytest.mark.limit(120)
def test_revocations_cut_their_subject_and_nobody_else(gateway, desk):
    organisation, key = apply(gateway, desk, "Lantern Mills")
    parent_papers = {"owners": [{"party": {"name": "Lantern Mills"}, "share": "75"}]}
    _, daughter = apply(gateway, desk, "Lantern Daughter", **parent_papers)
    _, stranger = apply(gateway, desk, "Heron Works")

    def answers(secret, **fields):
        try:
            client(gateway, secret).chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Hello."}], **fields)
            return "answered"
        except openai.APIStatusError as error:
            return error.code

    # An end user alone.
    rule = desk.run("revoke", "end-user", "alice", "--org", organisation, "--reason", "shared the account")["data"][0]
    assert answers(key, extra_body={"safety_identifier": "alice"}) == "end_user_blocked"
    assert answers(key, extra_body={"safety_identifier": "bob"}) == "answered" == answers(key)
    desk.run("revoke", "lift", rule["id"], "--reason", "settled")
    assert answers(key, extra_body={"safety_identifier": "alice"}) == "answered"
    # An account.
    rule = desk.run("revoke", "account", "default", "--org", organisation, "--reason", "unused")["data"][0]
    assert answers(key) == "account_revoked" and answers(stranger) == "answered"
    desk.run("revoke", "lift", rule["id"], "--reason", "in use again")
    # A model, for everyone.
    rule = desk.run("revoke", "model", "mock-1", "--reason", "under review")["data"][0]
    assert answers(key) == "model_withdrawn" == answers(stranger)
    desk.run("revoke", "lift", rule["id"], "--reason", "reviewed")
    # An organisation with all that it owns; appeal lifts it again.
    seconds, error = stream_until_cut(gateway, daughter, lambda: desk.run("revoke", "organisation", organisation, "--with-subsidiaries", "--reason", "resold", "--rule", "terms-4"))
    assert seconds < 1 and "organization_revoked" in str(error.body)
    assert answers(key) == "organization_revoked" == answers(daughter) and answers(stranger) == "answered"
    shown = desk.run("org", "show", organisation, "--papers")
    assert shown["restrictions"][0]["rule"] == "terms-4"
    rules = desk.run("revoke", "list")["data"]
    assert {"resold"} == {row["reason"] for row in rules if not row["hold"]}
    lifted = desk.run("revoke", "lift", next(row["id"] for row in rules if row["subject"] == organisation), "--reason", "a mistake")
    assert len(lifted["data"]) == 2 and answers(key) == "answered" == answers(daughter)
    # A destination: organisations with a seat there.
    rule = desk.run("revoke", "country", "NL", "--reason", "licence withdrawn")["data"][0]
    assert answers(key) == "unsupported_country" == answers(stranger)
    desk.run("revoke", "lift", rule["id"], "--reason", "licence back")
    assert answers(key) == "answered"


def test_applications_are_bounded_and_say_what_is_wrong(gateway):
    url = f"{gateway.url}/sluice/v1/applications"
    status, _, body = fetch(url, papers("Nowhere Ltd", country="ZZ"))
    assert status == 400 and json.loads(body)["error"]["param"] == "country"
    status, _, body = fetch(url, papers("Stranger Ltd", favourite="blue"))
    assert status == 400 and json.loads(body)["error"]["param"] == "favourite"
    assert fetch(url, b"{" + b" " * 70_000 + b"}")[0] == 413
    assert b"<form" in fetch(f"{gateway.url}/sluice/apply")[2]
    for n in range(12):
        status = fetch(url, papers(f"Flood {n}"))[0]
    assert status == 429


def mmdb(path, networks):
    """A small MMDB 2.0 file of IPv4 networks, written by hand: {"127.0.0.0/8": {"country": {"iso_code": "NL"}}}."""

    def field(value):
        if isinstance(value, bool):
            return bytes([int(value), 7])
        if isinstance(value, str):
            data = value.encode()
            return bytes([0x40 | len(data)]) + data
        if isinstance(value, int):
            data = value.to_bytes(4, "big")
            return bytes([0xC0 | 4]) + data
        return bytes([0xE0 | len(value)]) + b"".join(field(k) + field(v) for k, v in value.items())

    tree, data = [[None, None]], b""
    for network, value in networks.items():
        address, bits = network.split("/")
        number = int.from_bytes(bytes(int(p) for p in address.split(".")), "big")
        node, place = 0, len(data)
        data += field(value)
        for depth in range(int(bits)):
            side = number >> (31 - depth) & 1
            if depth == int(bits) - 1:
                tree[node][side] = ("data", place)
            else:
                if tree[node][side] is None:
                    tree[node][side] = len(tree)
                    tree.append([None, None])
                node = tree[node][side]
    count = len(tree)
    records = b"".join((count if side is None else count + 16 + side[1] if isinstance(side, tuple) else side).to_bytes(3, "big") for node in tree for side in node)
    meta = {"node_count": count, "record_size": 24, "ip_version": 4, "binary_format_major_version": 2, "database_type": "Test-Country", "build_epoch": int(time.time())}
    path.write_bytes(records + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + field(meta))


@pytest.mark.limit(90)
def test_places_come_from_the_operators_file_and_a_trusted_proxys_header(make_gateway, upstream, folder):
    path = folder / "places.mmdb"
    mmdb(path, {"127.0.0.0/8": {"country": {"iso_code": "NL"}}, "198.51.100.0/24": {"country": {"iso_code": "XK"}, "traits": {"is_hosting_provider": True}}, "203.0.113.0/24": {"country": {"iso_code": "KP"}}})
    gateway = make_gateway(upstream.url, "places-by-address", extra={"destinations": {"addresses": str(path), "client_header": "x-forwarded-for", "trusted_proxies": "127.0.0.1"}})

    def call(forwarded=None):
        path, body = ask("openai", "Hello.")
        headers = {"authorization": f"Bearer {KEY}", **({"x-forwarded-for": forwarded} if forwarded else {})}
        status, _, answer = fetch(gateway.url + path, body, headers)
        return status, json.loads(answer).get("error", {}).get("code")

    assert call() == (200, None) and call("198.51.100.7") == (200, None)
    # Embargoed by the dated rules; what a client writes itself in front does not count.
    assert call("203.0.113.9") == (403, "unsupported_country")
    assert call("192.0.2.1, 203.0.113.9") == (403, "unsupported_country")
    assert call("203.0.113.9, 192.0.2.1") == (200, None)
    organisation = gateway.keys()[0]["organisation"]
    shown = json.loads(gateway.run("org", "show", organisation, "--papers", "--json"))
    assert {row["country"] for row in shown["origins"]} == {"NL", "XK"}
    assert next(row for row in shown["origins"] if row["country"] == "XK")["hosting"] == 1
    # A damaged file changes nothing.
    path.write_bytes(b"nothing of the kind")
    time.sleep(2)
    assert call("203.0.113.9") == (403, "unsupported_country")


def read_ends(port, requests, act):
    """Sends each request on a connection of its own, calls `act()` in a thread once every answer has begun, and reads until all have
    ended: (each answer's last bytes, the moment its last byte came, when `act` began and returned). It parses nothing meanwhile, so that what
    is measured is the gateway and not the client."""
    links, last, tails, times = [], {}, {}, {}
    poll = select.epoll()
    for data in requests:
        link = socket.create_connection(("127.0.0.1", port), 10)
        link.sendall(data)
        link.setblocking(False)
        poll.register(link, select.EPOLLIN | select.EPOLLHUP)
        links.append(link)
    by_number = {link.fileno(): place for place, link in enumerate(links)}
    begun, open_ones = set(), set(by_number)

    def work():
        times["began"] = time.monotonic()
        act()
        times["returned"] = time.monotonic()

    thread, end = None, time.monotonic() + 60
    while open_ones:
        assert time.monotonic() < end, f"{len(begun)} of {len(links)} began, {len(open_ones)} have not ended"
        for number, _ in poll.poll(0.2):
            place = by_number[number]
            try:
                data = links[place].recv(65_536)
            except BlockingIOError:
                continue
            now = time.monotonic()
            if data:
                last[place], tails[place] = now, (tails.get(place, b"") + data)[-600:]
                begun.add(place)
            if not data or tails[place].endswith(b"0\r\n\r\n"):
                poll.unregister(number)
                open_ones.discard(number)
        if thread is None and len(begun) == len(links):
            thread = threading.Thread(target=work)
            thread.start()
    thread.join(30)
    for link in links:
        link.close()
    return tails, last, times


@pytest.mark.limit(200)
def test_revocation_reaches_the_last_byte_of_many_streams(request, make_gateway, upstream, figure):
    """From the admin call's first byte to the last byte of every stream, seen by a client that does nothing else."""
    count = request.config.getoption("--revoked-streams")
    gateway = make_gateway(upstream.url, "revoked", extra={})
    organisation = gateway.keys()[0]["organisation"]
    # Each stream says something, and then little: what runs is cut and not a backlog read.
    script = upstream.script("quiet", events=['{"id":"c","object":"chat.completion.chunk","created":1,"model":"mock-1","choices":[{"index":0,"delta":{"content":"Water flows. "},"finish_reason":null}]}'] * 100, interval_ms=1_000)
    requests = [request_bytes(*ask("openai", f"{script} Go on.", True), key=KEY) for _ in range(count)]

    def revoke():
        admin(gateway, "POST", "restrictions", {"kind": "organisation", "subject": organisation, "reason": "a drill"})

    before = cpu(gateway.pid)
    tails, last, times = read_ends(gateway.config.port, requests, revoke)
    assert len(tails) == count and all(b"organization_revoked" in tail for tail in tails.values())
    late = sorted(moment - times["began"] for moment in last.values())
    p99 = late[max(0, int(len(late) * 0.99) - 1)]
    figure(f"{count} streams: p99 from the revocation's call to the last byte", round(p99 * 1000), "ms")
    figure(f"{count} streams: from the call to its answer", round((times["returned"] - times["began"]) * 1000), "ms")
    figure(f"{count} streams: the gateway's processor time, opening them included", round((cpu(gateway.pid) - before) * 1000), "ms")
    assert p99 < 1.0


def cpu(pid):
    """Seconds of processor time of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_keys_routes_are_those_that_there_are(gateway):
    organisation = gateway.keys()[0]["organisation"]
    done = gateway.run("key", "create", "--org", organisation, "--route", "chat/completion", check=False)
    assert done.returncode != 0 and "chat/completion'" in done.stderr and "messages/count_tokens" in done.stderr
    key = json.loads(gateway.run("key", "create", "--org", organisation, "--route", "messages*", "--json"))["secret"]
    assert fetch(f"{gateway.url}/v1/chat/completions", ask("openai", "Hello.")[1], {"authorization": f"Bearer {key}"})[0] == 403
    assert fetch(f"{gateway.url}/v1/messages", ask("anthropic", "Hello.")[1], {"x-api-key": key})[0] == 200


@pytest.mark.limit(90)
def test_the_queue_holds_nothing_that_is_decided_or_gone(gateway, desk):
    """A hit on an applicant is one question: deciding it, or the application, leaves none behind."""
    import_list(gateway, "queue-list", [{"id": "q1", "name": "Curlew Instruments"}, {"id": "q2", "name": "Plover Instruments"}, {"id": "q3", "name": "Dunlin Holdings"}])

    def waiting(word):
        cases = [c for c in admin(gateway, "GET", "cases?kind=screening")["data"] if c["state"] == "open" and word in c["request"]]
        return [row for row in desk.run("screen", "queue")["data"] if word in row["name"]], cases

    def file(name, **fields):
        made = desk.run("org", "apply", write_papers(gateway, name, **fields))
        return made.get("application", made)["id"]

    # Cleared on the application, approved: neither the applicant's hit nor the organisation's waits.
    one = file("Curlew Instruments")
    hits, cases = waiting("Curlew")
    assert len(hits) == 1 and len(cases) == 1
    desk.as_first("screen", "clear", hits[0]["id"], "--reason", "another company")
    assert waiting("Curlew") == ([], [])
    for person in (desk.as_first, desk.as_second):
        made = person("org", "approve", one, "--reason", "papers checked")
        if made["state"] == "approved":
            break
    assert made["state"] == "approved" and waiting("Curlew") == ([], [])
    # Denied while its hit was open.
    two = file("Plover Instruments", owners=[{"party": {"name": "Dunlin Holdings"}, "share": "20"}])
    assert len(waiting("Plover")[1]) == 1 and len(waiting("Dunlin")[1]) == 1
    assert desk.as_first("org", "deny", two, "--reason", "papers incomplete")["state"] == "denied"
    assert waiting("Plover") == ([], []) == waiting("Dunlin")


def write_papers(gateway, name, **fields):
    path = gateway.config.var.parent / "papers-of-one.json"
    path.write_text(json.dumps(papers(name, **fields)))
    return path


def test_papers_that_contradict_themselves_or_cannot_be_screened_are_refused_by_field(gateway):
    owner = {"party": {"name": "Mill Holding"}, "share": "60"}
    for wrong, field in [
        ({"legal_name": "!!!"}, "legal_name"), ({"legal_name": "N" * 10_000}, "legal_name"), ({"legal_name": "Mill \u202e BV"}, "legal_name"),
        ({"owners": [{**owner, "share": "150"}]}, "owners[0].share"), ({"owners": [{**owner, "share": "-1"}]}, "owners[0].share"),
        ({"owners": [{**owner, "from": "2026-02-01", "until": "2026-01-01"}]}, "owners[0].until"),
        ({"owners": [{**owner, "of": "Nobody Named"}]}, "owners[0].of"),
    ]:
        done = gateway.run("org", "apply", write_papers(gateway, "Wrong Papers Ltd", **wrong) if "legal_name" not in wrong else write_papers(gateway, wrong["legal_name"]), check=False)
        assert done.returncode != 0 and field in done.stderr, (wrong, done.stderr)
