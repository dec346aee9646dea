/** Makes one increment at the replicas in the first argument, and prints how it failed. */
import type { ConCoordError } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';

const counter = new Counter(process.argv[2] as string);
const began = performance.now();
try {
  await counter.increment();
  console.log(JSON.stringify({ code: 'none', message: '', outcome: 'applied', ms: 0 }));
} catch (error) {
  const { code, message, outcome, requestId } = error as ConCoordError;
  const ms = Math.round(performance.now() - began);
  console.log(JSON.stringify({ code, message, outcome, requestId, ms }));
}
process.exit();
