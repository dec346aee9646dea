/** A program of a user, moved by a test: an order is a line of JSON, and so is what became of it. */
import { createInterface } from 'node:readline';
import { ConCoordError, hold, invoke, ObjectProxy, withOptions } from '../../src/client/index.ts';
import type { Held } from '../../src/client/index.ts';
import type { Order, Report } from './puppets.ts';

const proxies = new Map<string, ObjectProxy>();
const holds = new Map<string, Held>();
const aborts = new Map<string, AbortController>();

/** ms by the clock that all processes of a machine share. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function report(what: Report): void {
  const text = JSON.stringify(what, (_key, value: unknown) =>
    typeof value === 'bigint' ? { bigint: String(value) } : value,
  );
  process.stdout.write(`${text}\n`);
}

function proxyOf(name: string): ObjectProxy {
  const proxy = proxies.get(name);
  if (proxy === undefined) throw new Error(`no proxy ${name}`);
  return proxy;
}

async function perform(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      proxies.set(order.proxy, new ObjectProxy(order.bootstrap, order.options));
      return undefined;
    case 'call': {
      const { abort, fence, timeoutMs } = order;
      const controller = new AbortController();
      if (abort !== undefined) aborts.set(abort, controller);
      const view = withOptions(proxyOf(order.proxy), {
        signal: controller.signal,
        ...(fence === undefined ? {} : { fence: BigInt(fence) }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      return invoke(view, order.method, order.args);
    }
    case 'hold': {
      const held = await hold(proxyOf(order.proxy), order.options);
      holds.set(order.proxy, held);
      held.signal.addEventListener('abort', () => {
        const { code } = held.signal.reason as ConCoordError;
        report({ lost: order.proxy, at: clock(), code });
      });
      return held.fence;
    }
    case 'release':
      return holds.get(order.proxy)?.release();
    case 'abort':
      return aborts.get(order.abort)?.abort(new Error('given up'));
    case 'close':
      return proxyOf(order.proxy).close();
    case 'clock':
      return undefined;
  }
}

async function answer(id: number, order: Order): Promise<void> {
  try {
    report({ id, value: await perform(order), at: clock() });
  } catch (error) {
    const { message, name } = error as Error;
    const ours = error instanceof ConCoordError ? { code: error.code, outcome: error.outcome } : {};
    report({ id, error: { name, message, ...ours }, at: clock() });
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, ...order } = JSON.parse(line) as Order & { readonly id: number };
  void answer(id, order);
});
// The test has let go of us: a program that ends without having closed anything.
lines.on('close', () => process.exit());
