/** Whoever can reach the port may send anything: others are served as before. */
import { equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/index.ts';
import type { Message } from '../../src/paxos/index.ts';
import { engineFingerprint } from '../../src/platform/index.ts';
import { encodeMessage, FRAME } from '../../src/wire/index.ts';
import { Callers } from './callers.ts';
import { addressOf, allLevel, bootstrapOf, eventually, leaderOf, Stage, statusOf } from './kit.ts';
import { freePort } from './ports.ts';
import type { Process } from './process.ts';
import { CLIENT_HELLO, Raw, residentMiB, strangerHello } from './raw.ts';

const IDLE = 2000;
const MOST_MIB = 256;

interface Victim {
  readonly port: number;
  readonly process: Process;
  readonly callers: Callers;
  readonly ports: readonly number[];
}

/** Attacks the leader of three while callers call: nothing of it may be noticed by them. */
async function attack(deed: (victim: Victim) => Promise<void>): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  await allLevel(ports, 3);
  const { port } = await leaderOf(ports);
  const process = replicas[ports.indexOf(port)] as Process;
  await using callers = new Callers(bootstrapOf(ports), { callers: 16, proxies: 4 });
  await callers.more(100);
  await deed({ port, process, callers, ports });
  await callers.more(100);
  await callers.expectExact();
  equal(callers.tally.acknowledged, callers.tally.started, 'no call failed');
  equal((await allLevel(ports, 3)).leader, addressOf(port), 'it still leads');
  for (const replica of replicas) {
    ok(replica.running);
    ok(residentMiB(replica.pid) < MOST_MIB, `${residentMiB(replica.pid)} MiB`);
  }
}

test(`${IDLE} idle connections, and others that stop half-way, cost next to nothing`, () =>
  attack(async ({ port, process, callers }) => {
    const idle = Array.from({ length: IDLE }, () => new Raw(port));
    const greeted = Array.from({ length: 20 }, () => new Raw(port).hello(CLIENT_HELLO));
    const half = Array.from({ length: 20 }, () => new Raw(port).write(Buffer.from('Con')));
    await Promise.all(greeted.map((raw) => raw.welcome()));
    for (const raw of greeted.slice(10)) raw.socket.end();
    await callers.more(200);
    ok(residentMiB(process.pid) < MOST_MIB, `${residentMiB(process.pid)} MiB`);
    // Who says nothing is sent away.
    await Promise.all([...idle, ...half].map((raw) => raw.closed));
    match(process.stderr, /connection from 127\.0\.0\.1:\d+ ended: no hello/);
    for (const raw of greeted) raw.socket.destroy();
  }));

test('noise, and frames that claim to be huge, end their own connection with a line in the log', () =>
  attack(async ({ port, process }) => {
    const random = new Random(48);
    const noise = Buffer.from(Uint8Array.from({ length: 1 << 20 }, () => random.between(0, 255)));
    const huge = Buffer.alloc(64, 0xff);
    const odd = [
      new Raw(port).write(noise),
      new Raw(port).write(huge),
      new Raw(port).hello(CLIENT_HELLO).write(noise),
      new Raw(port).hello(CLIENT_HELLO).write(huge),
      new Raw(port).hello(CLIENT_HELLO).hello(CLIENT_HELLO),
      new Raw(port).hello(CLIENT_HELLO).send(FRAME.requests, noise.subarray(0, 1000)),
      new Raw(port).hello(CLIENT_HELLO).send(FRAME.message, noise.subarray(0, 1000)),
      new Raw(port).send(FRAME.requests, noise.subarray(0, 1000)),
      new Raw(port).send(FRAME.hello, noise.subarray(0, 1000)),
      new Raw(port).hello({ ...CLIENT_HELLO, purpose: 'control' }).send(FRAME.control, noise),
      new Raw(port)
        .hello({ ...CLIENT_HELLO, purpose: 'control' })
        .send(FRAME.control, noise.subarray(0, 999)),
    ];
    await Promise.all(odd.map((raw) => raw.closed));
    for (const { socket } of odd) ok(socket.bytesRead < 10_000);
    await eventually('a line for each', () => {
      const lines = process.stderr.match(/ ended: malformed: /g) ?? [];
      return lines.length === odd.length ? lines : undefined;
    });
  }));

test('operators that ask for nonsense get an answer or the door', () =>
  attack(async ({ port }) => {
    const questions = ['null', '7', '"status"', '{}', '{"do":"nothing"}', '{"do":"remove"}'];
    const asked = questions.map(async (question) => {
      const raw = new Raw(port).hello({ ...CLIENT_HELLO, purpose: 'control' });
      await raw.welcome();
      const answer = await raw.send(FRAME.control, Buffer.from(question)).frame();
      if (answer !== undefined) match(Buffer.from(answer.body).toString(), /"error"/);
      await raw.end();
    });
    await Promise.all(asked);
    ok((await statusOf(port)).decided > 0);
  }));

