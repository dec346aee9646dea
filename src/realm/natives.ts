/**
 * Constructors as the engine has them. What users get in their place counts, and is slower by an order of
 * magnitude; the loader of the realm's text puts these in the place of the globals in our own modules. They
 * make the same objects: the prototypes are shared.
 */
const NativeBytes = Uint8Array;
const NativeView = DataView;
const NativeBuffer = ArrayBuffer;
const NativeArray = Array;
const NativeMap = Map;
const NativeSet = Set;

export {
  NativeArray as Array,
  NativeBuffer as ArrayBuffer,
  NativeBytes as Uint8Array,
  NativeMap as Map,
  NativeSet as Set,
  NativeView as DataView,
};
