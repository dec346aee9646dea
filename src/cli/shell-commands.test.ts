import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { completions, runCommand } from './shell-commands.ts';
import { fakeReplica } from './shell-test-kit.ts';

test('help lists every command, in whatever case it is typed', async () => {
  const text = await runCommand('  HeLp ', fakeReplica());
  deepEqual(
    text.split('\n').map((line) => line.split(' ')[0]),
    ['help', 'state', 'info', 'showobject', 'proposals', 'pending', 'goleader', 'exit', 'Ctrl-D'],
  );
  deepEqual(completions('P'), ['proposals', 'pending']);
});

test('state shows what the leader hears, and of a follower what it can know', async () => {
  deepEqual((await runCommand('state', fakeReplica())).split('\n'), [
    'role       leader',
    'leader     10.0.0.1:14000, ballot 4.a',
    'view       epoch 2, 2 members',
    'slots      decided 9, applied 7',
    'tolerates  no further failure: bring back 10.0.0.2:14000',
    '  10.0.0.1:14000  leader    disk    applied 7, 2 behind',
    '  10.0.0.2:14000  follower  disk    not heard',
  ]);
  const follower = fakeReplica({ address: '10.0.0.2:14000', role: 'follower' });
  match(
    await runCommand('state', follower),
    /applied 7\n +10.0.0.1:14000\n +10.0.0.2:14000 \(here\)$/,
  );
});

test('info says who the replica is and what it runs', async () => {
  deepEqual((await runCommand('info', fakeReplica())).split('\n'), [
    'address    10.0.0.1:14000',
    'id         0000000000a1',
    'instance   beef generation 3',
    'object     mine.Thing (code 0123456789ab)',
    'directory  in memory',
    'clients    5 connected, 6 sessions',
  ]);
});

test('open slots are counted and named', async () => {
  const work = { proposed: 3 };
  equal(
    await runCommand('proposals', fakeReplica({}, work)),
    'proposed and not decided: 3 slots (10 to 12)',
  );
  equal(await runCommand('proposals', fakeReplica()), 'proposed and not decided: none');
  equal(
    await runCommand('pending', fakeReplica({}, { queued: 4 })),
    'decided and not applied: 2 slots (8 to 9); calls to be proposed: 4',
  );
  const accepted = { role: 'follower', accepted: [14, 10, 11] } as const;
  equal(
    await runCommand('proposals', fakeReplica({}, accepted)),
    '10.0.0.1:14000 leads; accepted here and not known to be decided: 3 slots (10 to 11, 14)',
  );
});

test('what an object says of itself does not move the cursor, and is not endless', async () => {
  const say = (text: string): Promise<string> =>
    runCommand('showobject', { ...fakeReplica(), showObject: () => Promise.resolve(text) });
  equal(await say('a\nb\u001B[2J'), 'a\nb\\u{1b}[2J');
  match(await say('x'.repeat(20_000)), /^x{16384}… and 3616 characters more$/);
});

test('goleader asks whoever leads, and says what came of it', async () => {
  const asked: string[] = [];
  const follower = (refusal?: string): ReturnType<typeof fakeReplica> => ({
    ...fakeReplica({ address: '10.0.0.2:14000', role: 'follower' }),
    takeOffice: (leader) => {
      asked.push(leader);
      return Promise.resolve(refusal);
    },
  });
  equal(
    await runCommand('GOLEADER', follower()),
    '10.0.0.1:14000 hands leadership to 10.0.0.2:14000',
  );
  equal(
    await runCommand('goleader', follower('a hand-over is under way')),
    'leadership stays at 10.0.0.1:14000: a hand-over is under way; look with state, and try again',
  );
  deepEqual(asked, ['10.0.0.1:14000', '10.0.0.1:14000']);
  equal(await runCommand('goleader', fakeReplica()), '10.0.0.1:14000 leads already');
  match(await runCommand('goleader', fakeReplica({ leader: null })), /^nobody is known to lead/);
});

test('what is no command, and what fails, is one line', async () => {
  equal(
    await runCommand('command \u001B[31mx', fakeReplica()),
    "no command 'command \\u{1b}[31mx': help lists them",
  );
  match(
    await runCommand('y'.repeat(1000), fakeReplica()),
    /^no command 'y{40}…': help lists them$/,
  );
  match(await runCommand('__proto__', fakeReplica()), /^no command '__proto__'/);
  const starting = {
    ...fakeReplica(),
    status: () => {
      throw new ConCoordError('CONNECTION', 'the replica\nis starting', { remedy: 'Wait.' });
    },
  };
  equal(await runCommand('state', starting), 'state: the replica is starting (CONNECTION). Wait.');
  const odd = { ...fakeReplica(), showObject: () => Promise.reject(new RangeError('too\nodd')) };
  equal(await runCommand('showobject', odd), 'showobject: RangeError: too odd');
  equal(await runCommand('   ', fakeReplica()), '');
});
