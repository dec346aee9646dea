/** The ready-made objects that hold data. */
import { SPECIAL_METHOD } from '../object/index.ts';
import type { ObjectMethod, ObjectType } from '../object/index.ts';
import { Bank } from './bank.ts';
import { BinaryTree } from './binarytree.ts';
import { EventCounters } from './eventcounters.ts';
import { IdGenerator } from './idgenerator.ts';
import { JobManager } from './jobmanager.ts';
import { LinkedList } from './linkedlist.ts';
import { Log } from './log.ts';
import { Membership } from './membership.ts';
import { MeshMembership } from './meshmembership.ts';
import { NameserverCoord } from './nameservercoord.ts';
import { OrderedMap } from './orderedmap.ts';
import { Pinger } from './pinger.ts';
import { Queue } from './queue.ts';
import { RateLimiter } from './ratelimiter.ts';
import { SharedMap } from './sharedmap.ts';
import { SharedSet } from './sharedset.ts';
import { Stack } from './stack.ts';
import { Value } from './value.ts';

/** @param reads What can be asked without the log, beside the methods that every object has. */
function objectType(
  name: string,
  construct: ObjectType['construct'],
  writes: string,
  reads: string,
  waits: readonly ObjectMethod[] = [],
): ObjectType {
  const shown = [SPECIAL_METHOD.text, SPECIAL_METHOD.representation];
  return {
    name: `concoord.object.${name}`,
    construct,
    methods: [
      ...waits,
      ...words(writes).map((method) => ({ name: method, read: false })),
      ...[...words(reads), ...shown].map((method) => ({ name: method, read: true })),
    ],
    version: 1,
  };
}

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

/**
 * `available` and `waitMs` of a rate limiter, and `alive` and `silent` of a pinger, change nothing either,
 * but ask for the time, which reads have not: as reads, they would be sent twice.
 */
export const DATA_TYPES: readonly ObjectType[] = [
  objectType('bank.Bank', Bank, 'open close debit deposit transfer', 'balance numbers'),
  objectType(
    'binarytree.BinaryTree',
    BinaryTree,
    'insert add_node delete',
    'find get_min get_max get_depth get_size slice',
  ),
  objectType(
    'eventcounters.EventCounters',
    EventCounters,
    'increment reset clear',
    'get total all top',
  ),
  objectType('idgenerator.IdGenerator', IdGenerator, 'next block snowflake snowflakes', 'peek'),
  objectType(
    'jobmanager.JobManager',
    JobManager,
    'schedule deschedule add_job remove_job update',
    'list_jobs get_job',
  ),
  objectType(
    'linkedlist.LinkedList',
    LinkedList,
    'pushFront pushBack insertBefore insertAfter remove popFront popBack set clear',
    'get has first last next previous find slice size',
  ),
  objectType('log.Log', Log, 'write append', 'read slice length'),
  objectType('membership.Membership', Membership, 'add remove', 'has members size'),
  objectType(
    'meshmembership.MeshMembership',
    MeshMembership,
    'add_group remove_group approve_join notify_failure',
    'get_groups get_group_members get_group_epoch get_group_state check_member',
    [{ name: 'wait', read: false, commandAt: 3 }],
  ),
  objectType(
    'nameservercoord.NameserverCoord',
    NameserverCoord,
    'addnodetosubdomain delsubdomain delnodefromsubdomain updatesubdomain _reinstantiate',
    'getnodes getsubdomains getdomains',
  ),
  objectType(
    'orderedmap.OrderedMap',
    OrderedMap,
    'set delete clear',
    'get has size first last floor ceiling range',
  ),
  objectType('pinger.Pinger', Pinger, 'add remove ping alive silent', 'last_heard get_members'),
  objectType(
    'queue.Queue',
    Queue,
    'put get append remove',
    'qsize empty full peek get_size get_queue slice',
  ),
  objectType('ratelimiter.RateLimiter', RateLimiter, 'tryAcquire available waitMs reset', ''),
  objectType(
    'sharedmap.SharedMap',
    SharedMap,
    'set delete setIfAbsent compareAndSet compareAndDelete increment expire clear',
    'get has entry size keys slice',
  ),
  objectType(
    'sharedset.SharedSet',
    SharedSet,
    'add addAll remove discard clear',
    'has hasAll size members slice',
  ),
  objectType('stack.Stack', Stack, 'append pop', 'peek get_size get_stack slice'),
  objectType(
    'value.Value',
    Value,
    'setvalue compareAndSet compareVersionAndSet',
    'getvalue getversion read',
  ),
];
