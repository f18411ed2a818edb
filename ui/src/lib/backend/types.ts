// The shapes of crates/app/src/view, as serde writes them. Money is a decimal string of the smallest unit,
// times are RFC 3339, bytes are numbers.

// --- create
export type Severity = 'blocking' | 'warning' | 'note';
export type Fix =
  | { kind: 'locate'; stored_path: string }
  | { kind: 'search_folder' }
  | { kind: 'ignore_missing' }
  | { kind: 'denoise_off' }
  | { kind: 'bake' }
  | { kind: 'set_frames'; frames: string }
  | { kind: 'explain'; topic: string }
  | { kind: 'open_settings' };
export type Problem = { id: string; severity: Severity; title: string; detail: string; fixes: Fix[] };
export type SceneChoice = { name: string };
export type SceneFacts = {
  engine: string;
  frames: string;
  width: number;
  height: number;
  percent: number;
  camera: string;
  output: string;
  samples: number;
  objects: number;
  triangles: number;
  files: number;
  libraries: number;
  total_bytes: number;
  memory_bytes: number;
};
export type DependencyStatus = 'found' | 'missing' | 'packed' | 'outside' | 'refused';
export type DependencyView = {
  stored_path: string;
  resolved: string;
  kind: string;
  status: DependencyStatus;
  used_by: string[];
  bytes: number;
};
export type FormatChoice = 'png' | 'exr' | 'jpeg';
export type Located = { stored_path: string; actual: string };
export type JobSettings = {
  path: string;
  scene: string;
  frames: string;
  percent: number;
  samples: number;
  format: FormatChoice;
  denoise_off: boolean;
  ignore_missing: boolean;
  bake: boolean;
  plain: boolean;
  anew: boolean;
  located: Located[];
  cap: string;
  pieces: string;
};
export type SceneView = {
  path: string;
  name: string;
  bytes: number;
  blender_version: string;
  compression: string;
  read_seconds: number;
  scenes: SceneChoice[];
  active_scene: string;
  problems: Problem[];
  facts: SceneFacts;
  dependencies: DependencyView[];
  defaults: JobSettings;
};
export type CostView = {
  unit: string;
  price_per_frame: string;
  likely: string;
  cap: string;
  balance: string;
};
export type EstimateView = {
  frames: number;
  cost: CostView | null;
  seconds_per_frame: number;
  seconds_likely: number;
  seconds_at_most: number;
  basis: string;
  workers_online: number;
  here: boolean;
  measured: boolean;
  energy: number | null;
  energy_cost: string;
  pieces: string;
  blocked: string;
};
export type CheckView = {
  blender: string;
  frame: number;
  percent: number;
  findings: string;
  equal: boolean;
  differing: number;
  original: string;
  packed: string;
};
export type TestFrameView = { frame: number; seconds: number; width: number; height: number; image: string };
export type RecentFile = { path: string; name: string; folder: string; opened_at: string; exists: boolean };

// --- jobs
export type JobStateView =
  | 'packing'
  | 'pinning'
  | 'funding'
  | 'open'
  | 'rendering'
  | 'verifying'
  | 'paused'
  | 'complete'
  | 'failed'
  | 'cancelled'
  | 'expired';
