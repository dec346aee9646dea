/** What an operator sees and changes: status, members, transfer, remove. */
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, allLevel, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort } from './ports.ts';

test('status tells people and programs who leads, who lags, and what is tolerated', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  const { port, address } = await leaderOf(ports);
  const follower = addressOf(ports.find((other) => other !== port) as number);

  const [people, json, members, viaDead] = await Promise.all([
    stage.run('STATUS', follower),
    stage.run('status', follower, '--json'),
    stage.run('members', address),
    stage.run('status', `127.0.0.1:1, ${follower}`),
  ]);

  deepEqual([people.code, json.code, members.code, viaDead.code], [0, 0, 0, 0]);
  match(people.stdout, new RegExp(`^leader +${address}, ballot`, 'm'));
  match(people.stdout, /^instance +[0-9a-f]{32} generation 1$/m);
  match(people.stdout, new RegExp(`^object +${COUNTER} \\(code [0-9a-f]{12}\\)$`, 'm'));
  match(people.stdout, /^view +epoch 3, 3 members$/m);
  match(people.stdout, /^tolerates +1 further failure$/m);
  for (const other of ports) {
    match(
      people.stdout,
      new RegExp(`^ +127.0.0.1:${other} +(leader|follower) +disk +applied \\d+,`, 'm'),
    );
    match(
      members.stdout,
      new RegExp(`^127.0.0.1:${other}  (leader|follower) +alive +disk +[0-9a-f]+$`, 'm'),
    );
  }
  const report = JSON.parse(json.stdout);
  deepEqual(
    [report.leader, report.epoch, report.object, report.tolerates],
    [address, 3, COUNTER, 1],
  );
  match(report.instance, /^[0-9a-f]{32}$/);
  match(report.codeHash, /^[0-9a-f]{64}$/);
  for (const member of report.members) {
    deepEqual(
      [typeof member.addr, typeof member.applied, member.alive],
      ['string', 'number', true],
    );
  }
  const roles = report.members
    .map((member: { role: string }) => member.role)
    .sort((a: string, b: string) => (a < b ? -1 : 1));
  deepEqual(roles, ['follower', 'follower', 'leader']);
});

test('status without a majority exits with 1, and says who is missing', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(2);
  await allLevel(ports, 2);
  const [first = 0, second = 0] = ports;
  await replicas[1]?.killed();

  // Until the survivor has noticed, it is a leader that believes in its majority.
  let report = await stage.run('status', addressOf(first));
  while (report.code === 0) report = await stage.run('status', addressOf(first));
  const nobody = await stage.run('status', addressOf(second));

  match(report.stdout, /^tolerates +nothing: no majority is reachable, calls have stopped$/m);
  match(report.stderr, new RegExp(`(no majority|no leader is known).*start`));
  equal(nobody.code, 1);
  match(
    nobody.stderr,
    new RegExp(`^concoord: 127.0.0.1:${second} cannot be reached: ECONNREFUSED`),
  );
  doesNotMatch(report.stderr + nobody.stderr, /^\s+at /m);
});

test('members that stand still are asked at the same time', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  await allLevel(ports, 3);
  for (const replica of replicas) replica.kill('SIGSTOP');
  const began = performance.now();

  const { code, stderr } = await stage.run('status', ports.map(addressOf).join(','));

  equal(code, 1);
  for (const port of ports) match(stderr, new RegExp(`${addressOf(port)} did not answer`));
  equal(performance.now() - began < 12_000, true);
});

test('transfer hands leadership to the named member, or to some other one', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(3);
  await allLevel(ports, 3);
  const before = await leaderOf(ports);
  const heir = addressOf(ports.find((port) => port !== before.port) as number);

  const named = await stage.run('transfer', before.address, heir);
  const between = await leaderOf(ports);
  const any = await stage.run('transfer', before.address);
  const after = await leaderOf(ports, ({ address }) => address !== heir);
  const stranger = await stage.run('transfer', before.address, '127.0.0.1:1');

  equal(named.code, 0, named.stderr);
  match(named.stdout, /^before: tolerates 1 further failure$/m);
  match(named.stdout, new RegExp(`^after: tolerates 1 further failure, leader ${heir}$`, 'm'));
  match(named.stdout, new RegExp(`^handed leadership from ${before.address} to ${heir}$`, 'm'));
  match(any.stdout, new RegExp(`^handed leadership from ${heir} to (?!${heir})`, 'm'));
  deepEqual([between.address, any.code], [heir, 0]);
  equal(after.address === heir, false);
  equal(stranger.code, 1);
  match(stranger.stderr, /^concoord: 127\.0\.0\.1:1 is not a member \(NOT_A_MEMBER\)\. The mem/);
  match(stranger.stderr, new RegExp(`members are .*${heir}`));
});

