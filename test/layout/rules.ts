/** The rules of the house as tables: who may import whom, what is not said, and what to do instead. */

const BUNDLED = ['object', 'threading'];
const PROTOCOL = ['base', 'paxos', 'wire', ...BUNDLED, 'state', 'session', 'library', 'realm'];
const BELOW_SURFACES = [
  ...PROTOCOL,
  'auth',
  'naming',
  'host',
  'loading',
  'bundles',
  'worlds',
  'platform',
  'sim',
];
const SURFACES = ['client', 'proxy', 'codegen', 'safety', 'dns', 'launcher', 'logging'];

/** Which folders of src/ each folder may import, from the ground up; docs/architecture.md has the reasons. */
export const FLOORS: Readonly<Record<string, readonly string[]>> = {
  // 0
  base: [],
  // 1
  paxos: ['base'],
  // The log's own values (ballots, views, entries) are encoded where they are defined, and framed here.
  wire: ['base', 'paxos'],
  object: ['base', 'wire'],
  // Bundled into classes of users.
  threading: ['object'],
  // Runs beside the code of users, in their world: knows nothing of a replica.
  state: ['base'],
  // A client writes its calls as the log will hold them, so that replicas only pass them on.
  session: ['base', 'wire', 'paxos'],
  library: ['object', 'state', 'threading'],
  // What runs inside the isolate, before the code of users.
  realm: ['base', 'wire', 'object', 'state'],
  // 2
  host: PROTOCOL,
  // 3: secrets, which the protocol never sees; two worlds that never meet; and what makes a class of a user
  // ready for both, and executes it
  auth: ['base'],
  // Where replicas are, as users write it; for programs and for the command line.
  naming: ['base'],
  loading: ['base', 'wire', 'object', 'realm'],
  // Packs what the others are, and runs nothing of it.
  bundles: ['base', 'loading'],
  worlds: ['base', 'paxos', 'realm', 'host'],
  platform: [...PROTOCOL, 'auth', 'host', 'worlds'],
  sim: [...PROTOCOL, 'host', 'loading', 'worlds'],
  // 4: surfaces, which do not know one another
  client: BELOW_SURFACES,
  proxy: ['client'],
  codegen: BELOW_SURFACES,
  // Reads sources of users, and knows from the realm what is not there.
  safety: ['base', 'realm', 'loading'],
  dns: BELOW_SURFACES,
  launcher: BELOW_SURFACES,
  logging: BELOW_SURFACES,
  // 5
  cli: [...BELOW_SURFACES, ...SURFACES],
};

/** Floors 0 to 2: a function of events, with no other way in. */
export const PURE_FOLDERS: readonly string[] = [...PROTOCOL, 'host'];

/** Files that nothing in src/ imports, since something outside does: package.json, bin/, or a person. */
export const ENTRY_POINTS: readonly RegExp[] = [
  /^src\/client\/index\.ts$/,
  /^src\/threading\/public\.ts$/,
  /^src\/library\/[a-z-]+\.ts$/,
  /^src\/proxy\/[a-z-]+\.ts$/,
  /^src\/sim\/(?:index|main)\.ts$/,
  // The class that the simulator loads as a replica does.
  /^src\/sim\/ledger\.ts$/,
  /^src\/cli\/(?:main|tour)\.ts$/,
  /^src\/platform\/shadow-main\.ts$/,
  // The thread of the name server.
  /^src\/dns\/name-server-main\.ts$/,
  // A process of its own, which loading/depth-guard.ts starts.
  /^src\/loading\/depth-guard-main\.ts$/,
  // The bundler of loading/realm-text.ts reads these.
  /^src\/realm\/(?:main|natives|scratch)\.ts$/,
  // Declares the globals of floors 0 to 2 for the compiler alone.
  /^src\/pure-globals\.d\.ts$/,
];

/**
 * Where a folder has a second entrance beside `index.ts`: what is bundled into classes of users must not
 * bring the rest of the folder along.
 */
export const SIDE_ENTRANCES: readonly string[] = ['src/object/bundled.ts'];

export const LIMITS = { fileLines: 400, functionLines: 70, lineCharacters: 110 } as const;

/** Something that must not stand in a file, and what to write in its place. */
export interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Looked for in the code of floors 0 to 2, outside of comments and strings. */
export const PURE_BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.(?:now|parse|UTC)\b|\bnew Date\(\s*\)|(?<!\bnew )\bDate\(/g,
    instead: 'take the time from the event; a Date is only a value here, made from a number',
  },
  {
    pattern:
      /\.(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds)\b|\.getTimezoneOffset\b/g,
    instead: 'use the UTC methods: the time zone differs between machines',
  },
  { pattern: /\bMath\.random\b/g, instead: 'take a Random from base/' },
  {
    pattern: /\b(?:async|await|Promise|queueMicrotask|setImmediate|setInterval|setTimeout)\b/g,
    instead: 'return an effect and wait for its event: every await is a hidden input',
  },
  {
    pattern: /\b(?:WeakRef|FinalizationRegistry)\b/g,
    instead: 'remove entries by a rule of yours: the collector runs when it likes',
  },
  {
    pattern: /\bIntl\b|\.(?:toLocale\w*|localeCompare)\b/g,
    instead: 'compare with < and format by hand: locales differ between machines',
  },
];

/** Looked for in the code of everything under src/. */
export const SOURCE_BANS: readonly Ban[] = [
  { pattern: /\bexport\s+default\b|\bas\s+default\b/g, instead: 'export it by its name' },
  { pattern: /\bexport\s*(?:type\s*)?\*(?!\s*as\b)/g, instead: 'list the names' },
];

/** Where a person reads the output; everywhere else it is the caller's business. */
export const MAY_PRINT = /^src\/cli\/|^src\/sim\/main\.ts$/;

export const PRINT_BAN: Ban = {
  pattern: /\bconsole\.\w+/g,
  instead: 'return it, throw it or give it to the logger; only cli/ prints',
};

/** Looked for in everything that is committed. The brackets keep the patterns from finding themselves. */
export const EVERYWHERE_BANS: readonly Ban[] = [
  { pattern: /\b(?:TO[D]O|FIXM[E]|XX[X]|HAC[K])\b/g, instead: 'do it, or say what is so and why' },
  {
    pattern: /(?<![\w.])[/](?:work|root|home\/\w+)\/\w|\.\.[/]shared\b/g,
    instead: 'name files relative to the repository: nobody else has this machine',
  },
  {
    pattern: /\bregistry\.[\w-]+\.\w|"resolved": "https?:/g,
    instead: 'leave addresses of registries to the configuration of npm',
  },
];

/** Looked for in tests: what is skipped on one machine is tested on none. */
export const TEST_BANS: readonly Ban[] = [
  { pattern: /\b(?:test|it|describe|suite)\.only\(/g, instead: 'run one file by its path instead' },
];
