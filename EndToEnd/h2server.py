"""A model server that speaks HTTP/2 by TLS and nothing else, on a thread of its own; python-h2 makes and reads the frames.

What a request's text asks for in brackets is what it gets: [plain] (and anything else), [hold] begins and says no more, [flood]
sends as fast as it may, [goaway] takes leave of the connection with its answer, [refuse] refuses the stream, [trailers] ends with a trailer.
"""

import asyncio
import json
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events


def chunk(text, finish=None):
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}).encode() + b"\n\n"


PLAIN = [chunk("Water "), chunk("flows."), chunk("", "stop"), b"data: [DONE]\n\n"]
WHOLE = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Water flows."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}}).encode()  # fmt: skip


class Session(asyncio.Protocol):
    def __init__(self, server):
        self.server, self.bodies, self.floods = server, {}, set()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections += 1
        self.h2.initiate_connection()
        self.send()

    def send(self):
        self.transport.write(self.h2.data_to_send())

    def data_received(self, data):
        for event in self.h2.receive_data(data):
            match event:
                case h2.events.RequestReceived():
                    self.bodies[event.stream_id] = b""
                    self.server.heads.append(dict(event.headers))
                case h2.events.DataReceived():
                    self.bodies[event.stream_id] += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    self.answer(event.stream_id, self.bodies.pop(event.stream_id))
                case h2.events.StreamReset():
                    self.floods.discard(event.stream_id)
                    self.server.resets += 1
                case h2.events.WindowUpdated():
                    self.flood()
        self.send()

    def answer(self, stream, body):
        self.server.requests += 1
        text = json.dumps(json.loads(body)["messages"])
        is_streamed = json.loads(body).get("stream")
        if "[refuse]" in text and self.server.refusals > 0:
            self.server.refusals -= 1
            return self.h2.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        head = [(":status", "200"), ("content-type", "text/event-stream" if is_streamed else "application/json")]
        self.h2.send_headers(stream, head)
        if "[flood]" in text:
            self.floods.add(stream)
            return self.flood()
        if "[hold]" in text:
            return self.h2.send_data(stream, PLAIN[0])
        self.h2.send_data(stream, b"".join(PLAIN) if is_streamed else WHOLE, end_stream="[trailers]" not in text)
        if "[trailers]" in text:
            self.h2.send_headers(stream, [("x-made-up", "trailer"), ("content-type", "text/html")], end_stream=True)
        if "[goaway]" in text:
            self.h2.close_connection()

    def flood(self):
        piece = chunk("The river runs on. ")
        for stream in list(self.floods):
            while self.h2.local_flow_control_window(stream) >= len(piece):
                self.h2.send_data(stream, piece)
                self.server.flooded[stream] = self.server.flooded.get(stream, 0) + len(piece)


class Server:
    """Listens while it lives; counts connections, requests, resets, and the bytes of floods."""

    def __init__(self, context):
        self.connections = self.requests = self.resets = self.refusals = 0
        self.heads, self.flooded = [], {}
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def listen():
            self.server = await self.loop.create_server(lambda: Session(self), "127.0.0.1", 0, ssl=context)
            self.port = self.server.sockets[0].getsockname()[1]
            self.url = f"https://127.0.0.1:{self.port}"
            ready.set()
            await self.server.serve_forever()

        self.thread = threading.Thread(target=self._run, args=(listen(),), daemon=True)
        self.thread.start()
        assert ready.wait(5)

    def _run(self, work):
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(work)
        except (asyncio.CancelledError, RuntimeError):
            pass

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
