// URLs of a Pushgateway's groups.

// Neither a slash nor "." nor "..", which the path of a URL cannot hold, nor empty.
const PLAIN = /^(?!\.\.?$)[\w.~-]+$/;

/**
 * The URL of a group: `<url>/metrics/job/<job>/<label>/<value>…`. A value that does not fit into a path is written in
 * base64; an empty one as `=`.
 *
 * @see https://github.com/prometheus/pushgateway#url
 */
export function groupUrl(url: string, job: string, groupings: Readonly<Record<string, string>>): URL {
  const group = new URL(url);
  const labels = Object.entries({ job, ...groupings }).map(
    ([name, value]) => `/${PLAIN.test(value) ? `${name}/${value}` : `${name}@base64/${base64(value)}`}`,
  );
  group.pathname = `${group.pathname.replace(/\/+$/, "")}/metrics${labels.join("")}`;
  return group;
}

function base64(value: string): string {
  return value === "" ? "=" : Buffer.from(value).toString("base64url");
}
