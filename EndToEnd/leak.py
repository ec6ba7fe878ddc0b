"""Scenarios of the leak test, and what may leave of each: a model of its own, in a few lines, that knows nothing of the gateway.

A scenario is an answer with a phrase planted in one channel of one choice. The phrase is refused wherever it occurs, and is known only once
its last word has ended. So: text before the phrase leaves; the last word and what comes after it never does, in whatever pieces it came.
"""

import json
import random
import re
from dataclasses import dataclass, field

import envelope
import wire
from harness import CJK_PHRASE, PHRASE, chat, completions, events, messages, responses

WORDS = "water gauge mill miller river canal gate keeper level rises falls morning evening barge lock reed heron bank stone slow clear cold".split()
HAN = "水闸的管理员每天早晚两次读取水位并记录在一本蓝色的册子里"
AFTER, LATER = "zzafter", "zzlater"
OPENAI_KINDS = ["content", "reasoning", "reasoning_content", "tool", "crossing", "unknown", "several", "logprobs", "refusal", "cjk", "end", "clean", "envelope", "tool-escapes"]
RESPONSES_KINDS = ["content", "logprobs", "reasoning", "tool", "crossing", "refusal", "cjk", "end", "clean", "envelope", "tool-escapes"]
GEMINI_KINDS = ["content", "logprobs", "reasoning", "tool", "crossing", "cjk", "end", "clean", "envelope"]
COMPLETION_KINDS = ["content", "logprobs", "several", "cjk", "end", "clean", "envelope"]
CLIENTS = ["openai", "anthropic", "openai-responses", "openai-completions"]
UPSTREAMS = ["openai", "anthropic", "openai-responses", "gemini"]
# A server of completions can be asked for nothing else.
PAIRS = [(client, server) for client in CLIENTS for server in UPSTREAMS] + [("openai-completions", "openai-completions")]
AS_THEY_COME = ("openai", "anthropic", "openai-completions")
ANTHROPIC_KINDS = ["content", "thinking", "tool", "crossing", "unknown", "cjk", "end", "clean", "envelope", "tool-escapes"]


def squash(text):
    return "".join(c for c in text.lower() if c.isalnum())


def prose(rng, low, high):
    words = [rng.choice(WORDS) for _ in range(rng.randint(low, high))]
    return " ".join(w + rng.choice(["", "", "", ",", ".", " –", " déjà", " 水", " 🌊"]) for w in words)


@dataclass
class Planted:
    """Where the phrase stands: which choice and channel, and the only lengths its released text may have."""

    choice: int
    channel: str
    least: int
    most: int


@dataclass
class Scenario:
    dialect: str
    kind: str
    seed: str
    answer: wire.Answer
    planted: Planted | None
    whole: dict  # (choice, channel) -> all the text the model wrote there
    others: set = field(default_factory=set)  # channels that must arrive whole: those before the phrase, and of other choices
    is_paired: bool = False  # whether its server speaks another dialect than its client

    @property
    def name(self):
        return f"{self.dialect}/{self.kind}/{self.seed}"


def _plant(rng, phrase=PHRASE):
    """(text, least, most): prose with the phrase in it."""
    words = phrase.split(" ")
    separator = rng.choice([" ", " ", "  ", "\n"])
    shown = separator.join(rng.choice([w, w, w.upper(), w.title()]) for w in words)
    before = prose(rng, 0, 30)
    before += rng.choice([" ", ". ", "\n"]) if before else ""
    text = before + shown + rng.choice([" ", ". ", ", ", "\n"]) + AFTER + " " + prose(rng, 3, 30)
    return text, len(before.rstrip()), len(before) + len(shown) - len(words[-1])


def _plant_cjk(rng):
    before = "".join(rng.choice(HAN) for _ in range(rng.randint(0, 40)))
    return before + CJK_PHRASE + AFTER + HAN, len(before), len(before) + len(CJK_PHRASE) - 1


def _inner(character, rng, share):
    """A character of a JSON string, written as an escape now and then."""
    if character.isascii() and character.isalpha() and rng.random() < share:
        return f"\\u{ord(character):04x}"
    return json.dumps(character, ensure_ascii=False)[1:-1]


def _channel(part):
    return f"tool{part.index}" if part.kind == "tool" else part.name if part.kind == "unknown" else part.kind


