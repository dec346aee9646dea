export { serveAgent } from './agent.ts';
export type { Operator, SeenInstance } from './agent-world.ts';
export { callAgent } from './call-agent.ts';
export {
  checkHost,
  checkKeyFile,
  checkUser,
  ConfigFile,
  keyPath,
  parseGroups,
  parseNodePort,
} from './config.ts';
export type { LaunchConfig, LaunchNode } from './config.ts';
export { parseHosts } from './hosts-file.ts';
export { fittingRuntime, judgeRuntime, neededBytes, ownFreight, setUp } from './install.ts';
export type { Freight, Setup } from './install.ts';
export { nextStep } from './maintenance.ts';
export type { Aim, SeenJoiner, SeenMember, SeenNode, InstanceSight, Step } from './maintenance.ts';
export { explain, place } from './placement.ts';
export type { Choice, PlacedNode, SharedGroup } from './placement.ts';
export { judge, probe } from './probe.ts';
export type { Finding, NodeFacts } from './probe.ts';
export { launchOn, launchTogether } from './launch.ts';
export type { Order } from './launch.ts';
export { MARK, MAX_REQUEST_BYTES, orderId } from './protocol.ts';
export type {
  AgentAnswers,
  AgentLine,
  AgentRequest,
  NodeReport,
  ReplicaReport,
  StartRequest,
} from './protocol.ts';
export { ReplicaFolder } from './replica-folder.ts';
export { carrySdk } from './sdk.ts';
export { LinkError, loginTo, printable } from './ssh.ts';
export type { Login } from './ssh.ts';
export { StandingChannel } from './standing.ts';
export type { Standing } from './standing.ts';
export { together } from './together.ts';
export type { Outcome } from './together.ts';
export { Supervisor } from './supervisor.ts';
