/** The leader dies by SIGKILL, again and again: nothing acknowledged is lost, nothing is done twice. */
import { test } from 'node:test';
import { failOver } from './fail-over.ts';

test('three replicas with disks survive their leader, which comes back and serves', async () => {
  await failOver(3, 300, 'disk');
});

test('five replicas in memory survive two leaders, which join again', async () => {
  await failOver(5, 300, 'memory');
});