def scenario(dialect, number, seed):
    rng = random.Random(f"{seed}:{dialect}:{number}")
    kinds = {"openai": OPENAI_KINDS, "openai-responses": RESPONSES_KINDS, "gemini": GEMINI_KINDS, "openai-completions": COMPLETION_KINDS}.get(dialect, ANTHROPIC_KINDS)
    kind = kinds[number % len(kinds)]
    thinking = "thinking" if dialect == "anthropic" else rng.choice(["reasoning", "reasoning_content"])
    part, chosen, parts = wire.Part, 0, []
    text, least, most = _plant_cjk(rng) if kind == "cjk" else _plant(rng)
    channel = kind
    if kind == "clean":
        parts, channel = [part(thinking, prose(rng, 3, 20)), part("content", prose(rng, 10, 60))], ""
    elif kind in ("content", "logprobs", "cjk", "several"):
        parts, channel = [part("content", text)], "content"
    elif kind == "end":
        text = text[: text.index(AFTER)].rstrip(" .,\n")
        parts, channel = [part("content", text)], "content"
    elif kind in ("reasoning", "reasoning_content", "thinking", "refusal"):
        parts = [part(kind, text), part("content", LATER + " " + prose(rng, 3, 10))]
        if kind == "refusal":
            parts.reverse()
            parts[0].text = prose(rng, 3, 10)
    elif kind == "envelope":
        # Around the answer, which may arrive whole: what stands beside it is replaced, or stops it.
        parts, least, most = [part("content", prose(rng, 3, 30))], 0, 0
    elif kind == "unknown":
        parts, channel = [part("content", prose(rng, 3, 10)), part("unknown", text, "x_notes")], "x_notes"
    elif kind in ("tool", "tool-escapes"):
        # Arguments are JSON inside JSON: what the client decodes is the text, however its characters are written.
        inner = [_inner(c, rng, 0.3 if kind == "tool-escapes" else 0) for c in text]
        # Gemini tells arguments as JSON, not as text: its spaces are the server's.
        gap = "" if dialect == "gemini" else " "
        lead = '{"query":' + gap + '"'
        least, most = (len(lead) + len("".join(inner[:n])) for n in (least, most))
        arguments = lead + "".join(inner) + f'",{gap}"later":{gap}"{LATER}"}}'
        parts, channel = [part("content", prose(rng, 1, 5)), part("tool", arguments, "search", 0)], "tool0"
        if rng.random() < 0.5:
            parts.append(part("tool", json.dumps({"query": prose(rng, 3, 30)}, ensure_ascii=False, separators=(f",{gap}", f":{gap}")), "note", 1))
    elif kind == "crossing":
        words = PHRASE.split(" ")
        at = rng.randint(1, len(words) - 1)
        before = prose(rng, 0, 20)
        head, tail = (before + " " if before else "") + " ".join(words[:at]), " ".join(words[at:])
        parts = [part(thinking, head), part("content", tail + " " + AFTER + " " + prose(rng, 2, 10))]
        channel, least, most = "content", 0, len(tail) - len(words[-1])
    choices = [wire.Choice(parts, "tool_calls" if kind.startswith("tool") else "stop")]
    if dialect == "openai-completions":
        parts[:] = [p for p in parts if p.kind == "content"]
    if dialect in ("openai", "openai-completions") and kind != "envelope" and (kind == "several" or rng.random() < 0.15):
        for _ in range(rng.randint(1, 2)):
            choices.insert(rng.randint(0, len(choices)), wire.Choice([part("content", prose(rng, 5, 40))]))
        chosen = next(n for n, c in enumerate(choices) if c.parts is parts)
    planted = None if kind == "clean" else Planted(chosen, channel, least, most)
    whole, others = {}, set()
    for n, choice in enumerate(choices):
        reached = True
        for p in choice.parts:
            whole[n, _channel(p)] = p.text
            if planted and n == chosen and (_channel(p) == channel or p.kind == "tool"):
                reached = False
            elif reached:
                others.add((n, _channel(p)))
    if kind == "envelope":
        whole[chosen, "envelope"] = ""
    return Scenario(dialect, kind, f"{seed}:{number}", wire.Answer(choices), planted, whole, others)


