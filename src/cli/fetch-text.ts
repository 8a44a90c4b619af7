import { Buffer } from "node:buffer";

/** A response, with its whole text. */
export interface TextAnswer {
  readonly status: number;
  readonly isOk: boolean;
  readonly contentType: string;
  readonly text: string;
}

// More than 100,000 series.
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Fetches a text of at most 64 MiB. Follows no redirect, since another host would get the credentials.
 *
 * @throws Error if there is no response, or a longer one.
 */
export async function fetchText(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<TextAnswer> {
  const response = await fetch(url, { headers, signal, redirect: "manual" });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (length > MAX_BYTES) throw new Error(`the response has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const contentType = response.headers.get("content-type") ?? "";
  return { status: response.status, isOk: response.ok, contentType, text: Buffer.concat(chunks).toString() };
}
