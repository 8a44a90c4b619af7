// Requests to the application, and the state of the connection to it.
import { signal } from "@preact/signals";

/** State of the connection to the application. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "lost"; readonly retryAt: number }
  /** The client is not authenticated. */
  | { readonly kind: "refused" };

export const connection = signal<Connection>({ kind: "connecting" });

/** Requests something of the application. After a status 401, the form to sign in is shown. */
export async function requested(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init);
  if (response.status === 401) connection.value = { kind: "refused" };
  return response;
}
