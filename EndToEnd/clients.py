#!/usr/bin/env python3
"""Other people's clients in front of the gateway, unchanged but for base URL and key: litellm, LangChain, instructor.

    clients.py URL KEY      runs every case against every server's dialect; a JSON line {case, wrong} for each

It has an environment of its own (Tools/requirements-clients.txt), since these packages want other versions of the SDKs than the suites use.
Importing this module imports none of them: test_clients.py reads the names of the cases from it.
"""

import asyncio
import gc
import json
import os
import sys
import traceback

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("LITELLM_LOG", "ERROR")
os.environ.setdefault("LANGSMITH_TRACING", "false")

SERVERS = ["speaks-openai", "speaks-anthropic", "speaks-openai-responses", "speaks-gemini"]
PLAIN = "Water flows through the sluice, and the miller reads the gauge twice a day."
PHRASE = "crimson origami ritual of the ninth fold"
CITY = {"city": "Delft", "days": 3}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city", "days"]}
TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": PARAMETERS}}
CASES = {}
# LangChain keeps its asynchronous client, and that its loop's connections.
LOOP = asyncio.new_event_loop()
URL = KEY = ""


def case(check):
    CASES[check.__name__.replace("_", " ")] = check
    return check


def say(script="plain", text="What does the gauge say?"):
    return [{"role": "user", "content": f"[script {script}] {text}"}]


def same(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


# litellm


def _litellm(model, kind="openai", **fields):
    import litellm

    litellm.suppress_debug_info = True
    base = f"{URL}/v1" if kind == "openai" else URL
    return litellm.completion(model=f"{kind}/{model}", api_base=base, api_key=KEY, num_retries=0, timeout=20, max_tokens=256, **fields)


def _completes(model, kind):
    answer = _litellm(model, kind, messages=say())
    same((answer.choices[0].message.content, answer.choices[0].finish_reason), (PLAIN, "stop"))
    same((answer.usage.prompt_tokens, answer.usage.completion_tokens), (11, 17))


def _streams(model, kind):
    chunks = list(_litellm(model, kind, messages=say(), stream=True, stream_options={"include_usage": True}))
    same("".join(c.choices[0].delta.content or "" for c in chunks if c.choices), PLAIN)
    same([c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason], ["stop"])
    same(next(c.usage.completion_tokens for c in reversed(chunks) if getattr(c, "usage", None)), 17)


def _calls(model, kind):
    import litellm

    wanted = [("weather", CITY), ("gauge", {"river": "Maas", "unit": "cm"})]
    for stream in (False, True):
        answer = _litellm(model, kind, messages=say("tools"), tools=[TOOL], stream=stream)
        if stream:
            answer = litellm.stream_chunk_builder(list(answer))
        choice = answer.choices[0]
        same([(c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls], wanted)
        same(choice.finish_reason, "tool_calls")


@case
def litellm_as_openai_completes(model):
    _completes(model, "openai")


@case
def litellm_as_openai_streams(model):
    _streams(model, "openai")


@case
def litellm_as_openai_calls_tools_side_by_side(model):
    _calls(model, "openai")


@case
def litellm_as_anthropic_completes(model):
    _completes(model, "anthropic")


@case
def litellm_as_anthropic_streams(model):
    _streams(model, "anthropic")


@case
def litellm_as_anthropic_calls_tools_side_by_side(model):
    _calls(model, "anthropic")


@case
def litellm_speaks_responses(model):
    import litellm

    answer = litellm.responses(model=f"openai/{model}", input=say(), api_base=f"{URL}/v1", api_key=KEY, num_retries=0)
    same(answer.status, "completed")
    same("".join(part.text for item in answer.output if item.type == "message" for part in item.content), PLAIN)
    text, ended = "", None
    for event in litellm.responses(model=f"openai/{model}", input=say(), stream=True, api_base=f"{URL}/v1", api_key=KEY, num_retries=0):
        text += event.delta if event.type == "response.output_text.delta" else ""
        ended = event.type
    same((text, str(getattr(ended, "value", ended))), (PLAIN, "response.completed"))


@case
def litellm_knows_errors_by_their_class(model):
    import litellm

    for kind, error in (("error-200", litellm.InternalServerError), ("always-429", litellm.RateLimitError)):
        try:
            _litellm(model, messages=say(kind))
        except error:
            continue
        except Exception as other:
            # A server that failed is a 502 to its client, which litellm has several classes for.
            assert kind == "error-200" and getattr(other, "status_code", 0) in (500, 502), f"{kind}: {type(other).__name__} {other}"
            continue
        raise AssertionError(f"{kind} was read as a success")


@case
def litellm_reads_a_refusal_as_a_content_filter(model):
    same(_litellm(model, messages=say(text=f"Tell me of the {PHRASE}.")).choices[0].finish_reason, "content_filter")


@case
def litellm_is_told_that_a_stream_broke(model):
    for kind in ("openai", "anthropic"):
        try:
            got = [c for c in _litellm(model, kind, messages=say("broken"), stream=True)]
        except Exception:
            continue
        ends = [c.choices[0].finish_reason for c in got if c.choices and c.choices[0].finish_reason]
        raise AssertionError(f"{kind}: a broken stream was read as a success: {ends}")


# LangChain


def _openai(model, **fields):
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=model, base_url=f"{URL}/v1", api_key=KEY, max_retries=0, timeout=20, **fields)


def _anthropic(model, **fields):
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model=model, base_url=URL, api_key=KEY, max_retries=0, timeout=20, max_tokens=256, **fields)


