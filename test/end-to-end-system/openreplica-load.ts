/** Calls without end, until its standard input ends: then it says what became of them. */
import { once } from 'node:events';
import { Callers } from '../end-to-end/callers.ts';

const [, , bootstrap = ''] = process.argv;
await using callers = new Callers(bootstrap, { callers: 16, readers: 1 });
await callers.more(50);
callers.watchGap();
process.stdout.write('calling\n');
process.stdin.resume();
await once(process.stdin, 'end');
await callers.more(50);
const { longestGap } = callers;
await callers.expectExact();
const { failures, tally } = callers;
const { acknowledged, started } = tally;
const figures = { started, acknowledged, longestGap, failures: [...failures] };
process.stdout.write(`${JSON.stringify(figures)}\n`);
