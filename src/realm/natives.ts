/**
 * Constructors of bytes as the engine has them. What users get in their place counts, and is slower by an
 * order of magnitude; the loader of the realm's text puts these in the place of the globals in our own
 * modules. They make the same objects: the prototypes are shared.
 */
const NativeBytes = Uint8Array;
const NativeView = DataView;

export { NativeBytes as Uint8Array, NativeView as DataView };
