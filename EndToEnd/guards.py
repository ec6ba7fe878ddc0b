"""A scripted guard on loopback: says what a test wants in the form of the kind that is asked, and counts."""

import http.server
import json
import threading
import time


def chat(text):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


def form(kind, harmful):
    """A reply in a guard's documented form, for a call about one category or about all."""
    if kind == "llama-guard":
        return chat("\n\nunsafe\nS2" if harmful else "\n\nsafe")
    if kind == "qwen3guard":
        return chat("Safety: Unsafe\nCategories: Non-violent Illegal Acts" if harmful else "Safety: Safe\nCategories: None")
    if kind == "gpt-oss-safeguard":
        return chat(json.dumps({"violation": int(harmful), "category": "other_harm" if harmful else None, "confidence": 0.9}))
    if kind in ("wildguard", "polyguard"):
        more = f"\nRequest safety violations: {'S2' if harmful else 'None'}" if kind == "polyguard" else ""
        text = f"Harmful request: {'yes' if harmful else 'no'}{more}\nResponse refusal: n/a\nHarmful response: n/a"
        return chat(text) if kind == "polyguard" else {"choices": [{"text": text}]}
    if kind == "shieldgemma":
        return {"choices": [{"text": "Yes" if harmful else "No", "logprobs": {"top_logprobs": [{"Yes": -0.1 if harmful else -5, "No": -5 if harmful else -0.1}]}}]}
    if kind == "granite-guardian":
        return chat(f"<score> {'yes' if harmful else 'no'} </score>")
    return {"id": "modr", "results": [{"flagged": harmful, "category_scores": {"illicit": 0.97 if harmful else 0.01, "sexual": 0.0}}]}


class Guard:
    """`mode`: safe, unsafe, garbled, html, 500, slow, cut."""

    def __init__(self, kind):
        self.kind, self.mode, self.calls, self.bodies = kind, "safe", 0, []
        self.delay = 3
        guard = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                guard.calls += 1
                guard.bodies.append((self.path, body))
                mode = guard.mode
                if mode == "slow":
                    time.sleep(guard.delay)
                if mode == "cut":
                    self.connection.close()
                    return
                data = {"garbled": b'{"choices": [{"mess', "html": b"<html>try later</html>", "500": b'{"error": "busy"}'}.get(mode)
                if data is None:
                    data = json.dumps(form(guard.kind, mode == "unsafe")).encode()
                try:
                    self.send_response(500 if mode == "500" else 200)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def last(self):
        return json.loads(self.bodies[-1][1])

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
