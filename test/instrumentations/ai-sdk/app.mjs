// An uninstrumented application: each client of a model calls a server that refuses all. Runs until its standard input closes.
import { createServer } from "node:http";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { generateText } from "ai";
import Groq from "groq-sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";

const server = createServer((request, response) => {
  request.resume();
  response
    .writeHead(400, { "content-type": "application/json" })
    .end('{"error":{"message":"no"},"message":"no"}');
});
async function run() {
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  const options = { apiKey: "key", baseURL, maxRetries: 0 };
  const messages = [{ role: "user", content: "x" }];
  const bedrock = new BedrockRuntimeClient({
    region: "x",
    endpoint: baseURL,
    maxAttempts: 1,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  const provider = createOpenAI({ apiKey: "key", baseURL });
  // All of them fail.
  await Promise.allSettled([
    new OpenAI(options).chat.completions.create({ model: "openai", messages }),
    new Anthropic(options).messages.create({ model: "anthropic", max_tokens: 1, messages }),
    new Groq(options).chat.completions.create({ model: "groq", messages }),
    new Ollama({ host: baseURL }).chat({ model: "ollama", messages }),
    bedrock.send(new ConverseCommand({ modelId: "bedrock", messages: [] })),
    generateText({ model: provider.chat("ai"), prompt: "x", maxRetries: 0 }),
  ]);
  server.close();
  console.log("done");
}

server.listen(0, "127.0.0.1", () => void run());

process.stdin.resume();
process.stdin.on("end", () => process.exit());
