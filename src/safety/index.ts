export { checkSafety } from './check.ts';
export type { Violation } from './report.ts';
