export { simulate } from './simulate.ts';
export type { Failure, SimulationOptions, SimulationReport } from './simulate.ts';
export { FAULT_KINDS } from './fault-kinds.ts';
export type { FaultKind } from './fault-kinds.ts';
export { OBJECT_NAMES } from './subject.ts';
export type { ObjectName } from './subject.ts';
