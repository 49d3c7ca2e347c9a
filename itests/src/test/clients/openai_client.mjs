// The official openai JavaScript client, unmodified, against a running server: streaming, n, logprobs, stop, errors.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , url, modules] = process.argv;
const require = createRequire(pathToFileURL(modules + '/'));
const OpenAI = (await import(pathToFileURL(require.resolve('openai')))).default;
const client = new OpenAI({ baseURL: url + '/v1', apiKey: process.env.QUIRE_KEY ?? 'none', maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const messages = [{ role: 'user', content: 'What is the capital of France?' }];

const chat = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 16 });
const answer = chat.choices[0].message.content;
assert.match(answer, /Paris/);
assert.equal(chat.usage.total_tokens, chat.usage.prompt_tokens + chat.usage.completion_tokens);

let text = '';
let usage;
const stream = await client.chat.completions.create({
  model, messages, temperature: 0, max_tokens: 16, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? '';
  usage = chunk.usage ?? usage;
}
assert.equal(text, answer);
assert.equal(usage.completion_tokens, chat.usage.completion_tokens);

const several = await client.chat.completions.create({ model, messages, n: 3, seed: 7, temperature: 1, max_tokens: 12 });
const again = await client.chat.completions.create({ model, messages, n: 3, seed: 7, temperature: 1, max_tokens: 12 });
assert.deepEqual(several.choices.map((c) => c.message.content), again.choices.map((c) => c.message.content));
assert.ok(new Set(several.choices.map((c) => c.message.content)).size > 1);

const scored = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 4, logprobs: true, top_logprobs: 3 });
assert.equal(scored.choices[0].logprobs.content.length, 4);
assert.ok(scored.choices[0].logprobs.content.every((t) => t.top_logprobs.length === 3 && t.logprob <= 0));

const prompt = '1, 2, 3, 4, 5,';
const stopped = await client.completions.create({ model, prompt, temperature: 0, max_tokens: 32, stop: ' 8' });
assert.equal(stopped.choices[0].finish_reason, 'stop');
assert.ok(!stopped.choices[0].text.includes(' 8'));

const interrupted = await client.completions.create({ model, prompt, max_tokens: 500, stream: true });
for await (const chunk of interrupted) {
  assert.ok(chunk.id);
  break; // closes the connection: the server aborts the request
}

await assert.rejects(client.completions.create({ model: 'no-such-model', prompt: 'x' }), OpenAI.NotFoundError);
await assert.rejects(client.completions.create({ model, prompt: 'x', temperature: -1 }), OpenAI.BadRequestError);
await assert.rejects(client.chat.completions.create({ model, messages: [] }), OpenAI.BadRequestError);
console.log('ok with openai');
