// Calls of each client at a server that refuses them.
const { createServer } = require("node:http");

const server = createServer((request, response) => {
  request.resume();
  response
    .writeHead(400, { "content-type": "application/json" })
    .end('{"error":{"message":"no"},"message":"no"}');
});

async function run({
  Anthropic,
  BedrockRuntimeClient,
  ConverseCommand,
  Groq,
  Ollama,
  OpenAI,
  createOpenAI,
  generateText,
}) {
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

module.exports = (clients) => server.listen(0, "127.0.0.1", () => void run(clients));

process.stdin.resume();
process.stdin.on("end", () => process.exit());
