"""A receiver of webhooks on loopback, which checks what they are signed with."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

SECRET = "whsec_" + base64.b64encode(b"a planted secret of 32 bytes ....").decode()


class Receiver:
    """A receiver of webhooks that checks signatures; `behaviour(number of the request)` is a status, or seconds to hang."""

    def __init__(self, behaviour=lambda number: 204):
        self.messages, self.tries, self.times = [], [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.tries.append(self.headers["webhook-id"])
                outer.times.append(time.monotonic())
                what = behaviour(len(outer.tries))
                if isinstance(what, float):
                    time.sleep(what)
                    return
                key = base64.b64decode(SECRET.removeprefix("whsec_"))
                signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
                expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
                good = hmac.compare_digest(expected, self.headers["webhook-signature"]) and abs(time.time() - int(self.headers["webhook-timestamp"])) < 30
                if what == 204:
                    outer.messages.append(json.loads(body) | {"id": self.headers["webhook-id"], "signed": good})
                self.send_response(what)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?planted-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, kind):
        return [m for m in self.messages if m["type"] == kind]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
