import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../paxos/index.ts';
import { ledgerModel } from './ledger-model.ts';
import { ledgerSubject } from './ledger-subject.ts';
import { outcomeOf } from './subject.ts';
import type { ModelState } from './subject.ts';
import { encodeCommand } from '../wire/index.ts';

const TIME = 1_735_689_600_000.25;

function commandOf(method: string, number: number): Command {
  const bytes = encodeCommand(method, [number]);
  return { slot: number, index: 0, time: TIME, seed: number, session: 1, sequence: number, bytes };
}

test('the ledger and its model agree, call by call', async () => {
  const { methods, program } = await ledgerSubject();
  if (program.kind !== 'class') throw new Error('the ledger is a class of users');
  let world = program.make(undefined);
  let state: ModelState = ledgerModel.start;
  const names = methods.map(({ name }) => name).filter((name) => !name.startsWith('__'));
  for (let number = 1; number <= 5 * names.length; number++) {
    const method = names[number % names.length] ?? '';
    const command = commandOf(method, number);
    const before = world.capture();
    const { killed, results } = world.apply([command]);
    const outcome = outcomeOf(results[0] ?? new Uint8Array(0));
    if (killed) world = program.make(before);
    const next = ledgerModel.execute(state, { method, number, command, outcome });
    if (typeof next === 'string') throw new Error(`${method}: ${next}`);
    state = next;
  }

  equal(state.value, ledgerModel.read(state, 'getvalue'));
});

test('the model objects to what the ledger would not say', () => {
  const { start } = ledgerModel;
  const objection = (method: string, outcome: unknown): string => {
    const state = ledgerModel.execute(start, {
      method,
      number: 7,
      command: commandOf(method, 7),
      outcome,
    });
    return typeof state === 'string' ? state : 'none';
  };

  equal(objection('increment', 1), 'none');
  match(objection('increment', 2), /2 where 1/);
  match(objection('burn', 13_000), /BUDGET_EXCEEDED/);
  match(objection('stumble', undefined), /stumbled over 7/);
  match(objection('stamp', { time: TIME + 1, iso: '', chance: 0, uuid: '' }), /the time/);
});
