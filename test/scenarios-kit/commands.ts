import { TOPICS } from './process.ts';
import type { ScenarioProcess, Topic } from './process.ts';
import { matches, readPattern } from './network.ts';
import { replicaId, replicaName, showBallot } from './show.ts';
import { Disk } from './disk.ts';
import { TICK_MS, World } from './world.ts';
import type { Setting } from './world.ts';

/** An election time-out, and a little more. */
const ELECTION_STEPS = 12;

type Run = (world: World, words: readonly string[]) => void;

/** Runs the commands of one scenario, one after the other. */
export class Runner {
  #world: World | undefined;
  /** Copies of directories, by replica. */
  readonly #copies = new Map<string, Disk>();

  /** Runs the commands of a line, which `;` separates. Returns what was said, unless quietly. */
  run(line: string): readonly string[] {
    const quietly = /^quietly /;
    for (const command of line.replace(quietly, '').split(';')) {
      const words = command.trim().split(' ');
      if (words[0] === 'replicas') this.#world = new World(readSetting(words.slice(1)));
      else if (this.#world === undefined) throw new Error('begin with: replicas <count>');
      else this.#perform(this.#world, words);
    }
    const said = this.#world?.takeOutput() ?? [];
    return quietly.test(line) ? [] : said;
  }

  #perform(world: World, [verb = '', ...words]: readonly string[]): void {
    switch (verb) {
      case 'times': {
        const [count, ...command] = words;
        for (let left = Number(count); left > 0; left--) {
          this.#perform(world, command);
          world.settle();
        }
        return;
      }
      case 'copy-disk':
        this.#copies.set(words[0] ?? '', new Disk(world.process(words[0]).disk));
        return;
      case 'put-back-disk':
        return this.#putBack(world.process(words[0]));
      default: {
        const run = COMMANDS[verb];
        if (run === undefined) throw new Error(`no command: ${verb}`);
        run(world, words);
      }
    }
  }

  #putBack({ name, disk }: ScenarioProcess): void {
    const copy = this.#copies.get(name);
    if (copy === undefined) throw new Error(`no copy of the directory of ${name}`);
    disk.records.splice(0, Infinity, ...copy.records);
    disk.synced = copy.synced;
    disk.snapshot = copy.snapshot;
    disk.incarnation = copy.incarnation;
  }
}

const SETTINGS: ReadonlySet<string> = new Set([
  'snapshotEvery',
  'tail',
  'chunk',
  'recordLifetime',
  'memory',
  'replyBytes',
]);

/** `3`, or `3 snapshot-every=8 tail=4 chunk=64 record-lifetime=5000 memory=1`. */
function readSetting([count, ...options]: readonly string[]): Setting {
  const setting: Record<string, number> = { replicas: Number(count) };
  for (const option of options) {
    const [name = '', value] = option.split('=');
    const key = name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
    if (!SETTINGS.has(key)) throw new Error(`no setting: ${option}`);
    setting[key] = Number(value);
  }
  return setting as unknown as Setting;
}

/** `x#2` is the client and the number of a request, `x` the client and its next number. */
function readRequest(word = ''): {
  readonly client: string;
  readonly sequence: number | undefined;
} {
  const [client = '', number] = word.split('#');
  return { client, sequence: number === undefined ? undefined : Number(number) };
}

function numberOf({ sequence }: { readonly sequence: number | undefined }): number {
  if (sequence === undefined) throw new Error('name the request, as x#2');
  return sequence;
}

/** Splits `increment at a` or `add 5 at a`. */
function splitAt(words: readonly string[]): readonly [string, string] {
  const at = words.lastIndexOf('at');
  return [words.slice(0, at).join(' '), words[at + 1] ?? ''];
}

function chosen(world: World, name: string | undefined): readonly ScenarioProcess[] {
  return name === undefined ? world.live() : [world.process(name)];
}

function readTopics(words: readonly string[]): readonly Topic[] {
  return words.map((word) => {
    const topic = TOPICS.find((known) => known === word);
    if (topic === undefined) throw new Error(`no topic: ${word}`);
    return topic;
  });
}

/** Returns what is said meanwhile. */
function untilItCampaigns(
  world: World,
  process: ScenarioProcess,
  between: () => void,
): readonly string[] {
  const before = world.takeOutput();
  for (let steps = 0; process.replica.leader === undefined; steps++) {
    if (steps === ELECTION_STEPS) throw new Error(`${process.name} does not campaign`);
    world.tick([process], TICK_MS, between);
  }
  const said = world.takeOutput();
  for (const line of before) world.say(undefined, line);
  return said;
}

