import { invoke, ObjectProxy } from '../client/index.ts';

/** What a client sends: plain data, with further fields as it likes. */
export interface JobRecord {
  readonly jobname: string;
  readonly jobid: JobId;
  readonly jobtime: unknown;
  readonly [field: string]: unknown;
}

/** What identifies a job. */
export type JobId = string | number;

/**
 * A replicated object (`concoord.object.jobmanager.JobManager`). Jobs, each known by its `jobid`.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class JobManager extends ObjectProxy {
  /** Adds a job. Rejects with `ValueError` when there is one of that id. */
  schedule(job: JobRecord): Promise<void> {
    return invoke(this, 'schedule', [job]);
  }

  /** Takes a job off. Rejects with `ValueError` when there is none. */
  deschedule(job: JobRecord | JobId): Promise<void> {
    return invoke(this, 'deschedule', [job]);
  }

  /** The same as `schedule`. */
  add_job(job: JobRecord): Promise<void> {
    return invoke(this, 'add_job', [job]);
  }

  /** The same as `deschedule`. */
  remove_job(job: JobRecord | JobId): Promise<void> {
    return invoke(this, 'remove_job', [job]);
  }

  /** All jobs, in the order in which they were scheduled. */
  list_jobs(): Promise<JobRecord[]> {
    return invoke(this, 'list_jobs', []);
  }

  /** A job as it is now. Rejects with `KeyError` when there is none. */
  get_job(job: JobRecord | JobId): Promise<JobRecord> {
    return invoke(this, 'get_job', [job]);
  }

  /** Gives a field of a job another value. Rejects with `KeyError` when there is no such job. */
  update(job: JobRecord | JobId, field: string, value: unknown): Promise<void> {
    return invoke(this, 'update', [job, field, value]);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
