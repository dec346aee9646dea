import type { CallerCommand } from '../object/index.ts';
import { DLeaderElection } from '../threading/index.ts';
import type { CampaignOptions, Leader, ReleaseOptions, WaitOptions } from '../threading/index.ts';

/** A `DLeaderElection` as an object: one of those who campaign leads. */
export class LeaderElection {
  readonly election = new DLeaderElection();

  campaign(options?: CampaignOptions, _concoord_command?: CallerCommand): boolean {
    return this.election.campaign(options, _concoord_command);
  }

  resign(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.election.resign(options, _concoord_command);
  }

  leader(): Leader {
    return this.election.leader();
  }

  observe(term: number, options?: WaitOptions, _concoord_command?: CallerCommand): Leader {
    return this.election.observe(term, options, _concoord_command);
  }

  __repr__(): string {
    return this.election.__repr__();
  }

  toString(): string {
    return this.election.toString();
  }
}
