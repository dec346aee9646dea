/**
 * `npm run bench:placement`: how long it takes to choose five of many hosts, and the paper's figure 11 as a
 * table. `-- --seed=1` plays the same failures again; `--years` and `--placements` make it longer or shorter.
 */
import { parseArgs } from 'node:util';
import { place } from '../src/launcher/index.ts';
import type { PlacedNode } from '../src/launcher/index.ts';
import { median } from './instance.ts';
import { atRandom, catastrophesAYear, rackAware, RATES } from './outages.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    years: { type: 'string', default: '40' },
    placements: { type: 'string', default: '1000' },
  },
});

/** Hosts in racks, which stand in rows, with a switch for every two racks and a room for many. */
function manyHosts(count: number): readonly PlacedNode[] {
  return Array.from({ length: count }, (_, index) => {
    const groups = [`rack${Math.floor(index / 20)}`, `switch${Math.floor(index / 40)}`];
    groups.push(`power${Math.floor(index / 200)}`, `room${Math.floor(index / 20_000)}`);
    return { host: `host${index}`, groups };
  });
}

function millisecondsOf(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

const HOSTS = 80_000;
const nodes = manyHosts(HOSTS);
const first = millisecondsOf(() => place(nodes, 5));
const later = Array.from({ length: 9 }, () => millisecondsOf(() => place(nodes, 5)));
console.log(
  `5 of ${HOSTS} hosts: ${first.toFixed(0)} ms, and ${median(later).toFixed(0)} ms once warm`,
);

/** What the figure says. */
const PAPER = new Map([
  [40, { random: 11.9, aware: 6.6 }],
  [80, { random: 7.6, aware: 1.4 }],
  [120, { random: 4.1, aware: 0.7 }],
]);
const plan = {
  seed: Number(values.seed),
  years: Number(values.years),
  placements: Number(values.placements),
};

console.log(
  `\ncatastrophic failures a year, 5 replicas (seed ${plan.seed}, ${plan.placements} placements`,
);
console.log(`of ${plan.years} years each); in brackets what the paper has`);
console.log('hosts           random       rack-aware');
for (const [hosts, paper] of PAPER) {
  const random = catastrophesAYear(hosts, atRandom, plan).toFixed(1);
  const aware = catastrophesAYear(hosts, rackAware, plan).toFixed(1);
  const cells = [`${random} (${paper.random})`, `${aware} (${paper.aware})`];
  console.log(`${String(hosts).padEnd(8)}${cells.map((cell) => cell.padStart(14)).join('   ')}`);
}
for (const [kind, { aYear, repairHours }] of Object.entries(RATES)) {
  console.log(`a ${kind.padEnd(5)} fails ${aYear} times a year, for ${repairHours} hours`);
}
