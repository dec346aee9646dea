/** The version of this package, as clients tell it to replicas. */
export const VERSION = '0.1.0';
