"""Signing in at an OpenID provider, with real redirects: one of our own on Authlib, and oidc-provider-mock as it is."""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from harness import HERE, Child, fetch, free_port, wait_until
from people import Person, port_call, socket_call

pytestmark = pytest.mark.gateway
SECRET = "s+e/c r&e=t of the suite"


class Provider(Child):
    """provider.py, and the file by which it is told what to say."""

    def __init__(self, folder, redirect):
        self.port, self.path = free_port(), folder / "provider.json"
        self.url = f"http://127.0.0.1:{self.port}"
        self.state = {"redirect": redirect, "secret": SECRET, "alg": "RS256", "users": {}}
        self.say()
        super().__init__("provider", [sys.executable, HERE / "provider.py", self.port, self.path], folder / "provider.log", env={"AUTHLIB_INSECURE_TRANSPORT": "1"})
        self.expect(lambda: fetch(f"{self.url}/log", timeout=2)[0] == 200, 20, "ready")

    def say(self, **fields):
        self.state.update(fields)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.state))
        draft.replace(self.path)

    def user(self, name, *groups, **claims):
        self.state["users"][name] = {"sub": f"sub-{name}", "preferred_username": name, "name": name.title(), "groups": list(groups), **claims}
        self.say()

    def asked(self, path):
        return json.loads(fetch(f"{self.url}/log")[2]).count(path)


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def provider(folder, port):
    made = Provider(folder, f"http://127.0.0.1:{port}/admin/oidc/callback")
    yield made
    made.stop()


def settings(issuer, client="sluice-e2e", **more):
    roles = {"operator": "sluice-admins", "reviewer": "reviewers, seniors", "auditor": "everyone"}
    return {"issuer": issuer, "client_id": client, "client_secret_env": "E2E_OIDC_SECRET", "roles": roles, **more}


@pytest.fixture(scope="module")
def gateway(make_gateway, upstream, provider, port):
    os.environ["E2E_OIDC_SECRET"] = SECRET
    extra = {"admin": {"listen": f"127.0.0.1:{port}", "local": "off"}, "oidc": settings(provider.url)}
    return make_gateway(upstream.url, "oidc", extra=extra)


@pytest.fixture(autouse=True)
def honest(provider):
    """Each test begins with a provider that tells the truth."""
    provider.say(lies={}, groups_in="token", userinfo_lies={}, auth="client_secret_basic", secret=SECRET)


class Browser:
    """Follows redirects and keeps cookies, as browsers do; signs in at the provider's form."""

    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, url, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(url, data, timeout=20) as page:
                return page.status, page.url, page.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read().decode()

    def sign_in(self, port, name, start=None):
        """From the listener's start to wherever the provider's answer leads."""
        status, url, page = self.open(start or f"http://127.0.0.1:{port}/admin/oidc/start")
        assert status == 200 and 'name="user"' in page, (status, url, page)
        return self.open(url, {"user": name})

    def session(self):
        return next((c.value for c in self.jar if c.name == "sluice"), None)


def me(port, browser):
    status, body = port_call(port, "GET", "me", headers={"cookie": f"sluice={browser.session()}"})
    assert status == 200, body
    return body


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_browser_signs_in_at_the_provider(gateway, provider, port, algorithm):
    provider.say(alg=algorithm)
    provider.user("ada", "seniors", "chess")
    browser = Browser()
    status, url, page = browser.sign_in(port, "ada")
    assert status == 200 and "/admin/oidc/callback" in url, page
    assert me(port, browser)["roles"] == ["reviewer"]
    status, _, home = browser.open(f"http://127.0.0.1:{port}/admin")
    assert "ada" in home and "Reviewer" in home
    status, _ = port_call(port, "POST", "organisations", {"name": "x"}, headers={"cookie": f"sluice={browser.session()}"})
    assert status == 403
    began = next(e for e in socket_call(gateway, "GET", "events")[1]["data"] if e["action"] == "session.begin")
    assert began["actor"] == "ada" and began["detail"]["method"] == "oidc" and began["detail"]["roles"] == "reviewer"


