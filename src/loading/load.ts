import { encodeBundle, hashSources } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { bundleModule } from './bundler.ts';
import { DepthGuard } from './depth-guard.ts';
import { findSource } from './find.ts';
import type { SearchPlaces } from './find.ts';
import { instrument } from './instrument.ts';
import { listMethods } from './manifest.ts';
import type { Listed } from './manifest.ts';
import { normalise } from './normalise.ts';
import { proveReads } from './reads.ts';
import { findScopes } from './scopes.ts';
import { brokenRegexp, readDeclared } from './source-classes.ts';
import { parse, regexpMistake, tooDeep, walk } from './syntax.ts';

/** A class as replicas run it, and what its sources tell beside that. */
export interface LoadedClass extends Omit<Listed, 'methods'> {
  readonly bundle: Bundle;
}

/** The class that a user names, with everything that it needs; throws as `readClass` does. */
export async function loadClass(name: string, places: SearchPlaces): Promise<Bundle> {
  return (await readClass(name, places)).bundle;
}

/**
 * The same, with the places in its sources.
 *
 * @throws ConCoordError with the place of what is wrong and what to do about it.
 */
export async function readClass(name: string, places: SearchPlaces): Promise<LoadedClass> {
  const source = findSource(name, places);
  const guard = new DepthGuard();
  try {
    const module = await bundleModule(source, guard);
    await guard.check(module.text, source.file);
    const text = normalise(module.text, source.file);
    const program = parse(text, source.file);
    const scopes = findScopes(program);
    const declared = readDeclared(module.files);
    // Of packages, whose sources are not looked at.
    walk(program, (node) => {
      const mistake = regexpMistake(node);
      if (mistake !== undefined) throw brokenRegexp(source.file, mistake);
      return undefined;
    });
    const isRead = proveReads(program, scopes, text);
    const input = { program, scopes, declared, isRead };
    const { methods, members, placeOf } = listMethods(source, input);
    const code = instrument(text, source.file);
    const hash = hashSources(source.exported, text);
    const bundle: Bundle = { format: 1, name: source.name, hash, code, methods };
    // What cannot be handed on must not be founded either.
    encodeBundle(bundle);
    return { bundle, members, placeOf };
  } catch (error) {
    // Trees are walked by recursion; what is deeper than the stack was written by a machine.
    throw error instanceof RangeError ? tooDeep(source.file) : error;
  } finally {
    guard.end();
  }
}
