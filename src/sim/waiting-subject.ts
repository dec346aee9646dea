import { present } from '../base/index.ts';
import { findBuiltIn } from '../library/index.ts';
import type { ObjectType } from '../object/index.ts';
import { BarrierModel } from './barrier-model.ts';
import { ConditionModel } from './condition-model.ts';
import { LockModel } from './lock-model.ts';
import { SemaphoreModel } from './semaphore-model.ts';
import type { Runnable, WaitingName } from './subject.ts';
import { barrierScript, conditionScript, lockScript, semaphoreScript } from './waiting-flow.ts';
import type { Ask, Script } from './waiting-flow.ts';
import type { WaitingModel } from './waiting-model.ts';

/** A primitive whose callers wait: of ours, run as it is shipped. */
export interface WaitingSubject extends Runnable {
  readonly type: ObjectType;
  readonly script: Script;
  readonly makeModel: () => WaitingModel;
  /** Arguments of a fresh object, one of these. */
  readonly fresh: readonly (readonly unknown[])[];
  /** What succeeds at once when nobody owns anything. */
  readonly trial: readonly Ask[];
  /** Calls that go on until nobody waits any more; undefined where all who wait are served anyway. */
  readonly drain: Script | undefined;
}

const ACQUIRE: Ask = { method: 'acquire', options: {} };
const RELEASE: Ask = { method: 'release', options: {} };
const NOTIFY_ALL: Ask = { method: 'notify_all', options: {} };

const PARTS: Readonly<Record<WaitingName, Omit<WaitingSubject, keyof Runnable | 'type'>>> = {
  Lock: {
    script: lockScript,
    makeModel: () => new LockModel(),
    fresh: [[]],
    trial: [ACQUIRE, RELEASE],
    drain: undefined,
  },
  Semaphore: {
    script: semaphoreScript,
    makeModel: () => new SemaphoreModel(),
    fresh: [[1], [2], [3]],
    trial: [ACQUIRE, RELEASE],
    drain: undefined,
  },
  Condition: {
    script: conditionScript,
    makeModel: () => new ConditionModel(),
    fresh: [[]],
    trial: [ACQUIRE, RELEASE],
    drain: ({ levels, quiet }, random) => {
      if (levels === 0) return quiet ? undefined : ACQUIRE;
      return random.chance(1, 2) ? NOTIFY_ALL : RELEASE;
    },
  },
  Barrier: {
    script: barrierScript,
    makeModel: () => new BarrierModel(),
    fresh: [[2], [3], [4]],
    trial: [{ method: 'reset', options: {} }],
    drain: ({ quiet }) => (quiet ? undefined : { method: 'abort', options: {} }),
  },
};

export function waitingSubject(name: WaitingName): WaitingSubject {
  const full = `concoord.object.${name.toLowerCase()}.${name}`;
  const type = present(findBuiltIn(full), 'one of our own objects');
  return {
    ...PARTS[name],
    type,
    name: type.name,
    methods: type.methods,
    program: { kind: 'builtIn', type },
  };
}
