// The cases of queries: what is compared, the required bound and the goal.
import { casesFrom } from "../cases.js";

// case | figure | of | against | must | goal
export const cases = casesFrom(`
\`sum by (a) (rate(x[5m]))\`, 1,000 series, 1 h at 15 s, 240 steps | slower | rates, tachymeter | rates, prometheus | 3 | 1
\`histogram_quantile(0.95, sum by (le) (rate(b[5m])))\`, 100 × 16 buckets, 240 steps | slower | classic quantile, tachymeter | classic quantile, prometheus | 3 | 1
the same over native histograms, 100 series | slower | native quantile, tachymeter | native quantile, prometheus | 3 | 1
instant \`sum(rate(x[5m]))\`, 1,000 series | itself | instant rates, tachymeter | instant rates, prometheus | 2 | 0.5
longest hold of the event loop: rates | itself | longest hold, rates | | 5 | 1
… classic quantile | itself | longest hold, classic quantile | | 5 | 1
… native quantile | itself | longest hold, native quantile | | 5 | 1
… instant rates | itself | longest hold, instant rates | | 5 | 1
range over 30 days of history at 1 h, 200 series with a point each minute | itself | month of history, tachymeter | | 100 | 30
live memory of a counter that moves, 1 h at 15 s | itself | live memory, tachymeter | | 1200 | 500
… longest hold of the event loop by a collection, 5,000 series | itself | longest hold, live collections | | 5 | 1
… instant \`sum(rate(x[5m]))\`, 1,000 series | itself | instant rates, live samples | | 2 | 0.5
a rule of alerts \`x > 0.9\`, 1 live series | itself | threshold rule | | 10000 | 5000
… \`sum(rate(x[5m]))\`, 10 live series | itself | rule over ten rates | | 60000 | 25000
1,000 rules over 10,000 live series, 10 each | itself | a thousand rules | | 250 | 80
… longest hold of the event loop | itself | longest hold, a thousand rules | | 5 | 1
parsing a rule of 200 characters | itself | parse, tachymeter | | 200000 | 50000
`);
