// The shapes of the operators' contract that the page reads (crates/wire/src/admin.rs and work.rs).

export interface Page<T> {
  items: T[];
  next_cursor?: string;
}

export interface Overview {
  at: string;
  version: string;
  network: string;
  jobs: Record<string, number>;
  tasks: Record<string, number>;
  workers: Record<string, number>;
  active_leases: number;
  failures_last_hour: number;
  work: Record<string, number>;
  last_event: number;
}

export interface Counts {
  queued: number;
  leased: number;
  submitted: number;
  verified: number;
  paid: number;
  failed: number;
  cancelled: number;
}

export interface Job {
  id: string;
  name: string;
  creator: string;
  status: string;
  frames: string;
  price_per_frame: string;
  cap: string;
  spent: string;
  refunded: string;
  counts: Counts;
  requirements: { engine: string; saved_by: string };
  created_at: string;
  ended_at?: string;
  deadline?: string;
  timeline: { at: string; status: string; note: string }[];
}

export interface Task {
  id: string;
  kind: string;
  frame: number;
  status: string;
  progress: number;
  worker?: string;
  paid: string;
  failures: number;
  last_failure: string;
}

export interface LogLine {
  at: string;
  frame: number;
  worker: string;
  failed: boolean;
  text: string;
}

export interface Worker {
  address: string;
  status: string;
  status_reason: string;
  capabilities: {
    devices: { kind: string; name: string; memory_bytes: number }[];
    blenders: { version: string; engines: string[] }[];
    ram_bytes: number;
    slots: number;
  };
  price_floor: string;
  reputation: number;
  frames_verified: number;
  frames_rejected: number;
  registered_at: string;
  last_seen_at: string;
}

export interface AdminWorker {
  worker: Worker;
  leases: number;
  /** Of its devices, as it said last. */
  temperatures?: { device: string; celsius: number }[];
  suspension?: { reason: string; operator: string; at: string };
}

export interface QueuedJob {
  id: string;
  name: string;
  creator: string;
  price_per_frame: string;
  queued: number;
  leased: number;
  able_workers: number;
  created_at: string;
  deadline?: string;
}

export interface Failure {
  seq: number;
  at: string;
  job: string;
  job_name: string;
  task: string;
  frame: number;
  worker: string;
  reason: string;
}

export interface WorkItem {
  seq: number;
  kind: string;
  subject: string;
  state: string;
  attempts: number;
  run_at: string;
  last_error: string;
  created_at: string;
  updated_at: string;
}

export interface Money {
  faucet: string;
  chain: string;
  users: string;
  escrows: string;
  sum: string;
  accounts: number;
  wrong: string[];
  conserved: boolean;
}

export interface Transfer {
  seq: number;
  at: string;
  kind: string;
  source: string;
  target: string;
  amount: string;
  job?: string;
  frame?: number;
}

export interface AuditEntry {
  seq: number;
  at: string;
  who: string;
  action: string;
  target: string;
  note: string;
  origin: string;
  request_id: string;
}

export interface TokenKey {
  kid: string;
  created_at: string;
  signs_from: string;
}
