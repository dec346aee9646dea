import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimit } from './rate-limit.ts';

function count(
  limit: RateLimit,
  source: string,
  times: number,
  now: number,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let left = times; left > 0; left--) {
    const verdict = limit.judge(source, now);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

test('a source has a burst, then its rate; of what is too much, half is told to use TCP', () => {
  const limit = new RateLimit(100, 1);

  deepEqual(count(limit, '192.0.2.1', 360, 5000), { answer: 200, drop: 80, tell: 80 });
  deepEqual(count(limit, '192.0.2.1', 90, 5500), { answer: 50, drop: 20, tell: 20 });
  deepEqual(
    count(limit, '192.0.2.1', 500, 5500),
    { drop: 500 },
    'told often enough in this second',
  );
  deepEqual(count(limit, '192.0.2.1', 300, 60_000), { answer: 200, drop: 50, tell: 50 });
});

test('other sources do not suffer', () => {
  const limit = new RateLimit(100, 1);
  count(limit, '192.0.2.1', 1000, 0);

  deepEqual(count(limit, '192.0.2.2', 10, 0), { answer: 10 });
});

test('who has an IPv6 network has one rate for all of it', () => {
  const limit = new RateLimit(100, 1);
  for (let host = 1; host <= 200; host++) {
    equal(limit.judge(`2001:db8:0:1::${host.toString(16)}`, 0), 'answer');
  }

  equal(limit.judge('2001:db8:0:1:5:6:7:8', 0), 'drop');
  equal(limit.judge('2001:db8:0:2::1', 0), 'answer');
  equal(limit.judge('::1', 0), 'answer');
});

test('who shares the rate of whom is another matter in each process', () => {
  const sources = Array.from(
    { length: 500 },
    (_, at) => `192.0.${Math.floor(at / 250)}.${at % 250}`,
  );
  const suffering = (salt: number): string => {
    const limit = new RateLimit(1, salt);
    for (let at = 0; at < 2 ** 17; at++) limit.judge(`flood-${at}:`, 0);
    return sources.map((source) => limit.judge(source, 0)[0]).join('');
  };

  ok(new Set([1, 2, 3, 4].map(suffering)).size > 1);
});