const NETWORK: Readonly<Record<string, Run>> = {
  deliver(world, [link = '', kind]) {
    const flights = world.network.take(readPattern(link, kind));
    if (flights.length === 0) world.say(undefined, 'no such message');
    for (const flight of flights) world.deliver(flight);
  },
  repeat(world, [link = '', kind]) {
    const pattern = readPattern(link, kind);
    for (const flight of world.network.flights) {
      if (matches(pattern, flight)) world.deliver(flight);
    }
  },
  drop(world, [link = '', kind]) {
    const flights = world.network.take(readPattern(link, kind));
    if (flights.length === 0) world.say(undefined, 'no such message');
  },
  delay(world, [link = '', kind]) {
    if (world.network.delay(readPattern(link, kind)) === 0) world.say(undefined, 'no such message');
  },
  arrive(world) {
    for (const flight of world.network.takeDelayed()) world.deliver(flight);
  },
  cut: (world, [link = '', kind]) => world.network.cut(readPattern(link, kind)),
  partition: (world, words) => {
    world.network.partition(
      words
        .join(' ')
        .split('|')
        .map((group) => group.trim().split(' ')),
    );
  },
  heal: (world) => world.network.heal(),
  settle: (world) => world.settle(),
  flights(world) {
    for (const { from, to, message } of world.network.flights) {
      world.say(undefined, `${from}->${to} ${world.words.message(message)}`);
    }
  },
  lost(world, [name, other = '']) {
    for (const process of chosen(world, name === '*' ? undefined : name)) {
      if (process.name === other) continue;
      world.push(process.name, { kind: 'peerLost', id: replicaId(other) });
    }
  },
  dial(world, [name, other]) {
    const dialling = world.process(name);
    const answering = world.process(other);
    const hello = dialling.admission.hello(answering.member.id);
    const answer = answering.admission.judge(hello);
    if ('refusal' in answer) {
      world.say(undefined, `${other} refuses ${name}: ${answer.refusal.code}`);
      world.say(undefined, answer.refusal.message);
      world.network.partition([[name ?? ''], [other ?? '']]);
      return;
    }
    world.say(undefined, `${other} welcomes ${name}`);
    const { id, address } = answering.member;
    world.push(name, { kind: 'peerMet', id, address });
  },
};

const PROCESSES: Readonly<Record<string, Run>> = {
  tick(world, words) {
    const ms = Number(words.at(-1));
    world.tick(chosen(world, words.length > 1 ? words[0] : undefined), ms, () => {});
  },
  /** Time passes for this replica alone, and everything is delivered, until it leads. */
  elect(world, [name]) {
    const said = untilItCampaigns(world, world.process(name), () => world.settle());
    for (const line of said) if (line.startsWith(`${name} leads in`)) world.say(undefined, line);
  },
  /** Time passes for this replica alone, and pre-votes are delivered, until it campaigns. */
  campaign(world, [name = '']) {
    const said = untilItCampaigns(world, world.process(name), () => {
      for (const kind of ['pre-vote', 'pre-vote-reply']) {
        for (const flight of world.network.take({ from: '*', to: '*', kind }))
          world.deliver(flight);
      }
    });
    for (const line of said) if (!line.includes('pre-vote')) world.say(undefined, line);
  },
  run: (world, [ms]) => world.tick(world.live(), Number(ms), () => world.settle()),
  crash(world, [name, unsynced]) {
    const process = world.process(name);
    process.end();
    if (unsynced !== 'keep-unsynced' && unsynced !== 'lose-unsynced') {
      throw new Error('crash <replica> keep-unsynced|lose-unsynced');
    }
    process.disk.crash(unsynced === 'keep-unsynced' ? 'keep' : 'lose');
  },
  restart: (world, [name = '']) => world.restart(name),
  join(world, [name = '', at, address]) {
    world.join(name, at === 'at' ? (address ?? '') : name);
  },
  'hold-sync': (world, [name]) => {
    world.process(name).log.held = true;
  },
  'release-sync': (world, [name]) => {
    const { log } = world.process(name);
    log.held = false;
    log.sync();
    world.drain();
  },
  'hold-snapshot': (world, [name]) => {
    world.process(name).snapshots.held = true;
  },
  'release-snapshot': (world, [name]) => {
    const { snapshots } = world.process(name);
    snapshots.held = false;
    snapshots.release();
    world.drain();
  },
  'hold-object': (world, [name]) => {
    world.process(name).tally.held = [];
  },
  'release-object': (world, [name]) => {
    world.process(name).tally.release();
    world.drain();
  },
  corrupt(world, [name, value]) {
    world.process(name).tally.value = Number(value);
  },
  weaken(world, [name]) {
    world.process(name).tally.weak = true;
  },
  remove(world, [victim = '', at, name, force]) {
    if (at !== 'at') throw new Error('remove <replica> at <leader> [forced]');
    const order = { kind: 'remove', id: replicaId(victim), force: force === 'forced' } as const;
    world.push(name, { kind: 'order', token: 1, order });
  },
  retire: (world, [name]) => {
    world.push(name, { kind: 'order', token: 1, order: { kind: 'retire' } });
  },
  transfer(world, [name, to]) {
    const successor = to === undefined ? undefined : replicaId(to);
    world.push(name, { kind: 'order', token: 1, order: { kind: 'transfer', to: successor } });
  },
  'disk-full': (world, [name]) => world.push(name, { kind: 'disk', state: 'full' }),
  'disk-free': (world, [name]) => world.push(name, { kind: 'disk', state: 'free' }),
};

