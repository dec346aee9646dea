import { present } from '../base/index.ts';
import { findBuiltIn } from '../library/index.ts';
import type { Model, Subject } from './subject.ts';

const model: Model = {
  start: { value: 0 },
  reads: new Set(['getvalue']),
  step: (method) => (method === 'increment' ? 1 : method === 'decrement' ? -1 : 0),
  execute({ value }, { method, outcome }) {
    const after = value + model.step(method);
    const returned = method === 'getvalue' ? after : undefined;
    return outcome === returned ? { value: after } : `a value that ${returned} should be`;
  },
  read: ({ value }) => value,
};

/** What a client does: some of everything, mostly reads, nothing but writes, nothing but reads. */
const PROFILES: Subject['profiles'] = [
  ['increment', 'increment', 'decrement', 'getvalue', 'getvalue'],
  ['getvalue', 'getvalue', 'getvalue', 'getvalue', 'getvalue', 'increment'],
  ['increment', 'decrement', 'increment'],
  ['getvalue'],
];

/** The counter, an object of ours. */
export function counterSubject(): Subject {
  const type = present(findBuiltIn('concoord.object.counter.Counter'), 'one of our own objects');
  const { methods, name } = type;
  return { name, methods, program: { kind: 'builtIn', type }, profiles: PROFILES, model };
}