def test_a_command_signs_in_by_a_loopback_port(gateway, provider, port, folder):
    provider.user("bob", "sluice-admins")
    bob = Person(gateway, folder, "bob")
    environment = {**os.environ, "XDG_CONFIG_HOME": str(bob.home)}
    where = ["--socket", str(gateway.config.var / "admin.sock")]
    login = subprocess.Popen([gateway.binary, "admin", "login", "--oidc", "--no-browser", *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    address = ""
    while "http" not in address:
        address = login.stderr.readline()
        assert address
    # A page that knocks at the port with another state does not end the wait.
    knock = urllib.parse.parse_qs(urllib.parse.urlparse(address.strip()).query)["port"][0]
    assert fetch(f"http://127.0.0.1:{knock}/?code=x&state=y")[0] == 404
    status, url, page = Browser().sign_in(port, "bob", start=address.strip())
    assert status == 200 and url.startswith(f"http://127.0.0.1:{knock}/") and "Signed in" in page
    out, errors = login.communicate(timeout=20)
    assert login.returncode == 0, errors
    assert "bob" in out
    assert json.loads(bob.run("admin", "whoami", "--json"))["roles"] == ["operator"]
    bob.run("org", "create", "Bob's")


def test_roles_follow_the_groups_at_each_sign_in(provider, gateway, port):
    provider.user("carol", "everyone")
    browser = Browser()
    browser.sign_in(port, "carol")
    assert me(port, browser)["roles"] == ["auditor"]
    provider.user("carol", "everyone", "reviewers")
    again = Browser()
    again.sign_in(port, "carol")
    assert me(port, again)["roles"] == ["reviewer", "auditor"]
    provider.user("carol", "strangers")
    status, _, page = Browser().sign_in(port, "carol")
    assert status == 403 and "none of your groups" in page
    # The other name of the same subject is the same person.
    provider.user("carol", "everyone", preferred_username="caroline")
    last = Browser()
    last.sign_in(port, "carol")
    assert me(port, last)["name"] == "carol"


def test_a_disabled_account_does_not_come_back_by_the_provider(provider, gateway, port):
    provider.user("dan", "everyone")
    browser = Browser()
    browser.sign_in(port, "dan")
    assert socket_call(gateway, "POST", "people/dan/disable")[0] == 200
    assert port_call(port, "GET", "me", headers={"cookie": f"sluice={browser.session()}"})[0] == 401
    status, _, page = Browser().sign_in(port, "dan")
    assert status == 403 and "disabled" in page


LIES = {
    "iss": "https://elsewhere.example", "aud": "another-client", "nonce": "another", "exp": 1_000_000_000, "iat": 1_000_000_000,
    "nbf": 4_000_000_000, "azp": "another-client", "sub": None,
}  # fmt: skip


@pytest.mark.parametrize("claim", LIES)
def test_a_token_that_lies_signs_nobody_in(gateway, provider, port, claim):
    provider.user("eve", "sluice-admins")
    provider.say(lies={claim: LIES[claim]})
    browser = Browser()
    status, _, page = browser.sign_in(port, "eve")
    assert status == 403 and f"claim &#39;{claim}&#39;" in page, page
    assert browser.session() is None


def test_changed_keys_are_found_and_old_ones_no_longer_taken(gateway, provider, port):
    provider.user("fay", "everyone")
    assert Browser().sign_in(port, "fay")[0] == 200
    looked = provider.asked("/keys")
    for _ in range(3):
        assert Browser().sign_in(port, "fay")[0] == 200
    assert provider.asked("/keys") == looked
    provider.say(generation=provider.state.get("generation", 1) + 1)
    # The gateway looks at the keys anew at most every 10 s.
    wait_until(lambda: Browser().sign_in(port, "fay")[0] == 200, 15, "signed in with the new keys", pause=1)
    assert provider.asked("/keys") == looked + 1


def test_groups_may_be_in_the_user_info_and_of_the_same_person_alone(gateway, provider, port):
    provider.user("gil", "everyone")
    provider.say(groups_in="userinfo")
    browser = Browser()
    assert browser.sign_in(port, "gil")[0] == 200
    assert me(port, browser)["roles"] == ["auditor"]
    provider.say(userinfo_lies={"sub": "sub-ada"})
    status, _, page = Browser().sign_in(port, "gil")
    assert status == 403 and "another person" in page


def test_state_ticket_and_code_belong_together_and_are_good_once(gateway, provider, port):
    provider.user("hal", "everyone")
    callback = f"http://127.0.0.1:{port}/admin/oidc/callback"
    assert Browser().open(callback + "?code=x&state=y")[0] == 403
    one, two = Browser(), Browser()
    _, url, _ = one.open(f"http://127.0.0.1:{port}/admin/oidc/start")
    two.open(f"http://127.0.0.1:{port}/admin/oidc/start")
    seen = []

    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, request, fp, code, message, headers, to):
            seen.append(to)

    stopped = urllib.request.build_opener(Stop(), urllib.request.HTTPCookieProcessor(one.jar))
    with pytest.raises(urllib.error.HTTPError):
        stopped.open(url, b"user=hal", timeout=10)
    (back,) = seen
    # Whoever steals the way back has not the browser's ticket.
    assert two.open(back)[0] == 403 and Browser().open(back)[0] == 403
    assert one.open(back)[0] == 200
    assert one.open(back)[0] == 403
    # A person who says no.
    status, _, page = Browser().sign_in(port, "nobody")
    assert status == 403 and "access_denied" in page


def test_a_wrong_secret_and_a_provider_that_is_away_are_told_apart(gateway, provider, port):
    provider.user("ida", "everyone")
    provider.say(auth="client_secret_post")
    provider.say(secret="changed since")
    status, _, page = Browser().sign_in(port, "ida")
    assert status == 403 and "invalid_client" in page
    assert b"password" not in fetch(f"http://127.0.0.1:{port}/admin/sign-in")[2]
    status, body = socket_call(gateway, "POST", "people", {"name": "local", "roles": ["auditor"]})
    assert status == 409 and "switched off" in body["error"]["message"]


def test_settings_that_cannot_work_are_refused_with_their_keys(make_gateway, upstream, provider):
    wrong = {
        "oidc.issuer": settings("http://id.example.com"), "oidc.client_id": settings(provider.url, client=""),
        "oidc.client_secret_env": settings(provider.url, client_secret_env="E2E_NOT_SET"), "admin.url": settings(provider.url),
        "oidc.roles": {**settings(provider.url), "roles": {"auditor": ""}}, "oidc.scopes": settings(provider.url, scopes="profile"),
    }  # fmt: skip
    for key, oidc in wrong.items():
        admin = {"listen": "127.0.0.1:1", "url": "http://admin.example.com" if key == "admin.url" else ""}
        gateway = make_gateway(upstream.url, start=False, extra={"admin": admin, "oidc": oidc})
        done = subprocess.run([gateway.binary, "doctor", "--config", gateway.path], capture_output=True, text=True, timeout=20, env={**os.environ, "E2E_UPSTREAM_KEY": "x"})
        assert done.returncode != 0 and key in done.stderr, (key, done.stderr)


def test_a_provider_that_is_not_ours_works_as_it_is(make_gateway, upstream, folder):
    """oidc-provider-mock, unchanged: another implementation's discovery, keys, codes and tokens."""
    port, at = free_port(), free_port()
    os.environ["E2E_OIDC_SECRET"] = SECRET
    mock = Child("mock", [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", at], folder / "mock.log")
    try:
        url = f"http://127.0.0.1:{at}"
        mock.expect(lambda: fetch(f"{url}/.well-known/openid-configuration", timeout=2)[0] == 200, 30, "ready")
        claims = {"preferred_username": "Joan@example.com", "name": "Joan", "email": "joan@example.com", "groups": ["everyone"]}
        assert fetch(f"{url}/users/joan", claims, method="PUT")[0] == 204
        extra = {"admin": {"listen": f"127.0.0.1:{port}"}, "oidc": settings(url, scopes="openid profile email")}
        gateway = make_gateway(upstream.url, "oidc-mock", extra=extra)
        # The admin port may listen a moment after the clients' one does.
        wait_until(lambda: fetch(f"http://127.0.0.1:{port}/admin/v1/status", timeout=2)[0], 20, "the admin port")
        browser = Browser()
        _, there, page = browser.open(f"http://127.0.0.1:{port}/admin/oidc/start")
        field = re.search(r'name="(sub)"', page)
        assert field, page
        status, _, page = browser.open(there, {"sub": "joan"})
        assert status == 200, page
        found = me(port, browser)
        assert found["name"] == "joan@example.com" and found["roles"] == ["auditor"]
        gateway.stop()
    finally:
        mock.stop()
