// The progress of the fleet, in one line.

const COUNT = new Intl.NumberFormat("en-US");
const MEBIBYTE = 2 ** 20;

export function statusLine({ round, workers, leader, files }) {
  if (round === 0) return `waiting for the workers: ${workers.join(", ") || "none yet"}`;
  const percent = Math.floor((100 * files.done) / files.total);
  const [read, gzip, brotli] = [files.bytes.read, files.bytes.gzip, files.bytes.brotli].map((bytes) =>
    Math.round(bytes / MEBIBYTE),
  );
  return (
    `round ${round}: ${COUNT.format(files.done)} of ${COUNT.format(files.total)} files (${percent} %), ` +
    `${read} MiB, gzip ${gzip}, brotli ${brotli}; ${workers.length} workers, ${leader} leads`
  );
}
