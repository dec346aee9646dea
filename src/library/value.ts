import { checkInteger } from './checks.ts';
import { equalValues } from './plain-values.ts';

/** One value that many share. Its version grows with every change. */
export class Value {
  value: unknown;
  version = 0;

  constructor(value: unknown = null) {
    this.value = value;
  }

  /** The present value. */
  getvalue(): unknown {
    return this.value;
  }

  /** Sets the value. Returns the new version. */
  setvalue(value: unknown): number {
    this.value = value;
    this.version += 1;
    return this.version;
  }

  /** 0 at first; each change adds 1. */
  getversion(): number {
    return this.version;
  }

  /** Value and version of the same moment. */
  read(): [value: unknown, version: number] {
    return [this.value, this.version];
  }

  /** Sets the value if the present one equals what is expected, by content; false if not. */
  compareAndSet(expected: unknown, value: unknown): boolean {
    if (!equalValues(this.value, expected)) return false;
    this.setvalue(value);
    return true;
  }

  /** Sets the value if the version is still this one: returns the new version. Undefined if not. */
  compareVersionAndSet(version: number, value: unknown): number | undefined {
    checkInteger(version, 'a version', 0);
    return version === this.version ? this.setvalue(value) : undefined;
  }

  toString(): string {
    return `Value of version ${this.version}`;
  }

  __repr__(): string {
    return `<Value version=${this.version}>`;
  }
}