def paired(case, client):
    """The same answer as a client of another dialect has it: what that dialect has no channel for lies in another, or is left out."""
    if client == case.dialect and client in AS_THEY_COME:
        return case
    merged, ends, others = {}, {}, set()
    for (n, channel), text in case.whole.items():
        name = _seen(channel, client)
        if name is None:
            continue
        ends[n, channel] = len(merged.get((n, name), ""))
        merged[n, name] = merged.get((n, name), "") + text
    for where in case.others:
        name = _seen(where[1], client)
        if name and all(_seen(c, client) != name or (n, c) in case.others for n, c in case.whole if n == where[0]):
            others.add((where[0], name))
    planted = case.planted
    if planted and _seen(planted.channel, client):
        shift = ends[planted.choice, planted.channel]
        planted = Planted(planted.choice, _seen(planted.channel, client), planted.least + shift, planted.most + shift)
    elif planted:
        # Judged, though this client is never given it.
        planted = Planted(planted.choice, planted.channel, 0, 0)
    return Scenario(client, case.kind, case.seed, case.answer, planted, merged, others, True)


def _seen(channel, client):
    if client == "openai-completions":
        return "content" if channel in ("content", "refusal") else None
    if channel.startswith("tool"):
        return channel
    if channel in ("reasoning", "reasoning_content", "thinking"):
        return {"anthropic": "thinking", "openai": "reasoning_content"}.get(client, "reasoning")
    if channel == "refusal" and client == "anthropic":
        return "content"
    return channel if channel in ("content", "refusal") else None


def fits(case, client):
    """Whether a client of this dialect can ask for such an answer at all."""
    if client == case.dialect and client in AS_THEY_COME:
        return True
    if client == "openai-completions" and (case.kind.startswith("tool") or any(p.kind == "tool" for c in case.answer.choices for p in c.parts)):
        return False
    if case.kind == "unknown" and case.dialect in ("openai-responses", "gemini"):
        return False
    # Log-probabilities come unasked there: a client of another dialect must not be given them.
    return case.kind != "several" and len(case.answer.choices) == 1


def script(case, variant):
    """One of the ways in which the answer may arrive."""
    rng = random.Random(f"{case.name}:{variant}")
    longest, escapes = rng.choice([1, 2, 5, 12, 40, 0]), rng.choice(["plain", "ascii", "all"])
    if case.dialect == "gemini":
        escapes = "plain"
    fields = {"newline": rng.choice(["\n", "\n", "\r\n"])}
    if rng.random() < 0.7:
        fields["chunk"] = [rng.randrange(1 << 30), rng.choice([1, 3, 17, 200, 4000])]
    style = {"seed": rng.randrange(1 << 30), "longest": longest, "escapes": escapes}
    if case.dialect == "openai-completions":
        fields["events"] = wire.completion_events(case.answer, **style, logprobs=case.kind == "logprobs")
        fields["whole"] = wire.completion_whole(case.answer, escapes=escapes, logprobs=case.kind == "logprobs")
    elif case.dialect == "openai":
        extra = {"logprobs": case.kind == "logprobs", "merge": rng.choice([0.0, 0.4]), "usage": True}
        fields["events"] = wire.openai_events(case.answer, **style, **extra)
        fields["whole"] = wire.openai_whole(case.answer, logprobs=extra["logprobs"], escapes=escapes)
    elif case.dialect == "openai-responses":
        fields["events"] = wire.responses_events(case.answer, **style, logprobs=case.kind == "logprobs")
        fields["whole"] = wire.dump(wire.responses_object(case.answer), escapes, random.Random(variant))
        fields["done"] = False
    elif case.dialect == "gemini":
        fields["events"] = wire.gemini_events(case.answer, **style, logprobs=case.kind == "logprobs")
        fields["whole"] = wire.gemini_whole(case.answer, escapes=escapes, logprobs=case.kind == "logprobs")
        fields["done"] = False
    else:
        fields["events"] = wire.anthropic_events(case.answer, **style)
        fields["whole"] = wire.anthropic_whole(case.answer, escapes=escapes)
        fields["done"] = False
    if case.kind == "envelope":
        envelope.plant(case.dialect, random.Random(case.name), fields)
    return fields