export type JobMoney = {
  unit: string;
  price_per_frame: string;
  cap: string;
  spent: string;
  refunded: string;
  escrowed: string;
  refundable: string;
};
export type JobRow = {
  id: string;
  name: string;
  state: JobStateView;
  turn: number | null;
  frames_total: number;
  frames_done: number;
  money: JobMoney | null;
  seconds_left: number | null;
  created_at: string;
  thumbnail: string;
  note: string;
};
export type WhenDone = 'nothing' | 'sleep' | 'shut_down';
export type WhenDoneView = { choice: WhenDone; seconds_left: number | null };
export type StageState = 'waiting' | 'active' | 'done' | 'failed';
export type Stage = { id: string; label: string; state: StageState; progress: number };
export type TimelineView = { at: string; text: string };
export type JobView = {
  row: JobRow;
  stages: Stage[];
  width: number;
  height: number;
  fps: number;
  format: string;
  pieces: string;
  saved_to: string;
  save_suggestion: string;
  before: string;
  can_pause: boolean;
  can_resume: boolean;
  can_cancel: boolean;
  timeline: TimelineView[];
  escrow: EscrowView | null;
};
// --- money on the chain
export type QuoteView = {
  unit: string;
  spends: string;
  fee_most: string;
  deploys: boolean;
  balance: string;
};
export type ChainAction = 'cancel' | 'accept' | 'challenge' | 'expire';
export type ChainTransactionView = { what: string; at: string; hash: string };
export type EscrowView = {
  number: string;
  text: string;
  total_paid: string;
  note: string;
  results_cid: string;
  actions: ChainAction[];
  transactions: ChainTransactionView[];
};
export type PaidView = { at: string; amount: string; hash: string };
export type FrameStateView =
  'waiting' | 'rendering' | 'checking' | 'rendered' | 'verified' | 'failed' | 'cancelled';
export type FrameCell = {
  frame: number;
  state: FrameStateView;
  progress: number;
  thumbnail: string;
  on_this_computer: boolean;
};
export type FrameView = {
  cell: FrameCell;
  task: string;
  image: string;
  is_float: boolean;
  worker: string;
  worker_reputation: number | null;
  rendered_on: string;
  seconds: number;
  peak_memory: number;
  checked: string;
  audit_image: string;
  paid: string;
  width: number;
  height: number;
  bytes: number;
  log: string;
  failures: number;
  last_failure: string;
  can_accept: boolean;
  can_rerender: boolean;
  can_dispute: boolean;
};
export type FrameAction = 'accept' | 'rerender' | 'dispute';
export type SavedFrames = { folder: string; files: number };

// --- provide
export type ProviderState = 'off' | 'starting' | 'idle' | 'rendering' | 'stopping' | 'snoozed' | 'blocked';
export type CurrentFrame = { job: string; job_name: string; frame: number; progress: number };
export type DeviceView = {
  id: string;
  name: string;
  kind: string;
  enabled: boolean;
  threads: number;
  threads_total: number;
  score: number;
  memory_bytes: number;
};
export type BlenderView = {
  path: string;
  version: string;
  engines: string[];
  denoisers: string[];
  sandboxed: boolean;
  error: string;
};
export type LimitsView = {
  threads: number;
  memory_mb: number;
  disk_gb: number;
  frame_minutes: number;
  slots: number;
  price_floor: string;
};
export type ProviderView = {
  state: ProviderState;
  reason: string;
  detail: string;
  progress: number | null;
  snoozed_until: string;
  consented: boolean;
  earned_today: string;
  pending: string;
  frames_pending: number;
  frames_today: number;
  frames_rejected_today: number;
  reputation: number | null;
  devices: DeviceView[];
  blenders: BlenderView[];
  limits: LimitsView;
  benchmark: number | null;
  current: CurrentFrame[];
  why_not: string[];
};
export type StopMode = 'now' | 'after_frame';

// --- earnings
export type EarningsDayView = {
  date: string;
  pending: string;
  verified: string;
  paid: string;
  frames: number;
  electricity: string;
};
export type PayoutView = { at: string; frame: number | null; amount: string; entry: string };
export type EarningsJobView = {
  job: string;
  name: string;
  frames: number;
  pending: string;
  paid: string;
  seconds: number;
  last_at: string;
  payouts: PayoutView[];
};
export type EarningsView = {
  pending: string;
  verified: string;
  paid: string;
  frames_paid: number;
  frames_pending: number;
  frames_rejected: number;
  days: EarningsDayView[];
  jobs: EarningsJobView[];
  paid_on_chain: PaidView[];
};

// --- prices
export type PriceView = {
  symbol: string;
  usd: string;
  answered_by: string;
  source: string;
  age_seconds: number;
};

