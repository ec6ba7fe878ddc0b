"""Stops planted around an answer: in the ids, words, counts and names that a server writes beside the output."""

import json

import wire
from harness import PHRASE

FORMS = [PHRASE, PHRASE.upper(), PHRASE.replace(" ", "-"), PHRASE.replace(" ", "_"), PHRASE + " zzafter"]
NAME = object()  # the phrase is a name, under which stands a number

CHATS = [
    ("id",), ("object",), ("created",), ("system_fingerprint",), ("service_tier",), ("provider",), ("obfuscation",), ("x_new",), (NAME,),
    ("usage",), ("usage", "prompt_tokens"), ("usage", "x_new"), ("usage", NAME), ("usage", "prompt_tokens_details", "cached_tokens"),
    ("moderation", "input", "x"), ("timings", "prompt_n"), ("timings", NAME), ("prompt_filter_results", "severity"), ("kv_transfer_params", "remote_host"),
    ("choices", 0, "finish_reason"), ("choices", 0, "stop_reason"), ("choices", 0, NAME),
]  # fmt: skip
MESSAGES = [
    ("message", "id"), ("message", "type"), ("message", "role"), ("message", "stop_sequence"), ("message", "stop_details", "explanation"), ("message", "x_new"),
    ("message", "usage", "service_tier"), ("message", "usage", "input_tokens"), ("message", "usage", NAME), ("message", NAME),
    ("usage", "output_tokens"), ("usage", "server_tool_use", "x_new"), ("usage", NAME), ("delta", "stop_reason"), ("delta", "stop_sequence"),
    ("delta", "stop_details", "explanation"), ("message",), ("content_block", "id"), ("content_block", "x_new"), (NAME,), ("index",),
]  # fmt: skip
WHOLE_MESSAGES = [p[1:] for p in MESSAGES if p[0] == "message" and len(p) > 1] + [("usage", "output_tokens"), (NAME,), ("container", "id")]
RESPONSES = [("item_id",), ("response", "id"), ("response", "metadata", "x"), ("response", "usage", "input_tokens"), ("item", "id"), ("obfuscation",), (NAME,)]
WHOLE_RESPONSES = [p[1:] for p in RESPONSES if len(p) > 1 and p[0] == "response"] + [("instructions",), (NAME,)]
GEMINI = [("modelVersion",), ("responseId",), ("usageMetadata", "promptTokenCount"), ("usageMetadata", NAME), ("candidates", 0, "finishMessage"), (NAME,)]
PLACES = {
    "openai": (CHATS, CHATS), "openai-completions": (CHATS, CHATS), "anthropic": (MESSAGES, WHOLE_MESSAGES),
    "openai-responses": (RESPONSES, WHOLE_RESPONSES), "gemini": (GEMINI, GEMINI),
}  # fmt: skip


def _fits(value, place):
    """Whether an event has room for a place: what is nested is put only where its container may stand."""
    if place[0] == "choices":
        return bool(value.get("choices")) and (place[2] != "finish_reason" or value["choices"][0]["finish_reason"] is not None)
    if place[0] == "candidates":
        return bool(value.get("candidates"))
    if place[0] in ("message", "content_block", "response", "item", "delta") and len(place) > 1:
        kinds = {"delta": "message_delta"}
        return isinstance(value.get(place[0]), dict) and value.get("type") == kinds.get(place[0], value.get("type"))
    if place == ("message",):
        return value.get("type") == "content_block_delta"
    if place == ("index",):
        return value.get("type") in ("message_start", "message_delta")
    return place[0] != "usage" or value.get("type") in (None, "message_delta", "message")


def _put(value, place, text):
    if not _fits(value, place):
        return value
    at = value
    for step, after in zip(place, (*place[1:], None)):
        last = after is None
        if step is NAME:
            at[text] = 3
        elif last:
            at[step] = text
        elif isinstance(step, int):
            at = at[step]
        else:
            if not isinstance(at.get(step), (dict, list)):
                at[step] = {}
            at = at[step]
    return value


def plant(dialect, rng, fields):
    """Puts the phrase into one place of every event of a script that has room for it, and of its whole answer."""
    streamed, whole = PLACES[dialect]
    place, form = rng.choice(streamed), rng.choice(FORMS)
    rows = []
    for event in fields["events"]:
        name, data = event if isinstance(event, (tuple, list)) else (None, event)
        data = wire.dump(_put(json.loads(data), place, form))
        rows.append((name, data) if name else data)
    fields["events"] = rows
    fields["whole"] = wire.dump(_put(json.loads(fields["whole"]), rng.choice(whole), form))
