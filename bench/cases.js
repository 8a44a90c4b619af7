// The cases: what is compared, the required bound and the goal.

/** Calculation of a case's figure: `of` is Tachymeter's measurement, `against` the compared one. */
export const figures = {
  faster: { figure: (of, against) => against / of, atLeast: true, unit: "×" },
  slower: { figure: (of, against) => of / against, atLeast: false, unit: "×" },
  more: { figure: (of, against) => of - against, atLeast: false },
  itself: { figure: (of) => of, atLeast: false },
};

// case | figure | of | against | must | goal
const table = `
bound \`add\`, one handle, against a bare \`cells[i] += v\` | slower | bound add, tachymeter | floor, bare cell | 1.3 | 1.15
… against upstream without attributes | faster | bound add, tachymeter | add without attributes, upstream | 15 | 20
… against \`prom-client\` \`inc()\` without labels | faster | bound add, tachymeter | inc without labels, prom-client | 1.5 | 2
… with a context manager, span not sampled | more | bound add in a span not sampled, tachymeter | bound add, tachymeter | 30 | 15
… with a context manager, span sampled | more | bound add in a sampled span, tachymeter | bound add, tachymeter | 60 | 40
unbound \`add\`, 3 attributes, 4 series, against upstream | faster | add of 3 attributes, 4 series, tachymeter | add of 3 attributes, 4 series, upstream | 35 | 40
… 100 series | faster | add of 3 attributes, 100 series, tachymeter | add of 3 attributes, 100 series, upstream | 14 | 18
… 2,000 series | faster | add of 3 attributes, 2000 series, tachymeter | add of 3 attributes, 2000 series, upstream | 9 | 11
… 4 series, against \`prom-client\` | faster | add of 3 attributes, 4 series, tachymeter | add of 3 attributes, 4 series, prom-client | 7 | 9
… 100 series | faster | add of 3 attributes, 100 series, tachymeter | add of 3 attributes, 100 series, prom-client | 4 | 5
… 2,000 series | faster | add of 3 attributes, 2000 series, tachymeter | add of 3 attributes, 2000 series, prom-client | 2.7 | 3.3
… 1 attribute, 100 series, against upstream | faster | add of 1 attribute, 100 series, tachymeter | add of 1 attribute, 100 series, upstream | 12 | 15
… 10 attributes, 100 series, against upstream | faster | add of 10 attributes, 100 series, tachymeter | add of 10 attributes, 100 series, upstream | 14 | 18
… among 50 instruments of all contenders in one process, against upstream | faster | add of 3 attributes among 50 instruments of all contenders, tachymeter | add of 3 attributes among 50 instruments of all contenders, upstream | 25 | 33
… against \`prom-client\` | faster | add of 3 attributes among 50 instruments of all contenders, tachymeter | add of 3 attributes among 50 instruments of all contenders, prom-client | 7 | 9
garbage, bound \`add\` | itself | garbage, bound add, tachymeter | | 1 | 1
… bound \`add\` in a sampled span | itself | garbage, bound add in a sampled span, tachymeter | | 1 | 1
… unbound \`add\` with 3 attributes, in addition to the literal | more | garbage, add of 3 attributes, tachymeter | garbage, literal of 3 attributes | 1 | 1
… the same in overflow, in addition to the literal | more | garbage, overflowing add of 3 attributes, tachymeter | garbage, literal of 3 attributes | 1 | 1
… bound explicit histogram | itself | garbage, bound record, tachymeter | | 1 | 1
… bound exponential histogram | itself | garbage, bound exponential record, tachymeter | | 1 | 1
… unbound histogram with 3 attributes, in addition to the literal | more | garbage, record of 3 attributes, tachymeter | garbage, literal of 3 attributes | 1 | 1
bound explicit histogram, 15 boundaries, against upstream without attributes | faster | bound record, tachymeter | record without attributes, upstream | 14 | 18
… against upstream with 3 attributes | faster | bound record, tachymeter | record of 3 attributes, upstream | 120 | 150
bound exponential histogram, against upstream without attributes | faster | bound exponential record, tachymeter | exponential record without attributes, upstream | 9 | 12
… against upstream with 3 attributes | faster | bound exponential record, tachymeter | exponential record of 3 attributes, upstream | 55 | 75
memory per series, counter with 3 attributes | itself | memory, counter, tachymeter | memory, counter, upstream | 96 | 64
… with a time to live | itself | memory, counter with time to live, tachymeter | memory, counter, prom-client | 120 | 88
… histogram with 15 boundaries | itself | memory, histogram, tachymeter | memory, histogram, upstream | 300 | 266
creating 100,000 series, against upstream | faster | creating 100,000 series, tachymeter | creating 100,000 series, upstream | 5 | 7
collecting 100,000 series into \`ResourceMetrics\`, against upstream | faster | collecting 100,000 series, tachymeter | collecting 100,000 series, upstream | 1.5 | 2
… with every series changed | faster | collecting 100,000 changed series, tachymeter | collecting 100,000 changed series, upstream | 1.5 | 2
walking 100,000 series of our collection, against upstream's collection | faster | walking 100,000 series, tachymeter | collecting 100,000 series, upstream | 30 | 50
observable instrument, 10,000 observations into \`ResourceMetrics\`, against upstream | faster | collecting 10,000 observations, tachymeter | collecting 10,000 observations, upstream | 6 | 10
… walked in our collection | faster | walking 10,000 observations, tachymeter | collecting 10,000 observations, upstream | 6 | 10
Prometheus over HTTP, 100,000 counter series from request to last byte, against upstream | faster | scrape over HTTP, tachymeter | scrape over HTTP, upstream | 25 | 35
… against \`prom-client\` | faster | scrape over HTTP, tachymeter | scrape over HTTP, prom-client | 10 | 13
… the first scrape of a process, against upstream | faster | first scrape over HTTP, tachymeter | first scrape over HTTP, upstream | 7 | 10
… longest block of the event loop | itself | longest hold, scrape over HTTP, tachymeter | longest hold, scrape over HTTP, upstream | 2 | 1
… gzip, time of the main thread, against plain | slower | main thread, compressed scrape, tachymeter | main thread, plain scrape, tachymeter | 1.1 | 1.03
… p99 of a \`node:http\` server with one scrape per second, against no scrapes | itself | p99 under load, scraped, tachymeter | p99 under load, scraped, upstream | 1.2 | 1.05
Application: a call wrapped by \`timer\`, in addition to the plain one | more | timed call, timer on tachymeter | timed call, plain | 250 | 120
… in addition to two clock readings | more | timed call, timer on tachymeter | timed call, two looks at the clock | 60 | 40
… against \`prom-client\`'s \`startTimer\` | faster | timed call, timer on tachymeter | timed call, startTimer, prom-client | 2.5 | 3.5
… against upstream's histogram by hand | faster | timed call, timer on tachymeter | timed call, by hand, upstream | 2.5 | 3.5
… against our histogram by hand | slower | timed call, timer on tachymeter | timed call, by hand, tachymeter | 1.4 | 1.2
… on upstream's SDK, against its histogram by hand | slower | timed call, timer on upstream | timed call, by hand, upstream | 1.4 | 1.2
Host: one collection of all machine and process metrics | itself | host collection, tachymeter | host collection, host-metrics | 1.2 | 0.8
… against upstream's host-metrics with all its groups | faster | host collection, tachymeter | host collection, host-metrics | 10 | 20
… longest block of the event loop | itself | longest hold, host collection, tachymeter | | 1 | 0.5
… child processes | itself | child processes, host collection, tachymeter | child processes, host collection, host-metrics | 0 | 0
Kernels: overhead of recording in a ring of \`MessagePort\` echoes between threads | itself | ring of echoes, recording | | 2 | 1
… while disabled: lower bound with 95 % confidence | itself | ring of echoes, disabled | | 0 | 0
\`--import tachymeter/register\`, against bare Node | more | process, tachymeter/register | process, bare Node | 250 | 120
\`start()\`, against bare Node | more | process, start() | process, bare Node | 250 | 120
Start of \`tachymeter/register\` in addition to bare Node, readers none, against upstream's bare packages | slower | start, tachymeter/register, readers none | start, upstream | 1.2 | 0.8
… reader \`prometheus\` | slower | start, tachymeter/register, prometheus | start, upstream | 1.5 | 1.1
… loaded modules of Tachymeter, readers none | itself | modules loaded, tachymeter/register, readers none | | 40 | 25
… reader \`prometheus\` | itself | modules loaded, tachymeter/register, prometheus | | 40 | 25
… processor time of an idle application, in milliseconds per second | itself | idle time, tachymeter/register, prometheus | | 3 | 1
… resident memory of an idle application in addition to bare Node, reader \`prometheus\` | slower | idle memory, tachymeter/register, prometheus | idle memory, upstream | 1.1 | 0.9
Prometheus text of 10,000 counters, collection to bytes, against upstream | faster | rendering 10,000 counters, tachymeter | rendering 10,000 counters, upstream | 25 | 40
… against \`prom-client\` | faster | rendering 10,000 counters, tachymeter | rendering 10,000 counters, prom-client | 10 | 15
… after a garbage collection, against upstream | faster | rendering 10,000 counters after a garbage collection, tachymeter | rendering 10,000 counters after a garbage collection, upstream | 20 | 35
… against \`prom-client\` | faster | rendering 10,000 counters after a garbage collection, tachymeter | rendering 10,000 counters after a garbage collection, prom-client | 8 | 12
… 100,000 counters, against upstream | faster | rendering 100,000 counters, tachymeter | rendering 100,000 counters, upstream | 25 | 40
… against \`prom-client\` | faster | rendering 100,000 counters, tachymeter | rendering 100,000 counters, prom-client | 10 | 15
… 5,000 histograms with 15 boundaries, against upstream | faster | rendering 5,000 histograms, tachymeter | rendering 5,000 histograms, upstream | 30 | 50
… against \`prom-client\` | faster | rendering 5,000 histograms, tachymeter | rendering 5,000 histograms, prom-client | 8 | 12
… longest block of the event loop, 100,000 counters | itself | longest hold, rendering 100,000 counters, tachymeter | longest hold, rendering 100,000 counters, upstream | 5 | 1
… memory kept between scrapes per series, without the buffer | itself | memory kept by rendering 100,000 counters | | 8 | 1
… peak memory while rendering, as a multiple of the body | itself | memory while rendering 100,000 counters, of the body | | 2 | 1.2
… OpenMetrics with one exemplar per series, 5,000 histograms, against text | slower | rendering 5,000 histograms with exemplars as OpenMetrics | rendering 5,000 histograms with exemplars as text | 2 | 1.5
… OpenMetrics 2 with one exemplar per series, 5,000 histograms, against OpenMetrics 1 | slower | rendering 5,000 histograms with exemplars as OpenMetrics 2 | rendering 5,000 histograms with exemplars as OpenMetrics | 1 | 0.5
… the same, 10,000 counters | slower | rendering 10,000 counters with exemplars as OpenMetrics 2 | rendering 10,000 counters with exemplars as OpenMetrics | 1 | 0.8
… protobuf with one exemplar per series, 5,000 histograms, against text | slower | rendering 5,000 histograms with exemplars as protobuf | rendering 5,000 histograms with exemplars as text | 2 | 1.5
… protobuf with native histograms, 1,000 exponential ones, against text | slower | rendering 1,000 exponential histograms as protobuf | rendering 1,000 exponential histograms as text | 2 | 1.5
OTLP: collection to bytes, 10,000 series, against upstream's collection and serializer | faster | collection to OTLP, 10,000 series, tachymeter | collection to OTLP, 10,000 series, upstream | 8 | 12
… after a garbage collection | faster | collection to OTLP, 10,000 series after a garbage collection, tachymeter | collection to OTLP, 10,000 series after a garbage collection, upstream | 8 | 12
… with every series changed | faster | collection to OTLP, 10,000 changed series, tachymeter | collection to OTLP, 10,000 changed series, upstream | 6 | 10
… 100,000 series | faster | collection to OTLP, 100,000 series, tachymeter | collection to OTLP, 100,000 series, upstream | 6 | 10
… 5,000 histograms with 15 boundaries | faster | collection to OTLP, 5,000 histograms, tachymeter | collection to OTLP, 5,000 histograms, upstream | 6 | 10
… garbage on the heap, 10,000 series | itself | garbage, collection to OTLP, 10,000 series, tachymeter | garbage, collection to OTLP, 10,000 series, upstream | 10000 | 2000
… longest block of the event loop, 100,000 series | itself | longest hold, collection to OTLP, 100,000 series, tachymeter | longest hold, collection to OTLP, 100,000 series, upstream | 5 | 2
JSON: 100,000 series collected and written as lines, against the document | faster | JSON file of 100,000 series, ndjson | JSON file of 100,000 series, document | 3 | 5
… longest block of the event loop, lines | itself | longest hold, JSON file of 100,000 series, ndjson | longest hold, JSON file of 100,000 series, document | 5 | 1
… longest block of the event loop, document | itself | longest hold, JSON file of 100,000 series, document | | 5 | 1
… longest block of the event loop, snapshot | itself | longest hold, snapshot of 100,000 series | | 5 | 1
Outbox: append of 50 KB with \`fsync\`, against a bare write and \`fdatasync\` | itself | outbox, append of 50 KB against a bare write and fdatasync | | 1.5 | 1.1
Outage of 24 h, one collection of 10,000 series per minute: memory growth | itself | 24 h of outage, growth of memory from its first hours | | 5 | 1
… minutes to catch up | itself | 24 h of outage, minutes to catch up | | 75 | 73
`;

