import { ConCoordError } from '../base/index.ts';

/** A machine that a server bundle is for. */
export interface Platform {
  /** `linux-x64`, or `linux-x64-musl` for systems such as Alpine. */
  readonly name: string;
  /** The packages that hold the compiled parts of others, for this machine. */
  readonly packages: readonly string[];
  /** The files of isolated-vm that are for this machine, below its folder `prebuilds`. */
  readonly isolates: RegExp;
}

const LINUX = ['x64', 'arm64'].flatMap((cpu) =>
  (['gnu', 'musl'] as const).map((libc) => {
    const own = libc === 'gnu' ? 'glibc' : libc;
    return {
      name: libc === 'gnu' ? `linux-${cpu}` : `linux-${cpu}-musl`,
      packages: [`@esbuild/linux-${cpu}`, `@oxc-parser/binding-linux-${cpu}-${libc}`],
      isolates: new RegExp(`^linux-${cpu}/[^/]*\\.${own}\\.node$`),
    };
  }),
);

const DARWIN = ['x64', 'arm64'].map((cpu) => ({
  name: `darwin-${cpu}`,
  packages: [`@esbuild/darwin-${cpu}`, `@oxc-parser/binding-darwin-${cpu}`],
  isolates: new RegExp(`^darwin-${cpu}/[^/]*\\.node$`),
}));

export const PLATFORMS: readonly Platform[] = [...LINUX, ...DARWIN];

/** @throws ConCoordError `INVALID_ARGUMENT` with those that there are. */
export function findPlatform(name: string = ownPlatform()): Platform {
  const platform = PLATFORMS.find((one) => one.name === name);
  if (platform !== undefined) return platform;
  const names = PLATFORMS.map((one) => one.name).join(', ');
  throw new ConCoordError('INVALID_ARGUMENT', `there is no bundle for '${name}'`, {
    remedy: `Name one of ${names}.`,
  });
}

/** The name of the machine that we run on, whether there is a bundle for it or not. */
export function ownPlatform(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && !hasGlibc() ? `${name}-musl` : name;
}

function hasGlibc(): boolean {
  // Else the report looks up the names of all whom we are connected to.
  const report = Object.assign(process.report, { excludeNetwork: true });
  const { header } = report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return header.glibcVersionRuntime !== undefined;
}