test('remove takes a member away when that costs no tolerance, else only with --force', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(4);
  await allLevel(ports, 4);
  const [first = '', second = '', third = '', fourth = ''] = ports.map(addressOf);

  const free = await stage.run('remove', first, fourth);
  const gone = await replicas[3]?.ended();
  await allLevel(ports.slice(0, 3), 3);
  const costly = await stage.run('remove', first, third);
  const stillThree = await stage.run('members', first);
  const forced = await stage.run('remove', first, third, '--force');
  const again = await stage.run('remove', second, third);

  equal(free.code, 0, free.stderr);
  match(
    free.stdout,
    /^before: tolerates 1 further failure\nafter: tolerates 1 further failure, leader/,
  );
  match(free.stdout, new RegExp(`^removed ${fourth}$`, 'm'));
  equal(gone?.code, 1);
  match(replicas[3]?.stderr ?? '', /was removed from the view \(NOT_A_MEMBER\)\. .*-b/);
  equal(costly.code, 1);
  const stay = `^concoord: without ${third}, 2 members would stay: fewer failures would be tolerated`;
  match(costly.stderr, new RegExp(`${stay} than now \\(UNSAFE_CHANGE\\)\\. Add a member.*--force`));
  match(stillThree.stdout, new RegExp(`^${third} `, 'm'));
  equal(forced.code, 0, forced.stderr);
  match(forced.stdout, /^after: tolerates no further failure: add a member, leader/m);
  match(again.stderr, /is not a member \(NOT_A_MEMBER\)\. The members are /);
});

test('a leader that removes itself hands over first', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(4);
  await allLevel(ports, 4);
  const { address, port } = await leaderOf(ports);

  const { code, stdout, stderr } = await stage.run('remove', address, address);

  equal(code, 0, stderr);
  doesNotMatch(stdout, new RegExp(`leader ${address}`));
  equal((await replicas[ports.indexOf(port)]?.ended())?.code, 1);
  await allLevel(
    ports.filter((other) => other !== port),
    3,
  );
});

test('SIGTERM hands over and leaves; with a disk a member stays one', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3);
  const durable = await freePort();
  const keeper = await stage.replica(durable, ['-w', '-b', addressOf(ports[0] as number)]);
  await allLevel([...ports, durable], 4);
  const { port } = await leaderOf(ports);
  const leader = replicas[ports.indexOf(port)];

  leader?.kill('SIGTERM');
  const left = await leader?.ended();
  keeper.kill('SIGINT');
  const stayed = await keeper.ended();

  deepEqual([left?.code, stayed.code], [0, 0]);
  const others = ports.filter((other) => other !== port);
  const { members } = await leaderOf(others, (report) => report.members.length === 3);
  deepEqual(
    members.map(({ addr, durable: disk }) => [addr, disk]).sort((a, b) => (a < b ? -1 : 1)),
    [...others.map((other) => [addressOf(other), false]), [addressOf(durable), true]].sort((a, b) =>
      a < b ? -1 : 1,
    ),
  );
});

test('the last member that is told to stop exits with 0', async () => {
  await using stage = new Stage();
  const replica = await stage.replica(await freePort(), ['-o', COUNTER]);

  replica.kill('SIGTERM');

  deepEqual(await replica.ended(), { code: 0, signal: null });
});

test('one member is one, in words', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instance(1);
  const { stdout } = await stage.run('status', addressOf(ports[0] as number));
  match(stdout, /^view +epoch 1, 1 member$/m);
});