test('visitors of another instance or version are refused, each with the reason', () =>
  attack(async ({ port, process }) => {
    const ours = await new Raw(port).hello(CLIENT_HELLO).welcome();
    const engine = engineFingerprint();
    const peer = strangerHello(ours, engine, await freePort());
    const other = 'f'.repeat(32);
    const cases = [
      [{ ...CLIENT_HELLO, instance: other }, 'INSTANCE_MISMATCH'],
      [{ ...CLIENT_HELLO, wire: { min: 7, max: 9 } }, 'VERSION_MISMATCH'],
      [{ ...peer, instance: other }, 'INSTANCE_MISMATCH'],
      [{ ...peer, generation: 9 }, 'INSTANCE_MISMATCH'],
      [{ ...peer, wire: { min: 7, max: 9 } }, 'VERSION_MISMATCH'],
      [{ ...peer, codeHash: 'another' }, 'CODE_MISMATCH'],
      [{ ...peer, engine: 'another' }, 'ENGINE_MISMATCH'],
      [{ ...peer, id: ours.id }, 'STALE_DIRECTORY'],
    ] as const;
    for (const [hello, code] of cases) {
      const raw = new Raw(port).hello(hello);
      equal((await raw.refusal()).code, code);
      await raw.closed;
      match(process.stderr, new RegExp(`refused 127.0.0.1:\\d+: .* \\(${code}\\)`));
    }
  }));

test('a stranger that speaks the protocol of the instance can say what it likes', () =>
  attack(async ({ port, process, callers }) => {
    const welcome = await new Raw(port).hello(CLIENT_HELLO).welcome();
    const known = strangerHello(welcome, engineFingerprint(), await freePort());
    const count = absurdities(known.id, known.address).length;
    for (let index = 0; index < count; index++) {
      const hello = { ...known, id: known.id + index };
      const message = absurdities(hello.id, hello.address)[index] as Message;
      const raw = new Raw(port).hello(hello);
      await raw.welcome();
      raw.send(FRAME.message, encodeMessage(message));
      raw.send(FRAME.ping, new Uint8Array(1));
      // Answered behind the message, or not at all: either way the message has been judged.
      await raw.frame();
      await raw.end();
      await callers.more(20);
      const report = await eventually('the leader answers', () => statusOf(port));
      equal(report.role, 'leader', `after ${message.kind}`);
    }
    match(process.stderr, /ignored '\w+' of \w+: no view names it/);
  }));

const FAR = 2 ** 52;

/** Messages of a valid form that no replica of the instance could mean. */
function absurdities(id: number, address: string): Message[] {
  const ballot = { round: FAR, leader: id };
  const member = { id, address, durable: false };
  const view = { epoch: FAR, start: FAR, members: [member] };
  const snapshot = { slot: FAR, bytes: 2 ** 31, hash: '00'.repeat(8) };
  const checkpoint = { slot: FAR, digest: '00'.repeat(8) };
  const entry = Uint8Array.of(1, 0);
  const round = FAR;
  return [
    { kind: 'alive', ballot, round, commit: FAR, applied: FAR, checkpoint },
    { kind: 'accepted', ballot, first: 1, last: FAR, position: FAR },
    { kind: 'accepted', ballot, first: FAR, last: FAR, position: FAR },
    { kind: 'promise', ballot, from: FAR, commit: FAR, accepted: [], position: FAR },
    { kind: 'fetch', from: FAR },
    { kind: 'fetch', from: 1 },
    { kind: 'decided', from: FAR, entries: [entry], commit: FAR },
    { kind: 'decided', from: 1, entries: [entry], commit: FAR },
    { kind: 'snapshotOffer', snapshot },
    { kind: 'snapshotFetch', snapshot, offset: FAR },
    { kind: 'snapshotChunk', snapshot, offset: 0, chunk: new Uint8Array(1000) },
    { kind: 'follow', leader: member, view },
    { kind: 'departed', view },
    { kind: 'diverged', checkpoint },
    { kind: 'campaign', ballot },
    { kind: 'leave', member },
    { kind: 'join', member, commit: FAR },
    { kind: 'preVote', round, commit: FAR, epoch: FAR },
    { kind: 'preVoteReply', round, granted: true, promised: FAR, commit: FAR },
    { kind: 'heartbeat', ballot, commit: FAR, round, epoch: FAR, positions: [[id, FAR]] },
    { kind: 'accept', ballot, slot: FAR, entry, commit: FAR },
    { kind: 'preempted', ballot },
    { kind: 'prepare', ballot, from: 1 },
  ];
}