def request(case, directive, stream, model=None, text="What does the gauge say?"):
    """What a client of the case's dialect sends."""
    if model:
        path, body = request(case, directive, stream, text=text)
        return path, {**body, "model": model}
    text = f"{directive} {text}"
    if case.dialect == "openai-responses":
        return responses(text, stream)
    if case.dialect == "anthropic":
        return messages(text, stream, tools=[{"name": "search", "input_schema": {"type": "object"}}])
    fields = {"n": len(case.answer.choices)} if len(case.answer.choices) > 1 else {}
    if case.dialect == "openai-completions":
        return completions(text, stream, **fields, **({"logprobs": 1} if case.kind == "logprobs" and not case.is_paired else {}))
    if case.kind == "logprobs" and not case.is_paired:
        fields["logprobs"] = True
    return chat(text, stream, **fields)


# What the client got


@dataclass
class Received:
    texts: dict = field(default_factory=dict)  # (choice, channel) -> text
    finishes: dict = field(default_factory=dict)
    ended: bool = False
    leaves: dict = field(default_factory=dict)  # (choice, path) -> every string that came there, joined
    faults: list = field(default_factory=list)

    def add(self, choice, channel, text):
        if text:
            self.texts[choice, channel] = self.texts.get((choice, channel), "") + text

    def scan(self, choice, value, path=""):
        if isinstance(value, str):
            self.leaves[choice, path] = self.leaves.get((choice, path), "") + value
        elif isinstance(value, dict):
            for k, v in value.items():
                # A name says as much as a text does.
                self.leaves.setdefault((choice, f"{path}.{k}"), "")
                self.scan(choice, v, f"{path}.{k}")
        elif isinstance(value, list):
            for v in value:
                self.scan(choice, v, path)


def _openai_fields(got, n, fields, finished):
    for key, value in fields.items():
        if key == "tool_calls":
            for call in value or []:
                got.add(n, f"tool{call.get('index', int(call['id'].rpartition('_')[2]) if 'id' in call else 0)}", call["function"].get("arguments"))
        elif key == "refusal" and finished == "content_filter":
            pass  # ours
        elif isinstance(value, str) and key != "role":
            got.add(n, key, value)


def read_openai(body, stream):
    got = Received()
    rows = [d for _, d in events(body)] if stream else [body.decode()]
    got.ended = not stream or (bool(rows) and rows[-1] == "[DONE]")
    for row in rows:
        if row == "[DONE]":
            continue
        chunk = json.loads(row)
        if chunk.get("error"):
            got.faults.append(f"error {chunk['error']}")
        got.scan(0, {k: v for k, v in chunk.items() if k != "choices"}, "envelope")
        for choice in chunk.get("choices", []):
            n, fields = choice["index"], choice.get("delta" if stream else "message") or {}
            if n in got.finishes:
                got.faults.append(f"choice {n} went on after its finish")
            _openai_fields(got, n, fields, choice.get("finish_reason"))
            for side in (choice.get("logprobs") or {}).values():
                for token in side or []:
                    got.add(n, "logprobs", token["token"])
            got.scan(n, choice)
            if choice.get("finish_reason"):
                got.finishes[n] = choice["finish_reason"]
    return got


def read_anthropic(body, stream):
    got, kinds, calls = Received(), {}, {}
    if not stream:
        message = json.loads(body)
        got.ended, got.finishes[0] = True, message.get("stop_reason")
        got.scan(0, message)
        return got
    open_block = None
    for name, data in events(body):
        event = json.loads(data)
        kind = event["type"]
        if kind != name or (got.ended and kind != "ping"):
            got.faults.append(f"event {name} with type {kind}, or after the end")
        got.scan(0, event)
        if kind == "content_block_start":
            kinds[event["index"]] = event["content_block"]["type"]
            if event["content_block"]["type"] == "tool_use":
                # Parallel calls may come in any order: the names tell which is which.
                calls[event["index"]] = {"search": 0, "note": 1}.get(event["content_block"]["name"], len(calls))
            open_block = event["index"]
        elif kind == "content_block_stop":
            open_block = None
        elif kind == "content_block_delta":
            if open_block != event["index"]:
                got.faults.append(f"a delta for block {event['index']} while {open_block} was open")
            for key, value in event["delta"].items():
                names = {"text": "content", "thinking": "thinking", "partial_json": f"tool{calls.get(event['index'], 0)}"}
                if key not in ("type", "signature"):
                    got.add(0, names.get(key, key), value)
        elif kind == "message_delta":
            got.finishes[0] = event["delta"]["stop_reason"]
            if open_block is not None:
                got.faults.append("the message ended with an open block")
        elif kind == "message_stop":
            got.ended = True
        elif kind == "error":
            got.faults.append(f"error {event}")
    return got


