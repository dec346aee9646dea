/*
 * What a pod of the StatefulSet runs: the same command for all, who decide by themselves who founds.
 *
 * A pod whose volume holds a replica continues it. One whose volume is empty joins the instance that another
 * pod has. When there is none, the first pod founds it, but only when every other one says that it is empty as
 * well: a pod that is merely not reached may hold the instance. So a first pod that has lost its volume
 * waits for the others, and cannot found a second instance beside them.
 *
 * Empty pods tell one another so on a port of their own, since nothing listens on that of replicas before
 * there is one. POD_NAME ends with the number of the pod; its address is POD_NAME.SERVICE.
 */
import { existsSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const { POD_NAME = '', SERVICE = '', OBJECT = '', REPLICAS = '' } = process.env;
const PROGRAM = process.env.CONCOORD_PROGRAM ?? '/opt/concoordserver/bin/concoord.js';
const DIRECTORY = process.env.CONCOORD_DIRECTORY ?? '/var/lib/concoord/replica';
const PORT = 14000;
const EMPTY_PORT = 14001;
const EMPTY = 'concoord: empty\n';
const PAUSE_MS = 500;
const PATIENCE_MS = 2000;
/** Of what it waits for, a pod tells at once, and then every so often. */
const WORD_MS = 15_000;

const [, set, ordinal] = /^(.+)-(\d+)$/.exec(POD_NAME) ?? [];
const own = Number(ordinal);
const replicas = Number(REPLICAS);
if (set === undefined || SERVICE === '' || OBJECT === '' || !(replicas >= 1 && replicas <= 32)) {
  console.error('start: POD_NAME, SERVICE, OBJECT and REPLICAS must be set, see concoord.yaml');
  process.exit(2);
}

const hostOf = (number) => `${set}-${number}.${SERVICE}`;
const others = Array.from({ length: Math.max(replicas, own + 1) }, (_, number) => number)
  .filter((number) => number !== own)
  .map(hostOf);

// As the first process of a container it would not even be ended by a signal that nobody takes.
const leave = () => process.exit(0);
process.on('SIGTERM', leave).on('SIGINT', leave);

await becomeReachable(hostOf(own));
const how = existsSync(`${DIRECTORY}/identity`) ? [] : await findPlace();
process.off('SIGTERM', leave).off('SIGINT', leave);
const where = ['-w', '--data-dir', DIRECTORY, '-a', hostOf(own), '-p', String(PORT)];
process.argv.splice(1, Infinity, PROGRAM, 'replica', ...where, ...how);
await import(pathToFileURL(PROGRAM).href);

/** The name of a new pod may not be known yet, or still be that of the pod before it. */
async function becomeReachable(host) {
  const tell = teller();
  for (;;) {
    const named = await lookup(host, { all: true }).catch(() => []);
    const here = Object.values(networkInterfaces()).flat();
    const isOurs = ({ address }) =>
      address.startsWith('127.') || here.some((one) => one.address === address);
    if (named.length > 0 && named.every(isOurs)) return;
    const known = named.map(({ address }) => address).join(', ');
    tell(`waits until ${host} is this pod; now it is ${known === '' ? 'unknown' : known}`);
    await pause(PAUSE_MS);
  }
}

/** `-b` or `-o`, for a pod whose volume is empty. */
async function findPlace() {
  const tell = teller();
  const sign = createServer((socket) => socket.on('error', () => undefined).end(EMPTY));
  await new Promise((resolve, reject) => {
    sign.on('error', reject).listen(EMPTY_PORT, hostOf(own), resolve);
  });
  try {
    for (;;) {
      const states = await Promise.all(others.map(stateOf));
      if (states.includes('member')) {
        // All of them: whoever answers first is asked, and more may have become members since.
        return ['-b', others.map((host) => `${host}:${PORT}`).join(',')];
      }
      const unknown = others.filter((_, index) => states[index] !== 'empty');
      if (own === 0 && unknown.length === 0) return ['-o', OBJECT];
      const first = `until ${hostOf(0)} has founded an instance or another pod has one`;
      const whom = `for ${unknown.join(', ')}: which could hold the instance`;
      tell(`is empty, and waits ${own === 0 ? whom : first}`);
      await pause(PAUSE_MS);
    }
  } finally {
    await new Promise((resolve) => sign.close(resolve));
  }
}

async function stateOf(host) {
  if ((await greeting(host, PORT)) !== undefined) return 'member';
  return (await greeting(host, EMPTY_PORT)) === EMPTY ? 'empty' : 'unknown';
}

/** What is said there; of replicas, which say nothing first, only that they are there. Undefined: nobody. */
function greeting(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (text) => {
      socket.destroy();
      resolve(text);
    };
    let text = '';
    if (port === PORT) socket.on('connect', () => end(''));
    socket.on('data', (chunk) => (text = (text + chunk).slice(0, EMPTY.length)));
    socket.on('end', () => end(text)).on('timeout', () => end(undefined));
    socket.on('error', () => end(undefined));
  });
}

function teller() {
  let toldAt = -Infinity;
  return (text) => {
    if (performance.now() - toldAt < WORD_MS) return;
    toldAt = performance.now();
    console.error(`start: ${POD_NAME} ${text}`);
  };
}
