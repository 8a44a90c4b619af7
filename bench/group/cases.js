// The cases of the group: what is compared, the required bound and the goal.
import { casesFrom } from "../cases.js";

// case | figure | of | against | must | goal
export const cases = casesFrom(`
merge of 8 members with 10,000 series each, processor time: counters | itself | merge, counters | | 3 | 1
… explicit histograms, 15 boundaries | itself | merge, explicit histograms | | 20 | 8
… exponential histograms | itself | merge, exponential histograms | | 150 | 50
… longest block of the event loop: counters | itself | longest hold, merge, counters | | 5 | 1
… explicit histograms | itself | longest hold, merge, explicit histograms | | 5 | 1
… exponential histograms | itself | longest hold, merge, exponential histograms | | 5 | 1
… the first merge, of new series: exponential histograms | itself | longest hold, first merge, exponential histograms | | 5 | 1
report of a member with 10,000 explicit histograms, all changed, processor time | itself | report, explicit histograms | | 5 | 1.5
recording in a worker thread, bound \`add\`, against a process alone | slower | bound add, thread | bound add, alone | 1.05 | 1.02
… \`add\` with 3 attributes, 100 series | slower | add of 3 attributes, thread | add of 3 attributes, alone | 1.05 | 1.02
… bound explicit histogram | slower | bound record, thread | bound record, alone | 1.05 | 1.02
… creating 10,000 series | slower | creating 10,000 series, thread | creating 10,000 series, alone | 2 | 1.3
scrape of 8 members with 10,000 counters each over HTTP: workers of \`cluster\`, against \`prom-client\` | faster | scrape, cluster, tachymeter | scrape, cluster, prom-client | 5 | 15
… worker threads, against workers of \`cluster\` with \`prom-client\` | faster | scrape, threads, tachymeter | scrape, cluster, prom-client | 5 | 15
processor time of a thread's start in addition to that of a bare one | more | start of a thread, tachymeter | start of a thread, bare | 80 | 40
memory of a member with 10,000 histograms, in addition to a process alone | more | memory, member | memory, alone | 8 | 5
… with a helper thread, in addition to a member without | more | memory, member with a helper thread | memory, member | 18 | 12
memory of the process that exports 8 members with 10,000 histograms each, beyond one that exports 10,000 | itself | memory, aggregator | | 1.5 | 1.2
greatest age of a responsive member's figures in 30 scrapes | itself | staleness | | 1 | 0.1
time from the SIGKILL of the exporting process to a whole scrape of the next | itself | takeover | | 1 | 0.2
`);
