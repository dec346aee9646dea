import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { ConCoordError, ConnectionError, ERROR_CATALOG } from './errors.ts';
import type { ErrorCode } from './errors.ts';

test('an error carries its code, the facts, and the remedy of the catalog', () => {
  const cause = new Error('below');
  const error = new ConCoordError('TIMEOUT', 'no answer in 5000 ms', {
    cause,
    outcome: 'unknown',
    requestId: '7-3',
  });

  const { name, code, message, remedy, retryable, outcome, requestId } = error;
  deepEqual(
    { name, code, message, remedy, retryable, outcome, requestId, cause: error.cause },
    {
      name: 'ConCoordError',
      code: 'TIMEOUT',
      message: 'no answer in 5000 ms',
      remedy: ERROR_CATALOG.TIMEOUT.remedy,
      retryable: false,
      outcome: 'unknown',
      requestId: '7-3',
      cause,
    },
  );
});

test('a remedy that the facts allow replaces that of the catalog', () => {
  const error = new ConCoordError('DISK_FULL', 'no space', { remedy: 'Delete the old logs.' });

  equal(error.remedy, 'Delete the old logs.');
  equal(error.retryable, true);
});

test('whether a repetition helps is a matter of the facts, too', () => {
  equal(new ConnectionError('malformed').retryable, true);
  equal(new ConnectionError('malformed', { retryable: false }).retryable, false);
});

test('an error without a cause has none', () => {
  equal('cause' in new ConCoordError('CLOSED', 'closed'), false);
});

test('a connection that fails has a class of its own', () => {
  const error = new ConnectionError('nothing listens at h:1');

  equal(error.name, 'ConnectionError');
  equal(error.code, 'CONNECTION');
  equal(error instanceof ConCoordError, true);
});

test('every remedy is a sentence, and every code is in capitals', () => {
  for (const code of Object.keys(ERROR_CATALOG) as ErrorCode[]) {
    match(code, /^[A-Z][A-Z\d_]+$/);
    match(ERROR_CATALOG[code].remedy, /^[A-Z].*\.$/, code);
  }
});
