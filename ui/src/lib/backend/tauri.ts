// The only file of the window that knows Tauri.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Backend } from './backend';
import type { commands } from './bindings';
import type { AppEvent } from './types';

export const tauri: Backend = {
  status: () => invoke('status'),
  startupFile: () => invoke('startup_file'),
  firstPaint: () => invoke('first_paint'),
  openFolder: (path) => invoke('open_folder', { path }),
  chooseSceneFile: () => invoke('choose_scene_file'),
  chooseFile: (title) => invoke('choose_file', { title }),
  chooseFolder: (title) => invoke('choose_folder', { title }),

  inspectScene: (path, scene, located) => invoke('inspect_scene', { path, scene, located }),
  searchMissing: (path, folder) => invoke('search_missing', { path, folder }),
  estimate: (settings) => invoke('estimate', { settings }),
  renderTestFrame: (settings) => invoke('render_test_frame', { settings }),
  timeScene: (settings) => invoke('time_scene', { settings }),
  checkPacked: (settings) => invoke('check_packed', { settings }),
  quoteJob: (settings) => invoke('quote_job', { settings }),
  postJob: (settings, feeMost) => invoke('post_job', { settings, feeMost }),
  quoteOnChain: (job, action) => invoke('quote_on_chain', { job, action }),
  actOnChain: (job, action, feeMost) => invoke('act_on_chain', { job, action, feeMost }),
  recentFiles: () => invoke('recent_files'),
  forgetRecent: (path) => invoke('forget_recent', { path }),
  sampleScene: () => invoke('sample_scene'),

  jobs: () => invoke('jobs'),
  job: (id) => invoke('job', { id }),
  jobFrames: (id) => invoke('job_frames', { id }),
  frame: (job, frame) => invoke('frame', { job, frame }),
  pauseJob: (id) => invoke('pause_job', { id }),
  resumeJob: (id) => invoke('resume_job', { id }),
  orderJobs: (ids) => invoke('order_jobs', { ids }),
  pauseAllJobs: (now) => invoke('pause_all_jobs', { now }),
  resumeAllJobs: () => invoke('resume_all_jobs'),
  whenDone: () => invoke('when_done'),
  setWhenDone: (choice) => invoke('set_when_done', { choice }),
  cancelJob: (id) => invoke('cancel_job', { id }),
  actOnFrames: (job, frames, action) => invoke('act_on_frames', { job, frames, action }),
  saveFrames: (job, frames, folder) => invoke('save_frames', { job, frames, folder }),

  provider: () => invoke('provider'),
  startProviding: () => invoke('start_providing'),
  stopProviding: (mode) => invoke('stop_providing', { mode }),
  snoozeProviding: (minutes) => invoke('snooze_providing', { minutes }),
  consentToProviding: () => invoke('consent_to_providing'),
  setDevice: (id, enabled) => invoke('set_device', { id, enabled }),
  setLimits: (limits) => invoke('set_limits', { limits }),
  rescanBlenders: () => invoke('rescan_blenders'),
  runBenchmark: () => invoke('run_benchmark'),

  earnings: (days) => invoke('earnings', { days }),
  exportEarnings: () => invoke('export_earnings'),

  wallet: () => invoke('wallet'),
  ledger: (cursor) => invoke('ledger', { cursor }),
  askForCredits: () => invoke('ask_for_credits'),
  transfer: (to, amount) => invoke('transfer', { to, amount }),
  backUpKey: (folder) => invoke('back_up_key', { folder }),
  chainWallet: () => invoke('chain_wallet'),
  transactions: (cursor) => invoke('transactions', { cursor }),
  openTransaction: (hash) => invoke('open_transaction', { hash }),
  fundWallet: () => invoke('fund_wallet'),
  quotePayment: (payment) => invoke('quote_payment', { payment }),
  makePayment: (id, payment, feeMost) => invoke('make_payment', { id, payment, feeMost }),
  protectKey: (protection, password) => invoke('protect_key', { protection, password }),
  unlockWallet: (password) => invoke('unlock_wallet', { password }),
  lockWallet: () => invoke('lock_wallet'),
  setLockMinutes: (minutes) => invoke('set_lock_minutes', { minutes }),
  importKey: (newKey) => invoke('import_key', { newKey }),
  prices: () => invoke('prices'),

  settings: () => invoke('settings'),
  saveSettings: (settings) => invoke('save_settings', { settings }),
  doctor: () => invoke('doctor'),
  storage: () => invoke('storage'),
  cleanStorage: () => invoke('clean_storage'),
  setPinningToken: (url, token) => invoke('set_pinning_token', { url, token }),
  forgetPinningToken: (url) => invoke('forget_pinning_token', { url }),
  testPinning: (url) => invoke('test_pinning', { url }),

  onEvent(tell) {
    const listening = listen<AppEvent>('app-event', (event) => tell(event.payload));
    return () => void listening.then((stop) => stop());
  },
};

/** What Rust says it answers, generated from it: `null` is how serde writes an answer of nothing. */
type Answers<Commands> = {
  [Name in keyof Commands]: Commands[Name] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Promise<[Answer] extends [null] ? void : Answer>
    : never;
};
// `reportPageError` is called by a script of the shell. Does not compile when the window's idea of a command, its arguments or its answer is not Rust's.
tauri satisfies Omit<Answers<typeof commands>, 'reportPageError'>;
