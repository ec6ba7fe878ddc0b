"""Who administers a deployment, end to end: accounts, sessions, roles, four eyes, recovery, and the admin port with TLS."""

import concurrent.futures
import datetime
import ipaddress
import json
import os
import socket
import ssl
import statistics
import subprocess
import time

import pytest
from harness import KEY, PHRASE, fetch, free_port, wait_until
from people import Authenticator, Person, port_call, socket_call

pytestmark = pytest.mark.gateway


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream, port):
    extra = {"admin": {"listen": f"127.0.0.1:{port}"}, "appeals": {"people": 2}}
    return make_gateway(upstream.url, "people", extra=extra)


@pytest.fixture(scope="module")
def ada(gateway, folder):
    person = Person(gateway, folder, "ada", "operator")
    person.login()
    return person


@pytest.fixture(scope="module")
def rhea(gateway, folder):
    person = Person(gateway, folder, "rhea", "reviewer")
    person.login()
    return person


@pytest.fixture(scope="module")
def sam(gateway, folder):
    person = Person(gateway, folder, "sam", "safety", "reviewer")
    person.login()
    return person


def events(gateway):
    return socket_call(gateway, "GET", "events?limit=1000")[1]["data"]


def token_of(person):
    return next(iter(json.loads((person.home / "sluice/sessions.json").read_text()).values()))


# Accounts and sessions