def _invokes(chat):
    answer = chat.invoke(say()[0]["content"])
    same(answer.text, PLAIN)
    same((answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]), (11, 17))
    whole = None
    for chunk in chat.stream(say()[0]["content"]):
        whole = chunk if whole is None else whole + chunk
    same(whole.text, PLAIN)


def _binds(chat):
    bound = chat.bind_tools([TOOL])
    wanted = [("weather", CITY), ("gauge", {"river": "Maas", "unit": "cm"})]
    same([(c["name"], c["args"]) for c in bound.invoke(say("tools")[0]["content"]).tool_calls], wanted)
    whole = None
    for chunk in bound.stream(say("tools")[0]["content"]):
        whole = chunk if whole is None else whole + chunk
    same([(c["name"], c["args"]) for c in whole.tool_calls], wanted)


def _goes_on(chat):
    """A whole turn with a tool: the call, its result, the answer."""
    from langchain_core.messages import HumanMessage, ToolMessage

    bound = chat.bind_tools([TOOL])
    asked = HumanMessage("[script one-call] How is the weather?")
    said = bound.invoke([asked])
    same([(c["name"], c["args"]) for c in said.tool_calls], [("weather", CITY)])
    result = ToolMessage("Rain.", tool_call_id=said.tool_calls[0]["id"])
    same(bound.invoke([asked, said, result, HumanMessage("[script plain] And now?")]).text, PLAIN)


@case
def langchain_ChatOpenAI_invokes_and_streams(model):
    _invokes(_openai(model, stream_usage=True))


@case
def langchain_ChatOpenAI_binds_tools(model):
    _binds(_openai(model))


@case
def langchain_ChatOpenAI_goes_on_after_a_tool(model):
    _goes_on(_openai(model))


@case
def langchain_ChatOpenAI_gets_structured_output(model):
    for method in ("function_calling", "json_schema"):
        script = "one-call" if method == "function_calling" else "city"
        got = _openai(model).with_structured_output({"title": "weather", "description": "The weather.", **PARAMETERS}, method=method)
        same(got.invoke(say(script)[0]["content"]), CITY)


@case
def langchain_ChatOpenAI_speaks_responses(model):
    chat = _openai(model, use_responses_api=True)
    _invokes(chat)
    _binds(chat)


