// The cases of the group: what is compared, the required bound and the goal.
import { casesFrom } from "../cases.js";

// case | figure | of | against | must | goal
export const cases = casesFrom(`
merge of 8 members with 10,000 series each, processor time: counters | itself | merge, counters | | 3 | 1
… explicit histograms, 15 boundaries | itself | merge, explicit histograms | | 20 | 8
… exponential histograms | itself | merge, exponential histograms | | 150 | 50
… longest block of the event loop, exponential histograms | itself | longest hold, merge, exponential histograms | | 5 | 1
recording in a worker thread, bound \`add\`, against a process alone | slower | bound add, thread | bound add, alone | 1.05 | 1.02
… \`add\` with 3 attributes, 100 series | slower | add of 3 attributes, thread | add of 3 attributes, alone | 1.05 | 1.02
… bound explicit histogram | slower | bound record, thread | bound record, alone | 1.05 | 1.02
… creating 10,000 series | slower | creating 10,000 series, thread | creating 10,000 series, alone | 2 | 1.3
scrape of 8 members with 10,000 counters each over HTTP: workers of \`cluster\`, against \`prom-client\` | faster | scrape, cluster, tachymeter | scrape, cluster, prom-client | 5 | 15
… worker threads, against workers of \`cluster\` with \`prom-client\` | faster | scrape, threads, tachymeter | scrape, cluster, prom-client | 5 | 15
processor time of a thread's start in addition to that of a bare one | more | start of a thread, tachymeter | start of a thread, bare | 80 | 40
`);
