import { KeyError, ValueError } from '../object/index.ts';
import { checkInteger, checkName, checkRoom, describe } from './checks.ts';
import { identify } from './plain-values.ts';

/** What identifies a job. */
export type JobId = string | number;

/** What a client sends: plain data, with further fields as it likes. */
export interface JobRecord {
  readonly jobname: string;
  readonly jobid: JobId;
  readonly jobtime: unknown;
  readonly [field: string]: unknown;
}

/** A job, for whoever likes to construct one. `toRecord()` can be sent. */
export class Job {
  jobname: string;
  jobid: JobId;
  jobtime: unknown;

  constructor(jobname: string, jobid: JobId, jobtime: unknown) {
    this.jobname = checkName(jobname, 'jobname');
    this.jobid = checkId(jobid);
    this.jobtime = jobtime;
  }

  toRecord(): JobRecord {
    return { jobname: this.jobname, jobid: this.jobid, jobtime: this.jobtime };
  }

  toString(): string {
    return showJob(this);
  }
}

/** Jobs, each known by its `jobid`. */
export class JobManager {
  /** The fields of each, by what identifies it, in the order in which they were scheduled. */
  jobs = new Map<string, Map<string, unknown>>();

  /** Adds a job. Throws ValueError when there is one of that id. */
  schedule(job: JobRecord): void {
    const fields = fieldsOf(job);
    const key = identify(fields.get('jobid'), ID);
    if (this.jobs.has(key)) throw new ValueError(`there is a job ${key} already`);
    checkRoom(this.jobs.size);
    this.jobs.set(key, fields);
  }

  /** Takes a job off. Throws ValueError when there is none. */
  deschedule(job: JobRecord | JobId): void {
    if (!this.jobs.delete(keyOf(job))) throw new ValueError(`there is no job ${keyOf(job)}`);
  }

  /** The same as `schedule`. */
  add_job(job: JobRecord): void {
    this.schedule(job);
  }

  /** The same as `deschedule`. */
  remove_job(job: JobRecord | JobId): void {
    this.deschedule(job);
  }

  /** All jobs, in the order in which they were scheduled. */
  list_jobs(): JobRecord[] {
    return Array.from(this.jobs.values(), toRecord);
  }

  /** A job as it is now. Throws KeyError when there is none. */
  get_job(job: JobRecord | JobId): JobRecord {
    return toRecord(find(this, job));
  }

  /** Gives a field of a job another value. Throws KeyError when there is no such job. */
  update(job: JobRecord | JobId, field: string, value: unknown): void {
    const fields = find(this, job);
    checkField(field);
    if (field === 'jobid') throw new ValueError('a job keeps its jobid: schedule another one');
    if (field === 'jobname') checkName(value, 'jobname');
    fields.set(field, value);
  }

  /** The jobs, joined by spaces. */
  toString(): string {
    return this.list_jobs().map(showJob).join(' ');
  }

  __repr__(): string {
    return `<JobManager jobs=${this.jobs.size}>`;
  }
}

const ID = 'jobid';
const MAX_FIELDS = 1000;

function checkId(id: unknown): JobId {
  if (typeof id === 'number') return checkInteger(id, ID, -Number.MAX_SAFE_INTEGER);
  return checkName(id, ID);
}

/** Nothing that means something to the language, as `__proto__` does. */
function checkField(field: unknown): string {
  const name = checkName(field, 'the field of a job');
  if (/^[A-Za-z]\w*$/.test(name)) return name;
  throw new ValueError('the field of a job is a word of letters, digits and _');
}

function fieldsOf(job: unknown): Map<string, unknown> {
  if (typeof job !== 'object' || job === null) {
    throw new TypeError(`a job has jobname, jobid and jobtime, and is not ${describe(job)}`);
  }
  const entries = Object.entries(job).map(([name, value]) => [checkField(name), value] as const);
  if (entries.length > MAX_FIELDS) throw new ValueError(`a job has at most ${MAX_FIELDS} fields`);
  const fields = new Map<string, unknown>(entries);
  checkName(fields.get('jobname'), 'jobname');
  checkId(fields.get('jobid'));
  return fields;
}

function keyOf(job: unknown): string {
  const id: unknown =
    typeof job === 'object' && job !== null ? (job as Partial<JobRecord>).jobid : job;
  return identify(checkId(id), ID);
}

function find({ jobs }: JobManager, job: unknown): Map<string, unknown> {
  const fields = jobs.get(keyOf(job));
  if (fields === undefined) throw new KeyError(`there is no job ${keyOf(job)}`);
  return fields;
}

function toRecord(fields: ReadonlyMap<string, unknown>): JobRecord {
  return Object.fromEntries(fields) as unknown as JobRecord;
}

function showJob({ jobname, jobid }: Pick<JobRecord, 'jobname' | 'jobid'>): string {
  return `${jobname}(${jobid})`;
}