/** Measurements without a bound, floors among them. */
export const others = [
  "floor, empty loop",
  "floor, literal of 3 attributes",
  "bound add, nothing else used, tachymeter",
  "add without attributes, nothing else used, upstream",
  "inc without labels, nothing else used, prom-client",
  "add without attributes, tachymeter",
  "add of 1 attribute, 100 series, prom-client",
  "add of 10 attributes, 100 series, prom-client",
  "record of 3 attributes, tachymeter",
  "exponential record of 3 attributes, tachymeter",
  "observe without labels, prom-client",
  "observe of 3 labels, prom-client",
  "garbage, add of 3 attributes, upstream",
  "garbage, overflowing add of 3 attributes, upstream",
  "garbage, inc of 3 labels, prom-client",
  "memory, counter after a collection, tachymeter",
  "memory, counter after a collection, upstream",
  "memory, exponential histogram, tachymeter",
  "memory, histogram, prom-client",
  "creating 100,000 series, prom-client",
  "longest hold, rendering 100,000 counters, prom-client",
  "rendering 10,000 counters with exemplars as text",
  "rendering 10,000 counters with exemplars as protobuf",
  "first scrape over HTTP, prom-client",
  "second scrape over HTTP, tachymeter",
  "second scrape over HTTP, upstream",
  "longest hold, scrape over HTTP, prom-client",
  "p99 under load, scraped, prom-client",
  "outbox, appends of 50 KB a second",
  "outbox, appends of 50 KB a second, 8 at once",
  "outbox, appends of 50 KB a second, fsync 'never'",
  "outbox, records of 50 KB drained a second",
  ...facade("messaging.sent"),
  ...facade("destination.sent"),
  ...facade("kernels.recordReceive"),
  ...facade("commands.recordExecution"),
  ...facade("named counter"),
  ...facade("named counter, one label"),
];

/** The cases as objects; `topic` is the title of the first case of a group. */
export const cases = casesFrom(table);

export function casesFrom(text) {
  let topic = "";
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [title, kind, of, against, must, goal] = line.split("|").map((cell) => cell.trim());
      if (!title.startsWith("…")) topic = title;
      return {
        topic,
        title,
        kind,
        of,
        against: against || undefined,
        must: Number(must),
        goal: Number(goal),
      };
    });
}

function facade(which) {
  return [`${which}, on tachymeter`, `${which}, on upstream`];
}
