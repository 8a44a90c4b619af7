// Signatures of webhooks by Standard Webhooks 1.0.
import { createHmac } from "node:crypto";

const PREFIX = "whsec_";
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** The key of a secret in base64, with or without the prefix `whsec_`; `undefined` if it has not 24 to 64 bytes. */
export function keyOfSecret(secret: string): Uint8Array | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, "base64");
  return key.byteLength >= MIN_BYTES && key.byteLength <= MAX_BYTES ? key : undefined;
}

/** Headers with the signature of a message. The id stays the same for all attempts; the time is that of the attempt. */
export function signatureHeaders(
  key: Uint8Array,
  { id, unixMillis, body }: { readonly id: string; readonly unixMillis: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(unixMillis / 1_000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