// --- wallet
export type WalletView = {
  address: string;
  unit: string;
  balance: string;
  escrowed: string;
  network: string;
  backed_up: boolean;
  can_ask_for_credits: boolean;
  has_chain: boolean;
  chain_trouble: CommandError | null;
  key: KeyView;
};
export type KeyProtection = 'none' | 'password' | 'keychain';
export type KeyView = { protection: KeyProtection; locked: boolean; lock_minutes: number; replaced: boolean };
export type QrView = { size: number; path: string };
export type ChainWalletView = {
  network: string;
  balance: string;
  eth: string | null;
  owed: string;
  deployed: boolean;
  can_mint: boolean;
  qr: QrView;
};
export type TransactionState = 'sent' | 'succeeded' | 'reverted';
export type MoneyDirection = 'in' | 'out' | 'none';
export type TransactionView = {
  seq: string;
  at: string;
  what: string;
  text: string;
  direction: MoneyDirection;
  amount: string;
  fee: string;
  state: TransactionState;
  hash: string;
  can_open: boolean;
  job: string;
};
export type TransactionPage = { entries: TransactionView[]; next_cursor: string };
export type WalletPayment = { type: 'transfer'; to: string; amount: string } | { type: 'withdraw' };
export type PaymentQuote = {
  id: string;
  text: string;
  direction: MoneyDirection;
  amount: string;
  fee_most: string;
  deploys: boolean;
  balance: string;
};
export type KeySource = 'new' | 'text' | 'file';
export type NewKey = {
  source: KeySource;
  text: string;
  path: string;
  password: string;
  protect_with: string;
};
export type LedgerEntryView = {
  seq: string;
  at: string;
  text: string;
  incoming: boolean;
  amount: string;
  balance: string;
  job: string;
};
export type LedgerPage = { entries: LedgerEntryView[]; next_cursor: string };

// --- settings
export type ThemeChoice = 'system' | 'light' | 'dark';
export type KuboChoice = 'automatic' | 'always' | 'never';
export type PinningChoice = { name: string; url: string };
export type SettingsView = {
  theme: ThemeChoice;
  coordinator_url: string;
  starknet_node: string;
  blender_paths: string[];
  save_folder: string;
  notify_job_ended: boolean;
  notify_payout: boolean;
  provide_on_start: boolean;
  allow_unsandboxed: boolean;
  power_watts: number;
  electricity_price: string;
  encrypt_scenes: boolean;
  kubo: KuboChoice;
  kubo_url: string;
  coordinator_store: boolean;
  gateways: string[];
  pinning: PinningChoice[];
  cache_limit_mb: number;
};
export type KuboState = 'found' | 'old' | 'absent';
export type KuboView = {
  state: KuboState;
  url: string;
  is_used: boolean;
  version: string;
  agent: string;
  peers: number;
  repo_bytes: string;
  storage_max: string;
  message: string;
};
export type PinningView = { name: string; url: string; has_token: boolean };
export type StorageView = {
  kubo: KuboView;
  bytes: string;
  kept_bytes: string;
  blocks: string;
  pinning: PinningView[];
};
export type DoctorLevel = 'ok' | 'warning' | 'bad';
export type DoctorCheck = { name: string; level: DoctorLevel; detail: string; advice: string };
export type DoctorReport = { checks: DoctorCheck[]; text: string };

// --- status, errors, events
export type StatusView = {
  tone: string;
  headline: string;
  reason: string;
  network: string;
  jobs_running: number;
  balance: string;
  unit: string;
  version: string;
  first_start: boolean;
};
export type CommandError = { code: string; message: string; hint: string };
export type AppEvent =
  | { type: 'job'; data: JobView }
  | { type: 'frames'; data: { job: string; cells: FrameCell[] } }
  | { type: 'provider'; data: ProviderView }
  | { type: 'status'; data: StatusView }
  | { type: 'when_done'; data: WhenDoneView }
  | { type: 'wallet' }
  | { type: 'earnings' }
  | { type: 'drag_enter'; data: { names: string[] } }
  | { type: 'drag_leave' }
  | { type: 'open_file'; data: { path: string } }
  | { type: 'notice'; data: { tone: string; title: string; detail: string; job: string } }
  | { type: 'test_frame'; data: { progress: number } };
