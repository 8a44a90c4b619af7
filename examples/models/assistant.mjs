// An assistant of a shop without any telemetry code: it looks for what resembles a question, and streams the answer of a
// model. The client repeats calls that are refused.
//
//   OPENAI_BASE_URL: address of the models; QUESTIONS: number of questions, default 10.
import OpenAI from "openai";

const questions = Number(process.env.QUESTIONS ?? 10);
const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY ?? "none" });

async function ask(question) {
  await client.embeddings.create({ model: "text-embedding-3-small", input: question });
  const chunks = await client.chat.completions.create({
    model: "gpt-5-mini",
    messages: [{ role: "user", content: question }],
    stream: true,
    // Without it, the tokens of a stream are not known.
    stream_options: { include_usage: true },
  });
  let answer = "";
  for await (const { choices } of chunks) answer += choices[0]?.delta.content ?? "";
  return answer;
}

for (let i = 1; i <= questions; i++) await ask(`Where is order ${i}?`);
console.log(`${questions} questions are answered`);

// Serves its metrics until it is stopped.
const open = setInterval(() => {}, 60_000);
process.once("SIGTERM", () => clearInterval(open));