def test_a_first_account_is_made_enrolled_and_used_by_commands_alone(gateway, folder):
    carol = Person(gateway, folder, "carol")
    made = json.loads(carol.run("admin", "create", "carol", "--role", "operator", "--role", "auditor", "--json"))
    environment = {**os.environ, "XDG_CONFIG_HOME": str(carol.home)}
    enrol = subprocess.Popen(
        [gateway.binary, "admin", "enrol", "--socket", str(gateway.config.var / "admin.sock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    enrol.stdin.write(made["enrolment"] + "\n")
    enrol.stdin.flush()
    shown = ""
    while "otpauth://" not in shown:
        line = enrol.stdout.readline()
        assert line, enrol.stderr.read()
        shown += line
    secret = shown.split("secret=")[1].split("&")[0]
    carol.authenticator, carol.password = Authenticator(secret), "violet harbour 岸 99"
    rest, _ = enrol.communicate(f"{carol.password}\n{carol.authenticator.code()}\n", timeout=20)
    assert enrol.returncode == 0 and rest.count("-") >= 30
    assert "operator, auditor" in carol.login()
    me = json.loads(carol.run("admin", "whoami", "--json"))
    assert me["name"] == "carol" and me["kind"] == "person" and me["roles"] == ["operator", "auditor"]
    mode = (carol.home / "sluice/sessions.json").stat().st_mode & 0o777
    assert mode == 0o600
    carol.run("org", "create", "Carol's own", "--why", "a first customer")
    act = next(e for e in events(gateway) if e["action"] == "organisation.create" and e["actor"] == "carol")
    assert act["detail"]["role"] == "operator" and act["detail"]["session"] == me["session"]["id"]
    assert act["detail"]["reason"] == "a first customer"
    # The ledger has the same, in its chain.
    def told():
        rows = [json.loads(line) for line in gateway.run("ledger", "export").splitlines()]
        return next((r for r in rows if r["kind"] == "act" and r["action"] == "organisation.create" and r["actor"] == "carol"), None)

    row = wait_until(told, 5, "the act in the ledger")
    assert (row["detail.role"], row["detail.session"], row["detail.reason"]) == ("operator", me["session"]["id"], "a first customer")
    assert gateway.run("ledger", "verify")
    carol.run("admin", "logout")
    assert json.loads(carol.run("admin", "whoami", "--json"))["kind"] == "machine"


def test_roles_hold_for_commands_and_the_machine_stays_its_own_operator(gateway, rhea, ada):
    assert "takes the role operator" in rhea.run("org", "create", "Nobody's", code=1)
    assert "takes the role" in rhea.run("admin", "create", "mallory", "--role", "operator", code=1)
    rhea.run("org", "list")
    assert json.loads(rhea.run("org", "create", "By the machine", "--as-machine", "--json"))["name"] == "By the machine"
    assert any(e["actor"].startswith("unix:") and e["detail"]["role"] == "machine" for e in events(gateway))
    assert "nobody changes their own account" in ada.run("admin", "roles", "ada", "--role", "safety", code=1)


def test_sessions_are_listed_ended_and_survive_a_restart(gateway, ada, folder):
    mine = json.loads(ada.run("admin", "sessions", "--json"))["data"]
    assert [s["person"] for s in mine] == ["ada"] and mine[0]["method"] == "password"
    other = Person(gateway, folder, "dan", "auditor")
    other.login()
    sessions = {s["person"]: s["id"] for s in json.loads(ada.run("admin", "sessions", "--all", "--json"))["data"]}
    assert "dan" in sessions
    gateway.kill()
    gateway.start()
    other.run("admin", "whoami")
    ada.run("admin", "end-session", sessions["dan"])
    assert "this session is over" in other.run("org", "list", code=1)
    # The stale token is forgotten by signing out, though the session is over.
    other.run("admin", "logout")
    assert json.loads(other.run("admin", "whoami", "--json"))["kind"] == "machine"


def test_a_disabled_account_is_out_at_once(gateway, ada, folder):
    eve = Person(gateway, folder, "eve", "operator")
    eve.login()
    eve.run("key", "list")
    ada.run("admin", "disable", "eve")
    eve.run("key", "list", code=1)
    eve.run("admin", "login", "--name", "eve", input=f"{eve.password}\n{eve.authenticator.code()}\n", code=1)
    assert "mallory" not in ada.run("admin", "list")


# Four eyes


def test_an_appeal_is_decided_by_somebody_signed_in_once_there_is_anybody(make_gateway, upstream, folder):
    gateway = make_gateway(upstream.url, "one-reviewer")
    auth = {"authorization": f"Bearer {KEY}"}

    def appealed(word):
        body = json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": f"Tell me of the {PHRASE}, {word}."}]}).encode()
        _, headers, _ = fetch(f"{gateway.url}/v1/chat/completions", body, auth)
        return json.loads(fetch(f"{gateway.url}/sluice/v1/appeals", {"decision": headers["x-sluice-decision"], "reason": "r"}, auth)[2])["id"]

    first, second = appealed("first"), appealed("second")
    assert "granted" in gateway.run("appeal", "grant", first, "--reason", "Nobody else is there yet.")
    olga = Person(gateway, folder, "olga", "operator")
    olga.login()
    rita = Person(gateway, folder, "rita", "reviewer")
    rita.login()
    done = gateway.run("appeal", "grant", second, "--reason", "As the machine.", check=False)
    assert done.returncode != 0 and "sign in" in done.stderr and "rita" in done.stderr
    assert "denied" in rita.run("appeal", "deny", second, "--reason", "The rule is meant for it.")
    events = socket_call(gateway, "GET", "events?limit=1000")[1]["data"]
    assert {e["actor"] for e in events if e["subject"] == second and e["action"] == "appeal.deny"} == {"rita"}


def test_an_appeal_that_takes_two_people_takes_two_who_signed_in(gateway, rhea, sam, ada):
    body = json.dumps({"model": "mock-1", "messages": [{"role": "user", "content": f"Tell me of the {PHRASE}."}]}).encode()
    auth = {"authorization": f"Bearer {KEY}"}
    _, headers, _ = fetch(f"{gateway.url}/v1/chat/completions", body, auth)
    appeal = {"decision": headers["x-sluice-decision"], "reason": "It is a lesson.", "text": body.decode()}
    status, _, made = fetch(f"{gateway.url}/sluice/v1/appeals", appeal, auth)
    assert status == 201
    case = json.loads(made)["id"]
    assert PHRASE in rhea.run("appeal", "show", case, "--text")
    assert "second person" in rhea.run("appeal", "grant", case, "--reason", "A lesson.")
    assert "has ruled" in rhea.run("appeal", "grant", case, "--reason", "Again.", code=1)
    # Who may use the machine is nobody's second pair of eyes, nor is an operator.
    assert "sign in" in rhea.run("appeal", "grant", case, "--reason", "As root.", "--as-machine", code=1)
    assert "takes the role" in ada.run("appeal", "grant", case, "--reason", "As operator.", code=1)
    status, refused = socket_call(gateway, "POST", f"cases/{case}/rule", {"grants": True, "person": "sam", "reason": "r"})
    assert status == 400 and refused["error"]["field"] == "person"
    assert "granted" in sam.run("appeal", "grant", case, "--reason", "A lesson indeed.")
    told = json.loads(fetch(f"{gateway.url}/sluice/v1/appeals/{case}", None, auth)[2])
    assert told["state"] == "granted"
    acts = {(e["actor"], e["action"]) for e in events(gateway) if e["subject"] == case}
    assert {("rhea", "appeal.read"), ("rhea", "appeal.grant"), ("sam", "appeal.grant")} <= acts


# Recovery


def test_a_lost_authenticator_is_recovered_from_the_machine_alone(gateway, ada, port, folder):
    finn = Person(gateway, folder, "finn", "operator")
    finn.login()
    lost = token_of(finn)
    assert port_call(port, "POST", "people/finn/recover", token=token_of(ada))[0] == 403
    token = (gateway.config.var / "keys/admin.token").read_text().strip()
    assert port_call(port, "POST", "people/finn/recover", token=token)[0] == 403
    made = json.loads(finn.run("admin", "recover", "finn", "--json"))
    assert port_call(port, "GET", "me", token=lost)[0] == 401
    finn.enrol(made["enrolment"])
    finn.login()
    # With no server, the directory is as good as the socket.
    gateway.stop()
    again = json.loads(gateway.run("admin", "recover", "finn", "--json"))
    gateway.start()
    finn.run("org", "list", code=1)
    finn.enrol(again["enrolment"])
    finn.login()
    recovered = [e for e in events(gateway) if e["action"] == "person.recover"]
    assert [e["actor"] for e in recovered][0] == "command" and recovered[1]["actor"].startswith("unix:")


def test_a_recovery_code_stands_in_for_the_authenticator_once(gateway, folder):
    gus = Person(gateway, folder, "gus", "auditor")
    assert "9 recovery codes are left" in gus.run("admin", "login", "--name", "gus", input=f"{gus.password}\n{gus.recovery[0]}\n")
    gus.run("admin", "login", "--name", "gus", input=f"{gus.password}\n{gus.recovery[0]}\n", code=1)


# The admin port


def sign_in(port, name, password, code):
    return fetch(f"http://127.0.0.1:{port}/admin/v1/sign-in", {"name": name, "password": password, "code": code})


def test_a_port_lets_in_tokens_and_sessions_and_nobody_else(gateway, port, rhea):
    token = (gateway.config.var / "keys/admin.token").read_text().strip()
    assert port_call(port, "GET", "status")[0] == 401
    assert port_call(port, "GET", "status", token=token)[0] == 200
    assert port_call(port, "GET", "me", token=token)[1]["roles"] == ["operator"]
    assert port_call(port, "GET", "me", token=token_of(rhea))[1]["name"] == "rhea"
    assert port_call(port, "GET", "status", token="slu-" + "A" * 43)[0] == 401
    status, _ = port_call(port, "GET", "status", token=token, headers={"host": "evil.example"})
    assert status == 421


def test_guesses_cost_the_same_whether_the_name_is_known_and_are_soon_told_to_wait(gateway, port, folder, figure):
    Person(gateway, folder, "hana", "auditor")
    bodies, times = set(), {"hana": [], "nobody": []}
    for n in range(6):
        for name in times:
            began = time.monotonic()
            status, _, body = sign_in(port, name, "wrong wrong wrong", "000000")
            times[name].append(time.monotonic() - began)
            assert status == 401
            bodies.add(body)
    assert len(bodies) == 1
    ratio = statistics.median(times["hana"]) / statistics.median(times["nobody"])
    figure("sign-in of a known name against an unknown one, time", round(ratio, 2), "x")
    assert 0.4 < ratio < 2.5
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sign_in(port, "hana", f"wrong wrong {n}", "000000"), range(24)))
    late = [a for a in answers if a[0] == 429]
    assert late and all(int(a[1]["retry-after"]) > 0 for a in late)
    assert {a[0] for a in answers} <= {401, 429} and sum(a[0] == 401 for a in answers) <= 3


def test_the_pages_sign_in_a_browser(gateway, port, folder):
    import http.cookiejar
    import urllib.error
    import urllib.parse
    import urllib.request

    ivy = Person(gateway, folder, "ivy", "compliance")
    # The guesses of the test before came from this address too; the machine forgets them over a restart.
    gateway.stop()
    gateway.start()
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    home = f"http://127.0.0.1:{port}"
    page = browser.open(f"{home}/admin", timeout=10)
    assert page.url.endswith("/admin/sign-in") and b'name="password"' in page.read()
    assert "default-src 'none'" in page.headers["content-security-policy"]
    form = urllib.parse.urlencode({"name": "ivy", "password": ivy.password, "code": ivy.authenticator.code()}).encode()
    page = browser.open(f"{home}/admin/sign-in", form, timeout=10).read().decode()
    assert "ivy" in page and "Compliance" in page
    (cookie,) = [c for c in jar if c.name == "sluice"]
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Strict"
    status, _, _ = fetch(f"{home}/admin/v1/organisations", {"name": "Forged"}, {"cookie": f"sluice={cookie.value}", "origin": "https://evil.example"})
    assert status == 403
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    out = browser.open(f"{home}/admin/sign-out", urllib.parse.urlencode({"csrf": csrf}).encode(), timeout=10)
    assert out.url.endswith("/admin/sign-in")
    assert port_call(port, "GET", "me", headers={"cookie": f"sluice={cookie.value}"})[0] == 401


def test_no_secret_lies_open_or_reaches_a_log(gateway, ada, rhea):
    hidden = [token_of(ada), token_of(rhea), ada.password, ada.recovery[0], ada.authenticator.secret]
    for path in [*gateway.config.var.rglob("*"), gateway.config.var.parent / "people.log"]:
        if path.is_file():
            data = path.read_bytes()
            for secret in hidden:
                assert secret.encode() not in data, path


# TLS


def certificate(folder, name, host="127.0.0.1"):
    """A certificate of its own authority, made by another library than the gateway's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, secret, made.serial_number


def served(port):
    """The serial number of the certificate that the port shows."""
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 5) as raw, context.wrap_socket(raw) as secure:
        return x509.load_der_x509_certificate(secure.getpeercert(True)).serial_number


def start_refused(gateway):
    done = subprocess.run([gateway.binary, "serve", "--config", gateway.path], capture_output=True, text=True, timeout=20, env={**os.environ, "E2E_UPSTREAM_KEY": "x"})
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_a_port_that_others_reach_takes_tls_and_its_certificate_is_replaced_while_it_runs(make_gateway, upstream, folder):
    port = free_port()
    open_port = make_gateway(upstream.url, "open-port", start=False, extra={"admin": {"listen": f"0.0.0.0:{port}"}})
    assert "has no TLS" in start_refused(open_port)
    cert, key = folder / "admin.pem", folder / "admin.key"
    pem, secret, first = certificate(folder, "first")
    cert.write_bytes(pem)
    key.write_bytes(secret)
    key.chmod(0o644)
    admin = {"listen": f"0.0.0.0:{port}", "tls_certificate": str(cert), "tls_key": str(key), "token": "off"}
    gateway = make_gateway(upstream.url, "tls-port", start=False, extra={"admin": admin})
    assert "chmod 600" in start_refused(gateway)
    key.chmod(0o600)
    gateway.start()
    jan = Person(gateway, folder, "jan", "operator")
    assert served(port) == first
    remote = ["--server", f"https://127.0.0.1:{port}", "--server-trust", str(cert)]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(jan.home)}

    def run(*arguments, input=""):
        return subprocess.run([str(gateway.binary), *arguments, *remote], input=input, capture_output=True, text=True, timeout=30, env=environment)

    assert run("org", "list").returncode == 1
    done = run("admin", "login", "--name", "jan", input=f"{jan.password}\n{jan.authenticator.code()}\n")
    assert done.returncode == 0, done.stderr
    made = run("org", "create", "From afar", "--json")
    assert json.loads(made.stdout)["name"] == "From afar"
    # The token of the first start is switched off; plain HTTP is no way in.
    token = gateway.config.var / "keys/admin.token"
    assert not token.exists()
    with pytest.raises(OSError):
        fetch(f"http://127.0.0.1:{port}/admin/v1/status", timeout=5)
    # A broken replacement changes nothing; a whole one is served to the next connection.
    pem, secret, second = certificate(folder, "second")
    cert.write_bytes(pem[:100])
    time.sleep(0.7)
    assert served(port) == first
    draft = folder / "draft"
    for path, data in ((key, secret), (cert, pem)):
        draft.write_bytes(data)
        draft.chmod(0o600)
        draft.replace(path)
    wait_until(lambda: served(port) == second, 10, "the new certificate", pause=0.6)
    assert run("admin", "whoami").returncode == 0
    gateway.stop()


def test_bodies_heads_and_methods_out_of_bounds_are_refused(gateway, port):
    token = (gateway.config.var / "keys/admin.token").read_text().strip()
    assert port_call(port, "POST", "organisations", {"name": "n" * 300_000}, token=token)[0] == 413
    assert port_call(port, "DELETE", "organisations", token=token)[0] in (404, 405)
    with socket.create_connection(("127.0.0.1", port), 5) as raw:
        raw.sendall(b"GET /admin/v1/status HTTP/1.1\r\nhost: 127.0.0.1\r\nx-long: " + b"a" * 100_000 + b"\r\n\r\n")
        raw.settimeout(10)
        assert b" 200 " not in raw.recv(4096)[:20]
    assert port_call(port, "GET", "status", token=token)[0] == 200