def read_responses(body, stream):
    got, calls = Received(), {}
    if not stream:
        response = json.loads(body)
        got.ended = True
        _responses_end(got, response)
        got.scan(0, [item for item in response["output"] if not _ours(response, item)])
        return got
    names = {"response.output_text.delta": "content", "response.refusal.delta": "refusal", "response.reasoning_text.delta": "reasoning"}
    rows = [json.loads(data) for _, data in events(body)]
    # The words of a refusal of ours are the last item's.
    last = max((r["output_index"] for r in rows if "output_index" in r), default=-1)
    refused = any((r.get("response") or {}).get("incomplete_details") == {"reason": "content_filter"} for r in rows)
    for event in rows:
        kind = event["type"]
        if got.ended:
            got.faults.append(f"{kind} after the end")
        if kind == "response.failed":
            got.faults.append(f"error {event}")
        if kind in ("response.completed", "response.incomplete"):
            got.ended = True
            _responses_end(got, event["response"])
        if refused and event.get("output_index") == last:
            continue
        # What is said again at an end is scanned by itself: joined to its deltas it would be said twice.
        got.scan(0, event.get("delta", ""), f".delta{event.get('output_index')}")
        if kind.endswith(".done") or kind in ("response.completed", "response.incomplete"):
            found = Received()
            ended = event.get("response")
            found.scan(0, [i for i in ended["output"] if not _ours(ended, i)] if ended else event)
            for path, text in found.leaves.items():
                got.leaves[0, f"{path}#{kind}{event['sequence_number']}"] = text
        if kind == "response.output_item.added" and event["item"]["type"] == "function_call":
            calls[event["output_index"]] = {"search": 0, "note": 1}.get(event["item"]["name"], len(calls))
        if kind in names:
            got.add(0, names[kind], event["delta"])
        elif kind == "response.function_call_arguments.delta":
            got.add(0, f"tool{calls.get(event['output_index'], 0)}", event["delta"])
    return got


def _ours(response, item):
    """Whether an item says why the gateway stopped the answer."""
    refused = (response.get("incomplete_details") or {}).get("reason") == "content_filter"
    return refused and item is response["output"][-1]


def _responses_end(got, response):
    got.finishes[0] = (response.get("incomplete_details") or {}).get("reason") or response["status"]


def read_completions(body, stream):
    got = Received()
    rows = [d for _, d in events(body)] if stream else [body.decode()]
    got.ended = not stream or (bool(rows) and rows[-1] == "[DONE]")
    for row in rows:
        if row == "[DONE]":
            continue
        chunk = json.loads(row)
        if chunk.get("error"):
            got.faults.append(f"error {chunk['error']}")
        got.scan(0, {k: v for k, v in chunk.items() if k != "choices"}, "envelope")
        for choice in chunk.get("choices", []):
            n = choice["index"]
            if n in got.finishes:
                got.faults.append(f"choice {n} went on after its finish")
            got.add(n, "content", choice["text"])
            for token in (choice.get("logprobs") or {}).get("tokens") or []:
                got.add(n, "logprobs", token)
            got.scan(n, {k: v for k, v in choice.items() if k != "refusal"})
            for table in (choice.get("logprobs") or {}).get("top_logprobs") or []:
                got.scan(n, [t for t in (table or {})][:1], ".top")
            if choice.get("finish_reason"):
                got.finishes[n] = choice["finish_reason"]
    return got


READERS = {"openai-completions": read_completions, "openai": read_openai, "anthropic": read_anthropic, "openai-responses": read_responses}


def read(case, body, stream):
    return READERS[case.dialect](body, stream)


# The oracle


def leaked(complaints):
    """Those complaints that mean that something left which must not, whatever else went wrong."""
    signs = ("past the cut", "came through", "no prefix", "logprobs tell", "never wrote")
    return [c for c in complaints if any(sign in c for sign in signs)]


