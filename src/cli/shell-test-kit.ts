import type { StatusReport, Work } from '../platform/index.ts';
import type { ShellReplica } from './shell-commands.ts';

const MEMBER = { id: 'a', role: 'follower', applied: 0, alive: false, durable: true } as const;

const REPORT: StatusReport = {
  address: '10.0.0.1:14000',
  role: 'leader',
  instance: 'beef',
  generation: 3,
  leader: '10.0.0.1:14000',
  epoch: 2,
  ballot: '4.a',
  object: 'mine.Thing',
  codeHash: '0123456789abcdef',
  decided: 9,
  applied: 7,
  sessions: 6,
  clients: 5,
  tolerates: 0,
  diverged: false,
  members: [
    { ...MEMBER, addr: '10.0.0.1:14000', role: 'leader', applied: 7, alive: true },
    { ...MEMBER, addr: '10.0.0.2:14000' },
  ],
};

/** A replica that leads, but for what is said otherwise. */
export function fakeReplica(
  report: Partial<StatusReport> = {},
  work: Partial<Work> = {},
): ShellReplica {
  const { applied, decided: commit, role } = { ...REPORT, ...report };
  return {
    id: '0000000000a1',
    place: 'in memory',
    status: () => ({ ...REPORT, ...report }),
    work: () => ({ accepted: [], applied, commit, proposed: 0, queued: 0, role, ...work }),
    showObject: () => Promise.resolve('<Thing>'),
    takeOffice: () => Promise.resolve(undefined),
    stop: () => undefined,
  };
}
