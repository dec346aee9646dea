/** What lies in a server bundle for whoever unpacks it. */
export function serverReadme(platform: string, noIsolates: string | undefined): string {
  const flag = noIsolates === undefined ? '' : ' --sandbox vm';
  return `# ConCoord: replicas

Everything that replicas need on ${platform} beside Node.js 24. Nothing is installed; start them
where this lies:

    node bin/concoord.js replica -o concoord.object.counter.Counter -a 127.0.0.1 -p 14000
    node bin/concoord.js replica -b 127.0.0.1:14000 -a 127.0.0.1 -p 14001
    node bin/concoord.js status 127.0.0.1:14000

Objects that were packed with it lie in \`objects/\`, each with its proxy, and are found by their
names from any folder:

    node bin/concoord.js replica -o tencounter.TenCounter${flag}
${noIsolates === undefined ? '' : withoutIsolates(platform)}
\`node bin/concoord.js --help\` lists all commands.
`;
}

function withoutIsolates(platform: string): string {
  return `
There are no isolates for ${platform} in this bundle. Classes of your own run with \`--sandbox vm\`,
which is no wall: what they do wrong harms the replica.
`;
}

const PROXY = './concoordclient/proxy/counter.js';

/** The same in a client bundle. */
export const CLIENT_README = `# ConCoord: clients

Everything that a client needs beside Node.js: the engine, the proxies of the ready-made objects,
and their types. Proxies that were packed with it lie in \`proxy/\` as well. Import a proxy by its path:

    import { Counter } from '${PROXY}';

    const c = new Counter('127.0.0.1:14000');
    await c.increment();
    console.log(await c.getvalue());
    await c.close();

Programs that import \`concoord/proxy/counter\` run unchanged when this folder is moved to
\`node_modules/concoord\`.
`;
