// Queues are known by URLs with the account's number in them.

/** The queue's name, at the end of its URL; what is no URL is taken for a name, or an ARN with it at the end. */
export function queueNameFromUrl(url: string): string {
  const end = url.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return end.slice(Math.max(end.lastIndexOf("/"), end.startsWith("arn:") ? end.lastIndexOf(":") : -1) + 1);
}