const CLIENTS: Readonly<Record<string, Run>> = {
  /** `open x at a`, or `open x at a lease 1000`. */
  open: (world, [client = '', , at = '', , leaseMs]) => {
    const lease = leaseMs === undefined ? undefined : Number(leaseMs);
    world.request(client, at, world.clients.open(client, lease));
  },
  sign: (world, [client = '', , at = '']) => world.request(client, at, world.clients.sign(client)),
  withdraw(world, [request, , at = '']) {
    const named = readRequest(request);
    world.request(named.client, at, world.clients.withdraw(named.client, numberOf(named)));
  },
  close: (world, [client = '', , at = '']) => {
    world.request(client, at, world.clients.close(client));
  },
  disconnect(world, [client = '', , at = '']) {
    const connection = world.clients.connection(client, at);
    world.push(at, { kind: 'disconnected', connection });
  },
  attach: (world, [client = '', , at = '']) => {
    world.request(client, at, world.clients.attach(client));
  },
  call(world, [request, ...words]) {
    const { client, sequence } = readRequest(request);
    const [method, at] = splitAt(words);
    world.request(client, at, world.clients.call(client, sequence, method));
  },
  cancel(world, [request, , at = '']) {
    const named = readRequest(request);
    world.request(named.client, at, world.clients.cancel(named.client, numberOf(named)));
  },
  resolve(world, [request, by, client = '', , at = '']) {
    if (by !== 'by') throw new Error('resolve <request> by <client> at <replica>');
    const named = readRequest(request);
    world.request(client, at, world.clients.resolve(client, named.client, numberOf(named)));
  },
  acknowledge(world, [request]) {
    const named = readRequest(request);
    world.clients.acknowledge(named.client, numberOf(named));
  },
  /** The client waits for nothing, and says so without a number. */
  idle: (world, [client = '', , at = '']) => {
    world.request(client, at, world.clients.idle(client));
  },
  read: (world, [client = '', , at = '']) => {
    world.request(client, at, world.clients.read(client, 'linearizable', 0));
  },
  'read-stale': (world, [client = '', , at = '', ...terms]) => {
    const known: Record<string, number> = {};
    for (let index = 0; index < terms.length; index += 2) {
      const [term = '', value] = terms.slice(index);
      if (term !== 'from' && term !== 'within')
        throw new Error('read-stale x at a [from <slot>] [within <ms>]');
      known[term] = Number(value);
    }
    const request = world.clients.read(client, 'stale', known['from'] ?? 0, known['within']);
    world.request(client, at, request);
  },
};

const PICTURES: Readonly<Record<string, Run>> = {
  show(world, words) {
    for (const topic of readTopics(words)) world.shown.add(topic);
  },
  hide(world, words) {
    for (const topic of readTopics(words)) world.shown.delete(topic);
  },
  status(world, [name]) {
    for (const { replica, tally, name: own } of chosen(world, name)) {
      const { role, leader, commit, applied, view, halted, learners, queued } = replica.status();
      const office =
        role === 'leader'
          ? `leads in ${showBallot(replica.acceptor.promised)}`
          : `is a ${role} of ${leader === undefined ? 'nobody' : replicaName(leader)}`;
      const slots = `decided up to ${commit}, applied up to ${applied}, value ${tally.value}`;
      const learning = learners.map(({ id }) => `, learner ${replicaName(id)}`).join('');
      const waiting = queued === 0 ? '' : `, ${queued} requests wait`;
      const state = halted ? ', halted' : `${learning}${waiting}`;
      world.say(undefined, `${own} ${office}, ${slots}, ${world.words.view(view)}${state}`);
    }
  },
  log(world, [name]) {
    const { log } = world.process(name).replica;
    if (log.first > 1) world.say(undefined, `slots up to ${log.first - 1} are in the snapshot`);
    for (let slot = log.first; slot <= log.commit; slot++) {
      const entry = log.at(slot);
      if (entry !== undefined) world.say(undefined, `slot ${slot}: ${world.words.entry(entry)}`);
    }
  },
  disk(world, [name]) {
    const { disk } = world.process(name);
    const { snapshot } = disk;
    if (snapshot !== undefined) {
      world.say(undefined, `the snapshot at slot ${snapshot.name.slot}`);
    }
    for (const record of disk.records) {
      if (record !== undefined) world.say(undefined, world.words.record(record));
    }
  },
};

const COMMANDS: Readonly<Record<string, Run>> = {
  ...NETWORK,
  ...PROCESSES,
  ...CLIENTS,
  ...PICTURES,
};
