// The Model Context Protocol over HTTP: one response for each message, without sessions and streams.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { parsedJson } from "../../io/json.ts";
import { untilAborted } from "../../query/evaluation/until-aborted.ts";
import { hasOwnOrigin, type PageAnswer, pageAnswer, type PageRequest, textAnswer } from "./page-answer.ts";

/** A message to the server of the protocol. */
export interface McpQuestion {
  readonly request: Request;
  /** The message in its body. */
  readonly body: unknown;
  /** Whether the client is authenticated. Otherwise it may read only. */
  readonly isAuthenticated: boolean;
  /** To be called with work that may go on after the response, or after the client has left. */
  readonly noteWork: (work: Promise<unknown>) => void;
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_ASKING = 4;
// A profile of a minute takes longer than any other answer.
const TIMEOUT_MILLIS = 90_000;
const HEADERS = ["accept", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"];
const CLOSE = { connection: "close" };

export class McpAnswers {
  readonly #answer: (question: McpQuestion) => Promise<Response>;
  #asking = 0;

  constructor(answer: (question: McpQuestion) => Promise<Response>) {
    this.#answer = answer;
  }

  async answer(request: PageRequest): Promise<PageAnswer> {
    const { method, client } = request;
    if (client === "stranger")
      return textAnswer(401, "send the token or the password of the endpoint in header Authorization", CLOSE);
    if (!hasOwnOrigin(request)) return textAnswer(403, "pages of other sites cannot ask", CLOSE);
    if (method !== "POST") return textAnswer(405, "only POST is supported", { allow: "POST", ...CLOSE });
    if (!/^application\/json\b/i.test(request.header("content-type") ?? ""))
      return textAnswer(415, "the body must be application/json", CLOSE);
    const text = await request.body(MAX_BODY_BYTES);
    if (text === undefined)
      return textAnswer(413, `the body must have at most ${MAX_BODY_BYTES} bytes`, CLOSE);
    const body = parsedJson(text);
    // An array of messages has as many responses, each of which may be long.
    if (body === undefined || Array.isArray(body))
      return textAnswer(400, "the body must be one message as JSON");
    if (this.#asking >= MAX_ASKING)
      return textAnswer(503, `${MAX_ASKING} other questions are in progress already; try again`, {
        "retry-after": "5",
      });
    return this.#answered(request, body);
  }

  async #answered({ url, header, client, signal }: PageRequest, body: unknown): Promise<PageAnswer> {
    const late = AbortSignal.timeout(TIMEOUT_MILLIS);
    const either = AbortSignal.any([signal, late]);
    const headers = HEADERS.flatMap((name): [string, string][] => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    });
    const request = new Request(url, { method: "POST", headers, signal: either });
    this.#asking++;
    const works: Promise<unknown>[] = [];
    const question = {
      request,
      body,
      isAuthenticated: client === "authenticated",
      noteWork: (work: Promise<unknown>) => void works.push(work),
    };
    const answering = answerFrom(this.#answer(question));
    void Promise.allSettled([answering])
      .then(() => Promise.allSettled(works))
      .finally(() => this.#asking--);
    try {
      return await untilAborted(answering, either);
    } catch (error) {
      if (signal.aborted) throw error;
      if (late.aborted) return textAnswer(503, "the answer was not ready in time");
      warnOnceAMinute(`live page: a question of an agent failed with ${errorMessage(error)}`);
      return textAnswer(500, "the request failed; see the application's log");
    }
  }
}

async function answerFrom(answering: Promise<Response>): Promise<PageAnswer> {
  const response = await answering;
  const type = response.headers.get("content-type");
  return pageAnswer(response.status, new Uint8Array(await response.arrayBuffer()), {
    ...(type !== null && { "content-type": type }),
  });
}
