import { fileURLToPath } from 'node:url';
import { assert } from '../base/index.ts';
import { loadClass, realmText } from '../loading/index.ts';
import { contextWorldsAtOnce } from '../worlds/index.ts';
import { ledgerModel } from './ledger-model.ts';
import type { Subject } from './subject.ts';

/** In a hundred calls. */
const MIXED: Readonly<Record<string, number>> = {
  increment: 26,
  decrement: 12,
  stamp: 7,
  stumble: 7,
  grow: 4,
  shrink: 4,
  getvalue: 22,
  gettrail: 12,
  getstamp: 5,
  ponder: 1,
};
/** In about as many: what is killed costs every replica another world. */
const DARING = { ...MIXED, burn: 1 };
const READING = { increment: 10, getvalue: 40, gettrail: 30, getstamp: 18, ponder: 2 };

const PROFILES = [MIXED, MIXED, DARING, READING].map((shares) =>
  Object.entries(shares).flatMap(([method, share]) => Array.from({ length: share }, () => method)),
);

let subject: Promise<Subject> | undefined;

/** A class of users, loaded as a replica loads it. The same for all runs of a process. */
export function ledgerSubject(): Promise<Subject> {
  subject ??= load();
  return subject;
}

async function load(): Promise<Subject> {
  const directory = fileURLToPath(new URL('.', import.meta.url));
  const { code, methods, name } = await loadClass('ledger.Ledger', { paths: [], directory });
  for (const { name: method, read } of methods.filter((each) => !each.name.startsWith('__'))) {
    assert(
      read === ledgerModel.reads.has(method),
      'the loader proves what reads, and nothing else',
    );
  }
  const manifest = { name, exported: 'Ledger', methods };
  const make = contextWorldsAtOnce({ realm: await realmText(), code, manifest });
  return {
    name,
    methods,
    program: { kind: 'class', make },
    profiles: PROFILES,
    model: ledgerModel,
  };
}
