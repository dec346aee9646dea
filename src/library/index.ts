export { Counter } from './counter.ts';
export { builtInNames, findBuiltIn } from './registry.ts';