def complaints(case, got, stream, slack=0):
    """Everything that is wrong with what came, as sentences; none is the goal.

    `slack`: how many harmless characters before the phrase may be withheld, since they waited for the second stage.
    """
    out, refused = list(got.faults), ("content_filter", "refusal")
    # A word that the answer cannot end without may make it a failure, which is told as one.
    failed = case.kind == "envelope" and any(fault.startswith("error") for fault in out)
    if failed:
        out = [fault for fault in out if not fault.startswith("error")]
    if not got.ended and not failed:
        out.append("the stream has no end")
    planted = case.planted
    for n, choice in enumerate(case.answer.choices):
        finish, mine = got.finishes.get(n), planted is not None and planted.choice == n
        # An unknown key may be dropped instead of judged: then its choice goes on.
        dropped = mine and case.kind == "unknown" and (n, "x_notes") not in got.texts
        dropped = dropped or mine and planted.channel == "x_notes" and (n, "x_notes") not in case.whole
        dropped = dropped or mine and case.kind == "envelope"
        if mine and not dropped and finish not in refused:
            out.append(f"choice {n} was not refused but ended with {finish}")
        if not mine and finish in refused:
            out.append(f"choice {n} was refused for nothing")
        if finish is None and not failed:
            out.append(f"choice {n} never ended")
    for (n, path), text in got.leaves.items():
        flat = squash(text + " | " + path)
        if squash(PHRASE) in flat or CJK_PHRASE in flat:
            out.append(f"the phrase came through, at {n}{path}")
        if AFTER in text or (LATER in text and planted and n == planted.choice):
            out.append(f"text after the cut came through, at {n}{path}")
    if stream and not failed:
        out += _stream_complaints(case, got, slack)
    return out


def _told_why(case, got):
    """Whether the gateway stopped the answer before any of it left: then messages say why in a text block of their own."""
    said = got.texts.get((0, "content"), "")
    whole = case.whole.get((0, "content"), "")
    return case.dialect == "anthropic" and got.finishes.get(0) == "refusal" and re.search(r"dec_[0-9a-z]{26}", said) and said[:12] not in whole


def _stream_complaints(case, got, slack):
    out, planted = [], case.planted
    if (slack or case.kind == "envelope") and _told_why(case, got):
        del got.texts[0, "content"]
    for where, text in case.whole.items():
        released = got.texts.get(where, "")
        if not text.startswith(released):
            out.append(f"{where} is no prefix of what the model wrote: {released[-40:]!r}")
        elif where in case.others and released != text and case.kind not in ("unknown", "envelope"):
            out.append(f"{where} should be whole and has {len(released)} of {len(text)}")
    if case.is_paired and any(text for (_, channel), text in got.texts.items() if channel == "logprobs"):
        out.append("logprobs tell what nobody asked for")
    if planted:
        released = got.texts.get((planted.choice, planted.channel), "")
        if len(released) > planted.most:
            out.append(f"{len(released) - planted.most} characters past the cut: {released[planted.most - 10 :]!r}")
        # Half an argument is of no use to anyone: a tool call that is refused may be withheld as a whole.
        if len(released) < planted.least - slack and case.kind not in ("unknown", "tool", "tool-escapes"):
            out.append(f"{planted.least - len(released)} harmless characters withheld")
        logprobs = got.texts.get((planted.choice, "logprobs"), "")
        if re.search(r"fold\b", logprobs.lower()):
            out.append("logprobs tell what was withheld")
    extra = set(got.texts) - set(case.whole) - {(n, "logprobs") for n in range(len(case.answer.choices))}
    if extra:
        out.append(f"channels the model never wrote: {extra}")
    return out


def cut(case, got):
    """What re-chunking must not change: the text released of the planted channel and of every channel that must be whole."""
    if case.kind == "envelope":
        # What stands around the answer is judged event by event, and the two chunkings have other events.
        return {}, {}
    keys = set(case.others) | ({(case.planted.choice, case.planted.channel)} if case.planted else set())
    return {k: got.texts.get(k, "") for k in keys}, {n: f in ("content_filter", "refusal") for n, f in got.finishes.items()}
