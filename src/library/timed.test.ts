/** RateLimiter, Pinger and IdGenerator by the time of the log, and EventCounters. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { KeyError, ValueError } from '../object/index.ts';
import { Replicated, RUBBISH } from './library-test-kit.ts';

test('a bucket begins full, and fills evenly', () => {
  const limiter = new Replicated('ratelimiter.RateLimiter');
  limiter.call('__concoordinit__', 3, 2, 1000);
  equal(limiter.call('tryAcquire', 3), true);
  equal(limiter.call('tryAcquire'), false);
  equal(limiter.call('waitMs'), 500);
  equal(limiter.call('waitMs', 3), 1500);

  limiter.time += 499;
  equal(limiter.call('tryAcquire'), false);
  limiter.time += 1;
  equal(limiter.call('tryAcquire'), true);
  limiter.time += 1_000_000;
  equal(limiter.call('available'), 3);
  equal(limiter.call('waitMs', 3), 0);
});

test('keys have buckets of their own, and a time that goes back gives and takes nothing', () => {
  const limiter = new Replicated('ratelimiter.RateLimiter');
  limiter.call('__concoordinit__', 2, 1, 1000);
  equal(limiter.call('tryAcquire', 1, 'a'), true);
  limiter.move();
  limiter.time -= 5000;
  equal(limiter.call('tryAcquire', 1, 'a'), true);
  equal(limiter.call('tryAcquire', 1, 'a'), false);
  equal(limiter.call('tryAcquire', 1, ['a', 1]), true);
  limiter.call('reset', 'a');
  equal(limiter.call('tryAcquire', 1, 'a'), true);
});

test('what a bucket never holds, and what is no rate, is refused', () => {
  const limiter = new Replicated('ratelimiter.RateLimiter');

  limiter.refuses(ValueError, 'tryAcquire', 11);
  limiter.refuses(ValueError, 'waitMs', 11);
  for (const count of [0, -1, 0.5, NaN]) limiter.refuses(RangeError, 'tryAcquire', count);
  limiter.refuses(TypeError, 'tryAcquire', '1');
  limiter.refuses(TypeError, 'tryAcquire', 1, {});
  for (const rate of [[0], [1, 0], [1, 1, 0], [1e9], [1, 1, 1e10], [0.5]]) {
    limiter.refuses(RangeError, '__concoordinit__', ...rate);
  }
  equal(limiter.read('__repr__'), '<RateLimiter capacity=10 refill=10/1000ms>');
});

test('buckets that are full again are forgotten', () => {
  const limiter = new Replicated('ratelimiter.RateLimiter');
  for (let user = 0; user < 1000; user++) limiter.call('tryAcquire', 1, user);
  const before = limiter.capturedBytes;
  limiter.time += 1000;
  for (let turn = 0; turn < 501; turn++) limiter.call('tryAcquire', 1, 'one');

  ok(limiter.capturedBytes < before / 20, `${before} bytes, then ${limiter.capturedBytes}`);
});

const attempt = fc.record({ after: fc.nat(300), count: fc.integer({ min: 1, max: 5 }) });

test('a limiter lets through exactly what whole parts of tokens allow', () => {
  const rate = fc.tuple(...[5, 40, 700].map((max) => fc.integer({ min: 1, max })));
  fc.assert(
    fc.property(rate, fc.array(attempt), ([over = 1, refill = 1, everyMs = 1], attempts) => {
      const limiter = new Replicated('ratelimiter.RateLimiter');
      const capacity = over + 4;
      limiter.call('__concoordinit__', capacity, refill, everyMs);
      let parts = BigInt(capacity * everyMs);
      for (const { after, count } of attempts) {
        limiter.time += after;
        parts += BigInt(after * refill);
        if (parts > BigInt(capacity * everyMs)) parts = BigInt(capacity * everyMs);
        const wanted = BigInt(count * everyMs);
        equal(limiter.call('available'), Number(parts / BigInt(everyMs)));
        equal(limiter.call('tryAcquire', count), parts >= wanted);
        if (parts >= wanted) parts -= wanted;
      }
    }),
  );
});

test('who waits as long as it is told is let through, and not before', () => {
  const limiter = new Replicated('ratelimiter.RateLimiter');
  limiter.call('__concoordinit__', 10, 3, 1000);
  limiter.call('tryAcquire', 10);
  limiter.time += Number(limiter.call('waitMs', 7)) - 1;

  equal(limiter.call('tryAcquire', 7), false);
  limiter.time += 1;
  equal(limiter.call('tryAcquire', 7), true);
});

test('a pinger knows by the time of the log who was not heard of', () => {
  const pinger = new Replicated('pinger.Pinger');
  pinger.call('add', 'a');
  pinger.call('add', ['b', 1]);
  pinger.time += 1000;
  pinger.call('ping', 'a');
  pinger.call('add', ['b', 1]);
  pinger.move();
  pinger.time += 1;

  deepEqual(pinger.call('alive', 1), ['a']);
  deepEqual(pinger.call('alive', 1001), ['a', ['b', 1]]);
  deepEqual(pinger.call('silent', 1000), [['b', 1]]);
  deepEqual(pinger.call('silent', 1001), []);
  equal(pinger.read('last_heard', 'a'), pinger.time - 1);
  deepEqual(pinger.read('get_members'), ['a', ['b', 1]]);
  equal(pinger.read('__str__'), 'a ["b",1]');
  pinger.call('remove', 'a');
  for (const method of ['remove', 'ping', 'last_heard']) pinger.refuses(KeyError, method, 'a');
  for (const member of [{}, undefined, NaN]) pinger.refuses(TypeError, 'add', member);
  for (const ms of [-1, 0.5, NaN]) pinger.refuses(RangeError, 'alive', ms);
  pinger.refuses(TypeError, 'silent', '1');
});

test('no id comes twice, whoever asks for how many', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 })), (counts) => {
      const ids = new Replicated('idgenerator.IdGenerator');
      let next = 1;
      for (const count of counts) {
        equal(ids.read('peek'), next);
        if (count === 1) equal(ids.call('next'), next);
        else deepEqual(ids.call('block', count), [next, next + count - 1]);
        next += count;
        ids.move();
      }
    }),
  );
});

test('snowflakes grow, also when the time stands still or goes back, and tell the time', () => {
  const step = fc.record({ after: fc.integer({ min: -20, max: 20 }), count: fc.nat(5000) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ids = new Replicated('idgenerator.IdGenerator');
      let last = -1n;
      for (const { after, count } of steps) {
        ids.time += after;
        const [first, end] = ids.call('snowflakes', count + 1) as [bigint, bigint];
        ok(first > last);
        equal(end - first, BigInt(count));
        last = end;
      }
      ids.time += 1_000_000;
      const id = ids.call('snowflake') as bigint;
      equal(Number(id >> 22n) + Date.UTC(2020, 0, 1), ids.time);
      equal(BigInt.asIntN(64, id), id);
    }),
  );
});

test('ids end rather than come again, and blocks have a size', () => {
  const ids = new Replicated('idgenerator.IdGenerator');
  ids.call('__concoordinit__', Number.MAX_SAFE_INTEGER - 1);
  equal(ids.call('next'), Number.MAX_SAFE_INTEGER - 1);

  ids.refuses(RangeError, 'next');
  ids.refuses(RangeError, '__concoordinit__', Number.MAX_SAFE_INTEGER);
  for (const count of [0, -1, 1.5, NaN]) {
    ids.refuses(RangeError, 'block', count);
    ids.refuses(RangeError, 'snowflakes', count);
  }
  ids.refuses(RangeError, 'snowflakes', 2 ** 22 + 1);
  for (const first of RUBBISH.filter((one) => typeof one !== 'number' && one !== undefined)) {
    ids.refuses(TypeError, '__concoordinit__', first);
  }
});

test('a time before 2020 or after 2089 gives no wrong id', () => {
  const ids = new Replicated('idgenerator.IdGenerator');
  ids.time = 0;
  equal(ids.call('snowflake'), 0n);
  ids.time = Date.UTC(2150, 0, 1);
  ids.refuses(RangeError, 'snowflake');
});

test('events are counted exactly, and the most frequent ones come first', () => {
  const event = fc.constantFrom('a', 'b', 'c', '__proto__');
  const step = fc.tuple(event, fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const counters = new Replicated('eventcounters.EventCounters');
      const model = new Map<string, number>();
      for (const [name, by] of steps) {
        const before = model.get(name) ?? 0;
        if (by === 0) equal(counters.call('reset', name), before);
        else equal(counters.call('increment', name, by), before + by);
        if (by === 0) model.delete(name);
        else model.set(name, before + by);
      }
      counters.move();
      deepEqual(counters.read('all'), model);
      equal(
        counters.read('total'),
        [...model.values()].reduce((sum, count) => sum + count, 0),
      );
      const order = [...model].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      for (const count of [0, 2, 1000]) {
        deepEqual(counters.read('top', count), order.slice(0, count));
      }
    }),
  );
});

test('what is no event, and no count, is refused', () => {
  const counters = new Replicated('eventcounters.EventCounters');
  counters.call('increment', 'a', Number.MAX_SAFE_INTEGER);

  for (const event of [...RUBBISH, 1]) counters.refuses(TypeError, 'increment', event);
  counters.refuses(ValueError, 'increment', '');
  counters.refuses(ValueError, 'increment', 'x'.repeat(1025));
  for (const by of [0, -1, 0.5]) counters.refuses(RangeError, 'increment', 'b', by);
  counters.refuses(RangeError, 'increment', 'b');
  for (const count of [-1, 1001]) counters.refuses(RangeError, 'top', count);
  counters.call('clear');
  equal(counters.read('get', 'a'), 0);
  equal(counters.read('__repr__'), '<EventCounters events=0 total=0>');
});
