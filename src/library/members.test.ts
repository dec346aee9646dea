/** Membership, MeshMembership, NameserverCoord and JobManager. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { KeyError, ValueError } from '../object/index.ts';
import { Job } from './jobmanager.ts';
import { Replicated, RUBBISH } from './library-test-kit.ts';
import { Group } from './meshmembership.ts';

test('members are listed in the order in which they came, each once', () => {
  const members = new Replicated('membership.Membership');
  for (const member of ['b', ['10.0.0.1', 14000], 'b', 'a', ['10.0.0.1', 14000]]) {
    members.call('add', member);
  }

  deepEqual(members.read('members'), ['b', ['10.0.0.1', 14000], 'a']);
  equal(members.read('__str__'), 'b ["10.0.0.1",14000] a');
  equal(members.read('has', ['10.0.0.1', 14001]), false);
  members.call('remove', 'b');
  members.refuses(KeyError, 'remove', 'b');
  equal(members.read('size'), 2);
  for (const member of [NaN, {}, undefined]) members.refuses(TypeError, 'add', member);
});

test('a set of members does what a list without repetitions does', () => {
  const step = fc.tuple(fc.constantFrom('add', 'remove'), fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const members = new Replicated('membership.Membership');
      const model = new Set<number>();
      for (const [method, member] of steps) {
        if (method === 'remove' && !model.has(member)) members.refuses(KeyError, method, member);
        else members.call(method, member);
        if (method === 'add') model.add(member);
        else model.delete(member);
      }
      members.move();
      deepEqual(members.read('members'), [...model]);
    }),
  );
});

const MESH = 'meshmembership.MeshMembership';

test('a node joins with the present epoch only, and a new one begins', () => {
  const mesh = new Replicated(MESH);
  mesh.call('add_group', 'g', 3);

  deepEqual(mesh.call('approve_join', 'g', 'a', 1), [true, 2]);
  deepEqual(mesh.call('approve_join', 'g', 'b', 1), [false, 2]);
  deepEqual(mesh.call('approve_join', 'g', 'a', 2), [true, 2]);
  deepEqual(mesh.call('approve_join', 'g', 'b', 2), [true, 3]);
  mesh.call('add_group', 'g', 9);
  deepEqual(mesh.read('get_group_state', 'g'), [['a', 'b'], 3]);
  deepEqual(mesh.read('check_member', 'g', 'b'), [true, 3]);
  deepEqual(mesh.read('check_member', 'g', 'c'), [false, 3]);
  equal(mesh.read('__str__'), 'g: Epoch: 3 Minimum Size: 3 Members: a b');
  deepEqual(mesh.read('get_groups'), ['g']);
});

test('a member that half of the group takes for failed is removed', () => {
  const mesh = new Replicated(MESH);
  mesh.call('add_group', 'g', 0);
  for (const [at, node] of ['a', 'b', 'c', 'd'].entries()) {
    mesh.call('approve_join', 'g', node, at + 1);
  }
  const strikes = (d?: number): Map<string, number> =>
    new Map(Object.entries({ a: 0, b: 0, c: 0, ...(d === undefined ? {} : { d }) }));

  deepEqual(mesh.call('notify_failure', 'g', 4, 'd'), [strikes(0), 5]);
  deepEqual(mesh.call('notify_failure', 'g', 5, 'd'), [strikes(1), 5]);
  mesh.move();
  deepEqual(mesh.call('notify_failure', 'g', 5, 'd'), [strikes(), 6]);
  deepEqual(mesh.call('notify_failure', 'g', 5, 'a'), [strikes(), 6]);
  mesh.refuses(KeyError, 'notify_failure', 'g', 6, 'd');
  equal(mesh.read('get_group_epoch', 'g'), 6);
});

test('groups that are not there, and what is no group, node or epoch, are refused', () => {
  const mesh = new Replicated(MESH);
  mesh.call('add_group', 'there', 1);

  mesh.refuses(KeyError, 'remove_group', 'g');
  mesh.refuses(KeyError, 'get_group_members', 'g');
  mesh.refuses(KeyError, 'approve_join', 'g', 'a', 1);
  for (const name of [...RUBBISH, 1]) mesh.refuses(TypeError, 'add_group', name, 1);
  for (const size of [-1, 0.5, NaN]) mesh.refuses(RangeError, 'add_group', 'g', size);
  mesh.refuses(TypeError, 'approve_join', 'there', {}, 1);
  mesh.refuses(TypeError, 'approve_join', 'there', 'a', '1');
  mesh.refuses(RangeError, 'notify_failure', 'there', -1, 'a');
  mesh.call('remove_group', 'there');
  equal(mesh.read('__repr__'), '<MeshMembership groups=0>');
});

test('a group by itself counts its epochs when it is told to', () => {
  const group = new Group(2);
  equal(group.add_member('a'), true);
  equal(group.add_member('a'), false);
  group.inc_epoch();

  deepEqual([group.get_size(), group.get_epoch(), group.get_members()], [1, 2, ['a']]);
  group.remove_member('a');
  equal(String(group), 'Epoch: 2 Minimum Size: 2 Members: ');
});

const NAMES = 'nameservercoord.NameserverCoord';

test('nodes of a domain are kept by type, and lists are what can be sent', () => {
  const names = new Replicated(NAMES);
  names.call('addnodetosubdomain', 'chat', 2, '10.0.0.1:14000');
  names.call('addnodetosubdomain', 'chat', 2, '10.0.0.2:14000');
  names.call('addnodetosubdomain', 'chat', 2, '10.0.0.2:14000');
  names.call('addnodetosubdomain', 'openreplica.org', 0, '[::1]:53');

  const nodes = new Map([[2, ['10.0.0.1:14000', '10.0.0.2:14000']]]);
  deepEqual(names.read('getnodes', 'chat'), nodes);
  deepEqual(names.read('getnodes', 'chat.openreplica.org.'), nodes);
  deepEqual(names.read('getdomains'), ['chat.openreplica.org.', 'openreplica.org']);
  deepEqual(names.read('getsubdomains'), ['chat', 'openreplica.org']);
  const shown = 'chat.openreplica.org.;(2-10.0.0.1:14000 10.0.0.2:14000);';
  equal(names.read('__str__'), `${shown}openreplica.org;(0-[::1]:53);`);
  equal(names.call('delnodefromsubdomain', 'chat', 2, '10.0.0.9:1'), false);
  equal(names.call('delnodefromsubdomain', 'chat', 1, '10.0.0.1:14000'), false);
  equal(names.call('delnodefromsubdomain', 'chat', 2, '10.0.0.1:14000'), true);
  equal(names.call('delsubdomain', 'chat'), true);
  equal(names.call('delsubdomain', 'chat'), false);
  names.refuses(KeyError, 'getnodes', 'chat');
});

const label = fc.stringMatching(/^[a-z0-9](?:-?[a-z0-9]){0,5}$/);
const node = fc.tuple(label, fc.nat(65535)).map(([host, port]) => `${host}:${port}`);
const nodes = fc.uniqueArray(node, { minLength: 1, maxLength: 4 });
const types = fc.uniqueArray(fc.tuple(fc.nat(20), nodes), {
  maxLength: 4,
  selector: ([type]) => type,
});

test('what is shown can be taken up again, whatever the names', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(label, types)), (domains) => {
      const [names, again] = [new Replicated(NAMES), new Replicated(NAMES)];
      for (const [domain, entries] of domains) {
        names.call('updatesubdomain', domain, new Map(entries));
      }
      again.call('_reinstantiate', names.read('__str__'));
      again.move();
      deepEqual(again.read('getdomains'), names.read('getdomains'));
      for (const [domain] of domains) {
        deepEqual(again.read('getnodes', domain), names.read('getnodes', domain));
      }
      equal(again.read('__str__'), names.read('__str__'));
    }),
  );
});

test('names and nodes that would read otherwise when shown are refused', () => {
  const names = new Replicated(NAMES);
  names.call('addnodetosubdomain', 'kept', 1, 'a:1');

  for (const name of ['a;b', 'a b', '(', '']) {
    names.refuses(ValueError, 'addnodetosubdomain', name, 1, 'a:1');
  }
  for (const one of ['a b', 'a--1-b', '-a', 'a-', 'a;', '']) {
    names.refuses(ValueError, 'addnodetosubdomain', 'x', 1, one);
    names.refuses(ValueError, 'updatesubdomain', 'kept', new Map([[1, ['b:1', one]]]));
  }
  for (const type of [-1, 0.5, NaN])
    names.refuses(RangeError, 'addnodetosubdomain', 'x', type, 'a');
  for (const wrong of [...RUBBISH.filter((one) => !(one instanceof Map)), [], 'a']) {
    names.refuses(TypeError, 'updatesubdomain', 'kept', wrong);
  }
  for (const state of ['a', 'a;', 'a;()', 'a;b;', 'a;(1-);', 'a;(x-b);', 'a;();a;();', ';();']) {
    names.refuses(ValueError, '_reinstantiate', state);
  }
  for (const state of ['a;(1-b--1-c);', 'a;(1-b);x', 'a;(1-b c-);', '\n']) {
    names.refuses(ValueError, '_reinstantiate', state);
  }
  names.refuses(TypeError, '_reinstantiate', 1);
});

const JOBS = 'jobmanager.JobManager';

test('jobs are scheduled, changed and taken off by their id', () => {
  const jobs = new Replicated(JOBS);
  const backup = { jobname: 'backup', jobid: 7, jobtime: 60 };
  jobs.call('schedule', backup);
  jobs.call('add_job', { ...new Job('mail', 'm', new Date(0)).toRecord(), to: 'all' });
  jobs.refuses(ValueError, 'schedule', { ...backup, jobname: 'other' });

  jobs.call('update', 7, 'jobtime', 90);
  jobs.call('update', backup, 'owner', ['a']);
  jobs.move();
  deepEqual(jobs.read('list_jobs'), [
    { ...backup, jobtime: 90, owner: ['a'] },
    { jobname: 'mail', jobid: 'm', jobtime: new Date(0), to: 'all' },
  ]);
  deepEqual(jobs.read('get_job', 7), { ...backup, jobtime: 90, owner: ['a'] });
  equal(jobs.read('__str__'), 'backup(7) mail(m)');
  jobs.call('deschedule', backup);
  jobs.refuses(ValueError, 'deschedule', 7);
  jobs.refuses(KeyError, 'get_job', '7');
  jobs.refuses(KeyError, 'update', 7, 'jobtime', 1);
  jobs.call('remove_job', 'm');
  equal(jobs.read('__repr__'), '<JobManager jobs=0>');
  equal(String(new Job('mail', 'm', 0)), 'mail(m)');
});

test('what is no job, or would mean something to the language, is refused', () => {
  const jobs = new Replicated(JOBS);
  jobs.call('schedule', { jobname: 'a', jobid: 1, jobtime: 0 });

  for (const job of [...RUBBISH, 'a', 1, {}, { jobname: 'x' }, { jobid: 2 }]) {
    jobs.refuses(TypeError, 'schedule', job);
  }
  jobs.refuses(RangeError, 'schedule', { jobname: 'x', jobid: 0.5 });
  jobs.refuses(ValueError, 'schedule', { jobname: 'x', jobid: 2, 'a b': 1 });
  for (const field of ['__proto__', '', 'a.b', 'jobid']) {
    jobs.refuses(ValueError, 'update', 1, field, 2);
  }
  jobs.refuses(TypeError, 'update', 1, 'jobname', 5);
  jobs.refuses(TypeError, 'update', 1, undefined, 5);
});