@case
def langchain_ChatOpenAI_asks_many_at_once(model):
    async def all_of_them():
        return await _openai(model).abatch([say()[0]["content"]] * 6)

    same([a.text for a in LOOP.run_until_complete(all_of_them())], [PLAIN] * 6)


@case
def langchain_ChatAnthropic_invokes_and_streams(model):
    _invokes(_anthropic(model))


@case
def langchain_ChatAnthropic_binds_tools(model):
    _binds(_anthropic(model))


@case
def langchain_ChatAnthropic_goes_on_after_a_tool(model):
    _goes_on(_anthropic(model))


@case
def langchain_ChatAnthropic_gets_structured_output(model):
    got = _anthropic(model).with_structured_output({"title": "weather", "description": "The weather.", **PARAMETERS})
    same(got.invoke(say("one-call")[0]["content"]), CITY)


@case
def langchain_ChatAnthropic_is_given_the_thinking(model):
    whole = None
    for chunk in _anthropic(model).stream(say("reasoning")[0]["content"]):
        whole = chunk if whole is None else whole + chunk
    same("".join(b.get("thinking", "") for b in whole.content if isinstance(b, dict)), "The gauge is low, so open it.")
    same(whole.text, "Open the gate.")


# instructor


def _models():
    import pydantic

    class Weather(pydantic.BaseModel):
        city: str
        days: int

    Weather.__name__ = "weather"
    Weather.model_config["title"] = "weather"
    Weather.model_rebuild(force=True)

    class Level(pydantic.BaseModel):
        river: str
        level: int

    return Weather, Level


@case
def instructor_gets_a_model_from_a_call_of_openais_client(model):
    import instructor
    import openai

    weather, _ = _models()
    client = instructor.from_openai(openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0), mode=instructor.Mode.TOOLS)
    got = client.chat.completions.create(model=model, messages=say("one-call"), response_model=weather, max_retries=0)
    same(got.model_dump(), CITY)


@case
def instructor_gets_a_model_from_json_of_openais_client(model):
    import instructor
    import openai

    _, level = _models()
    client = instructor.from_openai(openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0), mode=instructor.Mode.MD_JSON)
    got = client.chat.completions.create(model=model, messages=say("json"), response_model=level, max_retries=0)
    same(got.model_dump(), {"river": "Maas", "level": 42})


@case
def instructor_gets_a_growing_model_of_a_stream(model):
    import instructor
    import openai

    weather, _ = _models()
    client = instructor.from_openai(openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0), mode=instructor.Mode.TOOLS)
    rows = list(client.chat.completions.create_partial(model=model, messages=say("one-call"), response_model=weather, max_retries=0))
    same(rows[-1].model_dump(), CITY)


@case
def instructor_gets_a_model_from_a_call_of_anthropics_client(model):
    import anthropic
    import instructor

    weather, _ = _models()
    client = instructor.from_anthropic(anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0), mode=instructor.Mode.ANTHROPIC_TOOLS)
    got = client.messages.create(model=model, max_tokens=256, messages=say("one-call"), response_model=weather, max_retries=0)
    same(got.model_dump(), CITY)


def main():
    global URL, KEY
    URL, KEY = sys.argv[1:3]
    out, sys.stdout = sys.stdout, sys.stderr  # what the packages print is not ours
    # A stream that is dropped may be collected while its client's pool is locked, which then waits for itself: collected between cases.
    # What stays is then frozen: a million objects of these packages need not be looked at each time.
    gc.disable()
    for name, check in CASES.items():
        for model in SERVERS:
            wrong = None
            try:
                check(model)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                wrong = f"{type(error).__name__}: {str(error)[:600]} ({os.path.basename(where.filename)}:{where.lineno})"
            print(json.dumps({"case": name, "model": model, "wrong": wrong}), file=out, flush=True)
            gc.collect()
            gc.freeze()


if __name__ == "__main__":
    main()
