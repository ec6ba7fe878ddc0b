"""A model server that notes every request in a file before it answers: what it was sent is known even after kill -9.

    counted_upstream.py PORT FILE [INTERVAL_MS]

Each line of the file is the monotonic time in seconds and the request's number, from "[id N]" in its body. The answer
names the model that was asked for, so that a client can tell by which settings its request was sent.
"""

import asyncio
import json
import os
import re
import sys
import time

NUMBER = re.compile(rb"\[id (\d+)\]")
TOKENS = 12


class Connection(asyncio.Protocol):
    def __init__(self, log, interval):
        self.log, self.interval, self.buffer, self.task = log, interval, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        if self.task:
            self.task.cancel()

    def data_received(self, data):
        self.buffer += data
        while self.task is None or self.task.done():
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.I)
            size = int(length[1]) if length else 0
            if not self.buffer.count(b"\r\n\r\n") or len(rest) < size:
                return
            self.buffer = rest[size:]
            if head.startswith(b"GET"):
                self.whole({"status": "ok"})
                continue
            self.task = asyncio.get_running_loop().create_task(self.answer(rest[:size]))
            self.task.add_done_callback(lambda _: self.data_received(b"") if not self.transport.is_closing() else None)

    def whole(self, value):
        data = json.dumps(value).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data) + data)

    async def answer(self, body):
        number = NUMBER.findall(body)
        os.write(self.log, b"%.6f %s\n" % (time.monotonic(), number[-1] if number else b"-"))
        request = json.loads(body)
        model, base = request["model"], {"id": "c", "created": 1, "model": request["model"]}
        usage = {"prompt_tokens": 5, "completion_tokens": TOKENS, "total_tokens": TOKENS + 5}
        if not request.get("stream"):
            await asyncio.sleep(self.interval * TOKENS / 3)
            choice = {"index": 0, "message": {"role": "assistant", "content": f"I am {model}."}, "finish_reason": "stop"}
            return self.whole({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        words = [f"I am {model}."] + [f" Word {n} of the river." for n in range(TOKENS)]
        for place, word in enumerate(words):
            await asyncio.sleep(self.interval)
            delta = {"role": "assistant", "content": word} if place == 0 else {"content": word}
            self.event({**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        self.event({**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (request.get("stream_options") or {}).get("include_usage"):
            self.event({**base, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        self.chunk(b"data: [DONE]\n\n")
        self.transport.write(b"0\r\n\r\n")

    def event(self, value):
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def chunk(self, data):
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))


async def main():
    port, path, interval = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0.01
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(log, interval), "127.0.0.1", port, backlog=4096)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, lambda: stop.set() if not os.read(0, 4096) else None)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
