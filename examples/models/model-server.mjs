// A model server for tries and tests: it speaks the protocol of OpenAI's chat completions and embeddings, and knows one answer.
// It refuses each fourth request, as providers do if there are too many.
//
//   PORT: default 8000.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

const ANSWER = "Your order has left our warehouse this morning and arrives tomorrow.".split(" ");
const USAGE = {
  prompt_tokens: 1_200,
  prompt_tokens_details: { cached_tokens: 1_000 },
  completion_tokens: ANSWER.length,
};
let requests = 0;

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT ?? 8_000), "127.0.0.1", () => {
  console.log(`models at http://127.0.0.1:${server.address().port}/v1`);
});

async function answer(request, response) {
  const body = await json(request).catch(() => undefined);
  if (body === undefined) return send(response, { error: { message: "the body must be JSON" } }, {}, 400);
  if (++requests % 4 === 0) {
    const error = { message: "too many requests", code: "rate_limit_exceeded" };
    send(response, { error }, { "retry-after-ms": "10" }, 429);
  } else if (request.url === "/v1/embeddings") {
    const data = [{ object: "embedding", index: 0, embedding: [0.6, 0.8] }];
    send(response, { model: body.model, data, usage: { prompt_tokens: 12, total_tokens: 12 } });
  } else if (body.stream === true) await stream(response, body);
  else send(response, completion(body, "chat.completion", { message: message(ANSWER.join(" ")) }, USAGE));
}

// Words as chunks, and the usage as the last one if it is asked for.
async function stream(response, body) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const write = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  for (const word of ANSWER) {
    await delay(5);
    write(completion(body, "chat.completion.chunk", { delta: message(`${word} `), finish_reason: null }));
  }
  write(completion(body, "chat.completion.chunk", { delta: {} }));
  if (body.stream_options?.include_usage === true)
    write({ ...completion(body, "chat.completion.chunk", {}, USAGE), choices: [] });
  response.end("data: [DONE]\n\n");
}

function completion({ model }, object, choice, usage = null) {
  const choices = [{ index: 0, finish_reason: "stop", ...choice }];
  return { id: `chat-${requests}`, object, created: 0, model: `${model}-2025-08-07`, choices, usage };
}

function message(content) {
  return { role: "assistant", content };
}

function send(response, content, headers = {}, status = 200) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(content));
}

process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
