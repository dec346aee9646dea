import { compile } from './state-test-kit.ts';

/** Makes nodes of every kind and joins them by every kind of edge, as two lists of numbers say. */
export const BUILDER = compile(`
    class Plain {
      a = 1;
      #hidden: any = 0;
      hide(value: any) {
        this.#hidden = value;
      }
      shown() {
        return this.#hidden;
      }
      static is(value: any) {
        return #hidden in value;
      }
    }
    class Sub extends Map {
      extra = 1;
    }
    class Items extends Array {}
    const mark = Symbol('mark');
    const kept: any = { list: [] };
    let loose: any;
    function getter(this: any) {
      return this.x;
    }
    const makers: (() => any)[] = [
      () => ({}),
      () => [],
      () => new Map(),
      () => new Set(),
      () => new Plain(),
      () => new Sub(),
      () => new Items(),
      () => new Date(5),
      () => /a+/g,
      () => new Error('e'),
      () => Object.create(null),
      () => Object('text'),
      () => new Uint8Array([1, 2]),
      () => new DataView(new ArrayBuffer(3)),
      () => Object.create({ up: 1 }),
      () => [, 1, , 2],
      () => kept,
      () => kept.list ?? kept,
      () => Plain,
      () => Plain.prototype,
      () => getter,
    ];
    const leaves = [
      0,
      -1,
      1.5,
      -0,
      NaN,
      2n,
      '',
      'ä',
      '€',
      true,
      null,
      undefined,
      mark,
      Symbol.for('s'),
      Symbol.iterator,
      Math,
    ];
    const holds = (target: any, type: any) => {
      try {
        (type === 'Map' ? Map : Set).prototype.has.call(target, 1);
        return true;
      } catch {
        return false;
      }
    };
    const put = (target: any, key: any, attributes: number, value: any) => {
      const [writable, enumerable, configurable] = [1, 2, 4].map((bit) => (attributes & bit) !== 0);
      // A typed array makes numbers of what it is given, and not of everything.
      try { Reflect.defineProperty(target, key, { value, writable, enumerable, configurable }); } catch {}
    };
    export const build = (kinds: number[], edges: number[][]) => {
      const nodes = kinds.map((kind) => makers[kind % makers.length]());
      for (const [from, to, kind, key] of edges) {
        const target = nodes[from % nodes.length];
        const value = to % 3 === 0 ? leaves[to % leaves.length] : nodes[to % nodes.length];
        if (kind === 0) put(target, 'k' + (key % 5), 7, value);
        if (kind === 1) put(target, key, 7, value);
        if (kind === 2 && !ArrayBuffer.isView(target))
          put(target, key % 2 ? mark : Symbol.for('k'), 7, value);
        if (kind === 3) put(target, 'd' + key, key, value);
        if (kind === 4 && holds(target, 'Map'))
          Map.prototype.set.call(target, value, nodes[key % nodes.length]);
        if (kind === 5 && holds(target, 'Set')) Set.prototype.add.call(target, value);
        if (kind === 6 && Plain.is(target)) Plain.prototype.hide.call(target, value);
        if (kind === 7)
          [Object.freeze, Object.seal, Object.preventExtensions][key % 3](
            ArrayBuffer.isView(target) ? {} : target,
          );
        if (kind === 8 && typeof value === 'object' && key % 4 === 0)
          Reflect.setPrototypeOf(target, value);
        if (kind === 9) Reflect.deleteProperty(target, 'k' + (key % 5));
        if (kind === 10)
          Reflect.defineProperty(target, 'g' + (key % 3), { get: getter, configurable: true });
        if (kind === 11) loose = value;
        if (kind === 12) {
          put(kept, 'k' + key, 7, value);
          if (Array.isArray(kept.list)) put(kept.list, kept.list.length, 7, value);
        }
      }
      return nodes;
    };`);
