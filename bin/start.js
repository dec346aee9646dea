/*
 * What both executables do. Plain old JavaScript, since it must run and explain itself under any Node.js:
 * replicas need 24, and under an older one the Node.js 24 that a checkout brings along takes over.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
/** Set for the process that takes over. */
const LAUNCHED = 'CONCOORD_LAUNCHED';

export function start(name) {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) return run(name);
  const node = findNode();
  if (process.env[LAUNCHED] === undefined && node !== undefined) return takeOver(node);
  process.stderr.write(
    name +
      ': needs Node.js ' +
      NEEDED +
      ' or later, and this is ' +
      process.versions.node +
      '; ' +
      remedy(name) +
      '\n',
  );
  process.exitCode = 1;
}

function remedy(name) {
  if (isBundle()) {
    return (
      'run bin/' + name + '.js with a Node.js ' + NEEDED + ': /path/to/node bin/' + name + '.js'
    );
  }
  return "'npm install node@" + NEEDED + "' brings it to this project";
}

/** One was unpacked, maybe where there is no npm: its manifest is for nobody who installs it. */
function isBundle() {
  try {
    return (
      JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).private === true
    );
  } catch {
    return false;
  }
}

/** That of a checkout, or the one that 'npm install node@24' put beside this package. */
function findNode() {
  const places = ['../node_modules/node/bin/node'];
  if (/\/node_modules\/concoord\/bin\/[^/]*$/.test(import.meta.url)) {
    places.push('../../node/bin/node');
  }
  return places
    .map(function (place) {
      return fileURLToPath(new URL(place, import.meta.url));
    })
    .find(existsSync);
}

async function run(name) {
  if (process.env[LAUNCHED] !== undefined) {
    delete process.env[LAUNCHED];
    endWithLauncher();
  }
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const cli = await import(existsSync(built) ? built.href : source.href);
  process.exitCode = await cli.main([name].concat(process.argv.slice(2)));
}

/** A launcher that is killed takes us along: whoever kills a replica by its process id means the replica. */
function endWithLauncher() {
  function end() {
    process.kill(process.pid, 'SIGKILL');
  }
  if (!process.connected) return end();
  process.on('disconnect', end);
  process.channel.unref();
}

/** The same command under another Node.js, which answers to the signals that we receive. */
function takeOver(node) {
  const env = Object.assign({}, process.env);
  env[LAUNCHED] = '1';
  const child = spawn(node, process.execArgv.concat(process.argv.slice(1)), {
    env: env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  // What a replica tells a supervisor is not for us, and would be kept for whoever listens later.
  child.on('message', function () {});
  child.on('error', function (error) {
    process.stderr.write('concoord: cannot start ' + node + ': ' + error.message + '\n');
    process.exitCode = 1;
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
