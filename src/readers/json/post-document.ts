// The JSON document over HTTP.

const TIMEOUT_MILLIS = 10_000;

/** The document did not reach its URL, or was not accepted there. */
export class PostError extends Error {
  override readonly name = "PostError";
  readonly code = "TACHYMETER_POST";
}

/**
 * Sends a JSON text by POST and awaits that it is accepted, for at most 10 s.
 *
 * @throws PostError by the promise.
 */
export async function postDocument(url: string, text: string): Promise<void> {
  const { status, ok } = await request(url, text);
  if (!ok) throw new PostError(`json reader "${shown(url)}": the server answered ${status}; see its log`);
}

async function request(url: string, text: string): Promise<Response> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
      // What a server points to is nothing that its user configured.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    });
    // An answer that nobody reads would keep its connection.
    await response.body?.cancel();
    return response;
  } catch (cause) {
    throw new PostError(
      `json reader "${shown(url)}": no answer (${reasonOf(cause)}); see whether a server listens there`,
      {
        cause,
      },
    );
  }
}

// A query may hold a key.
function shown(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? "";
}

// fetch says "fetch failed" and keeps what failed as its cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
