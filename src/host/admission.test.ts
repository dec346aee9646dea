import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { makeView } from '../paxos/index.ts';
import type { Member } from '../paxos/index.ts';
import { WIRE } from '../wire/index.ts';
import type { ClientHello, Hello, PeerHello } from '../wire/index.ts';
import { Admission } from './admission.ts';
import type { Household } from './admission.ts';

const ALICE: Member = { id: 1, address: 'alice:1', durable: true };
const BOB: Member = { id: 2, address: 'bob:1', durable: true };
const VIEW = makeView(1, 1, [ALICE, BOB]);
const INSTANCE = 'a'.repeat(32);

const HOUSEHOLD: Household = {
  instance: INSTANCE,
  generation: 2,
  genesis: VIEW,
  self: ALICE,
  incarnation: 4,
  objectName: 'Counter',
  codeHash: 'c0de',
  engine: 'v8-probe',
  methods: [{ name: 'get', read: true }],
};

interface Subject {
  readonly admission: Admission;
  readonly claims: PeerHello[];
  /** What each replica is known to have acknowledged. */
  readonly acknowledged: Map<number, number>;
  /** Why Bob is refused when he says this of himself; undefined when he is welcome. */
  readonly refusalOf: (said: Partial<PeerHello>) => string | undefined;
}

function anAdmission(position = 30): Subject {
  const acknowledged = new Map<number, number>();
  const claims: PeerHello[] = [];
  const admission = new Admission(
    HOUSEHOLD,
    {
      position: () => position,
      acknowledged: (id) => acknowledged.get(id) ?? 0,
      view: () => VIEW,
      leader: () => BOB,
    },
    (hello) => claims.push(hello),
  );
  return {
    admission,
    claims,
    acknowledged,
    refusalOf(said) {
      const answer = admission.judge({ ...bobsHello(), ...said });
      return 'refusal' in answer ? answer.refusal.code : undefined;
    },
  };
}

function bobsHello(): PeerHello {
  return {
    role: 'peer',
    wire: WIRE,
    instance: INSTANCE,
    generation: 2,
    id: BOB.id,
    incarnation: 1,
    position: 10,
    address: BOB.address,
    durable: true,
    codeHash: 'c0de',
    engine: 'v8-probe',
    target: ALICE.id,
  };
}

function clientHello(instance: string): ClientHello {
  return { role: 'client', wire: WIRE, instance, library: '1.0', purpose: 'calls' };
}

test('a replica of the same instance, code and engine is welcome, and told where it is', () => {
  const { admission } = anAdmission();

  deepEqual(admission.judge(bobsHello()), {
    welcome: {
      wire: WIRE.max,
      instance: INSTANCE,
      generation: 2,
      genesis: VIEW,
      id: ALICE.id,
      incarnation: 4,
      position: 30,
      address: ALICE.address,
      view: VIEW,
      leader: BOB,
      objectName: 'Counter',
      codeHash: 'c0de',
      methods: [{ name: 'get', read: true }],
    },
  });
});

test('the own hello says the same of oneself, and whom one looks for', () => {
  deepEqual(anAdmission().admission.hello(BOB.id), {
    ...bobsHello(),
    id: ALICE.id,
    incarnation: 4,
    position: 30,
    address: ALICE.address,
    target: BOB.id,
  });
});

test('who computes otherwise, or something else, is refused', () => {
  const { refusalOf } = anAdmission();

  equal(refusalOf({ codeHash: 'other' }), 'CODE_MISMATCH');
  equal(refusalOf({ engine: 'other' }), 'ENGINE_MISMATCH');
  equal(refusalOf({ wire: { min: WIRE.max + 1, max: WIRE.max + 1 } }), 'VERSION_MISMATCH');
});

test('another instance is refused, and its member who looks for somebody here is reported', () => {
  const { claims, refusalOf } = anAdmission();

  equal(refusalOf({ instance: 'b'.repeat(32) }), 'INSTANCE_MISMATCH');
  equal(claims.length, 1);
  equal(refusalOf({ generation: 1 }), 'INSTANCE_MISMATCH');
  equal(claims.length, 1, 'another generation is the same instance');
});

test('a member of a generation that was left behind is told of the one that goes on', () => {
  const { admission } = anAdmission();
  const told = (said: Partial<PeerHello>) => {
    const answer = admission.judge({ ...bobsHello(), ...said });
    return 'refusal' in answer ? answer.refusal.generation : 'welcome';
  };

  equal(told({ generation: 1 }), 2);
  equal(told({ generation: 1, instance: 'b'.repeat(32) }), undefined, 'of another instance');
});

test('nobody else can be the replica itself: its directory was copied (Safety 3)', () => {
  equal(anAdmission().refusalOf({ id: ALICE.id, address: 'elsewhere:1' }), 'STALE_DIRECTORY');
});

test('a directory that is behind what it acknowledged is refused (Safety 3)', () => {
  const { acknowledged, refusalOf } = anAdmission();
  acknowledged.set(BOB.id, 10);
  equal(refusalOf({ position: 10 }), undefined);
  acknowledged.set(BOB.id, 11);

  equal(refusalOf({ position: 10 }), 'STALE_DIRECTORY');
  equal(refusalOf({ position: 11 }), undefined);
});

test('of two processes with one identity the older is refused (Safety 3)', () => {
  const { refusalOf } = anAdmission();
  equal(refusalOf({ incarnation: 3 }), undefined);

  equal(refusalOf({ incarnation: 2 }), 'STALE_DIRECTORY');
  equal(refusalOf({ incarnation: 3 }), undefined, 'the same process connects again');
  equal(refusalOf({ incarnation: 4 }), undefined);
});

test('what is refused leaves no trace: an impostor does not lock out the real one', () => {
  const { acknowledged, refusalOf } = anAdmission();
  acknowledged.set(BOB.id, 11);
  equal(refusalOf({ incarnation: 9, position: 5 }), 'STALE_DIRECTORY');

  equal(refusalOf({ incarnation: 2, position: 11 }), undefined);
});

test('whoever answers a dial is judged in the same way', () => {
  const { admission, acknowledged } = anAdmission();
  acknowledged.set(BOB.id, 7);
  admission.judgeLife(BOB.id, 2, 7, BOB.address);

  throws(() => admission.judgeLife(BOB.id, 1, 7, BOB.address), /incarnation 2 is known/);
  throws(() => admission.judgeLife(BOB.id, 2, 6, BOB.address), /it acknowledged 7/);
});

test('a refusal that votes have overtaken meanwhile proves nothing', () => {
  const here = anAdmission(10);
  const there = anAdmission();
  const refused = (acknowledged: number) => {
    there.acknowledged.set(ALICE.id + 1, acknowledged);
    const answer = there.admission.judge({ ...bobsHello(), position: 3 });
    if (!('refusal' in answer)) throw new Error('it is refused');
    return here.admission.isOvertaken(answer.refusal);
  };

  equal(refused(10), true, 'by now the log is as long as the other side has seen it');
  equal(refused(11), false);
  equal(here.admission.isOvertaken({ code: 'STALE_DIRECTORY', message: 'of another life' }), false);
});

test('a client is welcome, if it does not belong to another instance', () => {
  const { admission } = anAdmission();
  const code = (hello: Hello) => {
    const answer = admission.judge(hello);
    return 'refusal' in answer ? answer.refusal.code : undefined;
  };

  equal(code(clientHello('')), undefined);
  equal(code(clientHello(INSTANCE)), undefined);
  equal(code(clientHello('b'.repeat(32))), 'INSTANCE_MISMATCH');
});
