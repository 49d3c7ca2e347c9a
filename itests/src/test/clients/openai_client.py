"""The official openai Python client, unmodified, against a running server: streaming, n, logprobs, stop, errors."""
import os
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key=os.environ.get("QUIRE_KEY", "none"), max_retries=0)
model = client.models.list().data[0].id
assert client.models.retrieve(model).id == model

messages = [{"role": "user", "content": "What is the capital of France?"}]
checks = 0


def check(condition, what):
    global checks
    assert condition, what
    checks += 1


chat = client.chat.completions.create(model=model, messages=messages, temperature=0, max_tokens=16)
answer = chat.choices[0].message.content
check("Paris" in answer, answer)
check(chat.choices[0].message.role == "assistant", chat)
check(chat.usage.total_tokens == chat.usage.prompt_tokens + chat.usage.completion_tokens, chat.usage)

chunks = list(client.chat.completions.create(
    model=model, messages=messages, temperature=0, max_tokens=16, stream=True, stream_options={"include_usage": True}))
text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
check(text == answer, (text, answer))
check(chunks[-1].usage.completion_tokens == chat.usage.completion_tokens, chunks[-1])
check([c.choices[0].finish_reason for c in chunks if c.choices][-1] == chat.choices[0].finish_reason, chunks[-2])

several = client.chat.completions.create(model=model, messages=messages, n=3, seed=7, temperature=1.0, max_tokens=12)
again = client.chat.completions.create(model=model, messages=messages, n=3, seed=7, temperature=1.0, max_tokens=12)
check([c.index for c in several.choices] == [0, 1, 2], several)
check([c.message.content for c in several.choices] == [c.message.content for c in again.choices], "seeds")
check(len({c.message.content for c in several.choices}) > 1, several)

scored = client.chat.completions.create(
    model=model, messages=messages, temperature=0, max_tokens=4, logprobs=True, top_logprobs=3)
content = scored.choices[0].logprobs.content
check(len(content) == 4 and all(len(t.top_logprobs) == 3 for t in content), content)
check(all(t.logprob == t.top_logprobs[0].logprob <= 0 for t in content), content)
check(bytes(b for t in content for b in t.bytes).decode() == scored.choices[0].message.content, content)

completion = client.completions.create(
    model=model, prompt="The capital of France is", temperature=0, max_tokens=8, logprobs=2, echo=True)
choice = completion.choices[0]
check(choice.text.startswith("The capital of France is"), choice.text)
check(choice.logprobs.token_logprobs[0] is None, choice.logprobs)
check("".join(choice.logprobs.tokens) == choice.text, choice.logprobs.tokens)
check(len(choice.logprobs.text_offset) == len(choice.logprobs.tokens), choice.logprobs)

stopped = client.completions.create(model=model, prompt="1, 2, 3, 4, 5,", temperature=0, max_tokens=32, stop=[" 8"])
check(stopped.choices[0].finish_reason == "stop" and " 8" not in stopped.choices[0].text, stopped)
streamed = "".join(c.choices[0].text for c in client.completions.create(
    model=model, prompt="1, 2, 3, 4, 5,", temperature=0, max_tokens=32, stop=[" 8"], stream=True))
check(streamed == stopped.choices[0].text, (streamed, stopped))

both = client.completions.create(model=model, prompt=["One", "Two"], temperature=0, max_tokens=4, n=2)
check([c.index for c in both.choices] == [0, 1, 2, 3], both)

for expected, call in [
    (openai.NotFoundError, lambda: client.completions.create(model="no-such-model", prompt="x")),
    (openai.BadRequestError, lambda: client.completions.create(model=model, prompt="x", temperature=-1)),
    (openai.BadRequestError, lambda: client.completions.create(model=model, prompt="x" * 200, max_tokens=10_000_000)),
    (openai.BadRequestError, lambda: client.chat.completions.create(model=model, messages=[])),
]:
    try:
        call()
    except expected as e:
        check(e.body["message"], e)
    else:
        raise AssertionError(f"no {expected.__name__}")
print(f"ok: {checks} checks with openai {openai.__version__}")
