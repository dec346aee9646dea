/** Listens to signals: once to each, however many calls it may give up, and not longer than needed. */
export class AbortWatch<Id> {
  readonly #aborted: (ids: readonly Id[]) => void;
  readonly #watched = new Map<
    AbortSignal,
    { readonly ids: Set<Id>; readonly listener: () => void }
  >();

  /** @param aborted Called with everything that was watched for a signal that fired. */
  constructor(aborted: (ids: readonly Id[]) => void) {
    this.#aborted = aborted;
  }

  add(signal: AbortSignal, id: Id): void {
    let watch = this.#watched.get(signal);
    if (watch === undefined) {
      watch = { ids: new Set(), listener: () => this.#fire(signal) };
      this.#watched.set(signal, watch);
      signal.addEventListener('abort', watch.listener, { once: true });
    }
    watch.ids.add(id);
  }

  remove(signal: AbortSignal, id: Id): void {
    const watch = this.#watched.get(signal);
    if (watch?.ids.delete(id) !== true || watch.ids.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  }

  #fire(signal: AbortSignal): void {
    const watch = this.#watched.get(signal);
    if (watch === undefined) return;
    this.#watched.delete(signal);
    this.#aborted([...watch.ids]);
  }
}
