// Sample data for `vite dev` in a plain browser; never part of a build. The address may choose a situation:
// ?frames=100000, ?empty, ?first, ?down, ?consent, ?theme=light, ?float, ?kubo=old, ?kubo=absent, ?kubo=strange, ?nokeychain, ?chain, ?locked, ?poor, ?free
import type { Backend } from '../backend';
import type {
  AppEvent,
  CommandError,
  FrameCell,
  FrameStateView,
  FrameView,
  JobRow,
  ProviderView,
  SettingsView,
  WhenDoneView,
} from '../types';
import { ordered } from '$lib/pages/jobs/queue';
import { picture } from './pictures';
import * as samples from './samples';
import { storageMock } from './storage';
import { walletMock } from './wallet';

const situation = new URLSearchParams(window.location.search);
const listeners = new Set<(event: AppEvent) => void>();
const emit = (event: AppEvent) => listeners.forEach((tell) => tell(event));
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const never = new Promise<never>(() => {});

const empty = situation.has('empty');
/** Nobody pays: the coordinator is the app's own. */
const free = situation.has('free');
let provider: ProviderView = situation.has('consent')
  ? {
      ...samples.provider,
      state: 'off',
      consented: false,
      reason: 'Not providing',
      detail: 'Press the switch and this computer renders for others.',
      progress: null,
      current: [],
      reputation: null,
    }
  : samples.provider;
let settings: SettingsView = {
  ...samples.settings,
  theme: (situation.get('theme') as SettingsView['theme']) ?? 'system',
};
const known = free ? samples.rows.map((row) => ({ ...row, money: null })) : samples.rows;
let whenDone: WhenDoneView = { choice: 'nothing', seconds_left: null };
let rows: JobRow[] = empty ? [] : known;

function refuseWhenDown(): void {
  if (!situation.has('down')) return;
  const error: CommandError = {
    code: 'coordinator_down',
    message: 'The coordinator stopped answering.',
    hint: 'Your 9 frames are on this computer. Trying again in 8 s.',
  };
  throw error;
}

function cells(of: JobRow): FrameCell[] {
  const done: FrameStateView = of.money === null ? 'rendered' : 'verified';
  const total = Number(situation.get('frames') ?? of.frames_total);
  return Array.from({ length: total }, (_, place): FrameCell => {
    const frame = place + 1;
    const state: FrameStateView =
      total > 100 || of.state === 'complete' || frame <= 7
        ? done
        : frame <= 9
          ? 'checking'
          : frame === 10
            ? 'rendering'
            : frame === 12
              ? 'failed'
              : 'waiting';
    const pictured = state === done || state === 'checking';
    return {
      frame,
      state,
      progress: state === 'rendering' ? 0.62 : 0,
      thumbnail: pictured ? picture(frame) : '',
      on_this_computer: state === 'rendering',
    };
  });
}

function setProvider(part: Partial<ProviderView>): void {
  provider = { ...provider, ...part };
  emit({ type: 'provider', data: provider });
}

function rowOf(id: string): JobRow {
  const row = rows.find((one) => one.id === id);
  if (!row)
    throw {
      code: 'not_found',
      message: 'There is no job of this name.',
      hint: 'It may belong to another key.',
    };
  return row;
}

export const mock: Backend = {
  status: async () => ({
    ...samples.status,
    ...(free && { unit: '', balance: '', network: 'Local network · no workers' }),
    first_start: situation.has('first'),
  }),
  startupFile: async () => situation.get('open'),
  firstPaint: async () => {},
  openFolder: async () => {},
  chooseSceneFile: async () => '/home/mia/scenes/Bowling.blend',
  chooseFile: async () => '/home/mia/textures/wood_floor.png',
  chooseFolder: async () => '/home/mia/textures',

  async inspectScene(path) {
    await wait(60);
    if (path.includes('broken')) {
      throw {
        code: 'truncated',
        message: 'The file ends in the middle.',
        hint: 'Nothing was changed. Save it again in Blender, or copy it again.',
      };
    }
    const scene = samples.scene(path);
    return situation.has('clean') ? { ...scene, problems: [] } : scene;
  },
  searchMissing: async () => [
    { stored_path: '//textures/wood_floor.png', actual: '/home/mia/textures/wood_floor.png' },
  ],
  async estimate(asked) {
    await wait(60);
    refuseWhenDown();
    return {
      frames: 250,
      cost: free
        ? null
        : {
            unit: situation.has('chain') ? 'STRK' : 'credits',
            price_per_frame: samples.units('0.0736'),
            likely: samples.units('18.40'),
            cap: asked.cap || samples.units('22'),
            balance: samples.units('41.20'),
          },
      seconds_per_frame: 44,
      seconds_likely: 7800,
      seconds_at_most: 10_200,
      basis: 'this computer’s benchmark',
      workers_online: free ? 0 : 3,
      here: free,
      measured: !free,
      energy: free ? 0.65 : null,
      energy_cost: free ? '0.19' : '',
      pieces: '',
      blocked: '',
    };
  },
  timeScene: async () => undefined,
  async renderTestFrame() {
    for (let step = 1; step <= 10; step += 1) {
      await wait(80);
      emit({ type: 'test_frame', data: { progress: step / 10 } });
    }
    return { frame: 1, seconds: 3.1, width: 384, height: 216, image: picture(1) };
  },
  async checkPacked() {
    await wait(400);
    return {
      blender: '3.4.1',
      frame: 1,
      percent: 10,
      findings: situation.has('lost') ? 'Blender misses wood.png. These would render pink: Lane.' : '',
      equal: !situation.has('lost'),
      differing: situation.has('lost') ? 0.2 : 0,
      original: picture(1),
      packed: picture(situation.has('lost') ? 7 : 1),
    };
  },
  quoteJob: async () => samples.quote,
  quoteOnChain: async () => samples.quote,
  async actOnChain() {
    await wait(300);
  },
  async postJob() {
    const row: JobRow = { ...known[0]!, id: 'draft-1', name: 'Bowling', state: 'packing' };
    rows = [row, ...rows];
    return row.id;
  },
  recentFiles: async () =>
    empty || situation.has('first')
      ? []
      : ['Bowling.blend', 'Monkeys.blend', 'Old hall.blend'].map((name, place) => ({
          path: `/home/mia/scenes/${name}`,
          name,
          folder: '/home/mia/scenes',
          opened_at: samples.ago(40 + place * 1300),
          exists: place < 2,
        })),
  forgetRecent: async () => {},
  sampleScene: async () => '/home/mia/.local/share/veriframe/Sample.blend',

  async jobs() {
    refuseWhenDown();
    return rows;
  },
  job: async (id) => samples.job(rowOf(id)),
  jobFrames: async (id) => cells(rowOf(id)),
  async frame(id, frame): Promise<FrameView> {
    const row = rowOf(id);
    const cell = cells(row)[frame - 1]!;
    const done = cell.thumbnail !== '';
    const verified = cell.state === 'verified';
    return {
      cell,
      task: `task-${frame}`,
      image: done ? picture(frame, 1920, 1080) : '',
      is_float: situation.has('float'),
      worker: done ? samples.wallet.address : '',
      worker_reputation: done && !free ? 912 : null,
      rendered_on: done ? 'Blender 3.4.1, CPU, 8 threads' : '',
      seconds: done ? 7.4 : 0,
      peak_memory: done ? 214e6 : 0,
      checked: verified
        ? 'rendered again: equal'
        : cell.state === 'rendered'
          ? 'size and content plausible'
          : '',
      audit_image: verified && frame === 6 ? picture(frame + 1, 1920, 1080) : '',
      paid: row.money === null ? '' : verified ? samples.units('0.10') : '0',
      width: 1920,
      height: 1080,
      bytes: done ? 310_000 : 0,
      log: 'Fra:6 Mem:12.04M | Time:00:00.51 | Syncing Suzanne\nFra:6 Mem:214.40M | Time:00:07.40 | Finished',
      failures: cell.state === 'failed' ? 3 : 0,
      last_failure: cell.state === 'failed' ? 'out of memory' : '',
      can_accept: done && cell.state !== 'rendered',
      can_rerender: done || cell.state === 'failed',
      can_dispute: verified,
    };
  },
  pauseJob: async () => {},
  resumeJob: async () => {},
  async orderJobs(ids) {
    rows = ordered(rows, ids);
  },
  async pauseAllJobs() {
    const isOn = (row: JobRow) => ['open', 'rendering', 'verifying'].includes(row.state);
    rows = rows.map((row) => (isOn(row) ? { ...row, state: 'paused' } : row));
  },
  async resumeAllJobs() {
    rows = rows.map((row) => (row.state === 'paused' ? { ...row, state: 'rendering' } : row));
  },
  whenDone: async () => whenDone,
  async setWhenDone(choice) {
    whenDone = { choice, seconds_left: null };
    emit({ type: 'when_done', data: whenDone });
  },
  cancelJob: async () => {},
  actOnFrames: async () => {},
  saveFrames: async (_, frames, folder) => ({ folder, files: frames.length || 7 }),

  async provider() {
    refuseWhenDown();
    return provider;
  },
  startProviding: async () =>
    setProvider({ state: 'idle', reason: 'Waiting for a job', detail: '', progress: null }),
  stopProviding: async (mode) =>
    setProvider(
      mode === 'now'
        ? { state: 'off', reason: 'Not providing', detail: '', progress: null, current: [] }
        : { state: 'stopping', detail: 'Stops when this frame is done.' },
    ),
  snoozeProviding: async (minutes) =>
    setProvider({
      state: 'snoozed',
      reason: 'Snoozed',
      detail: '',
      progress: null,
      snoozed_until: new Date(Date.now() + minutes * 60_000).toISOString(),
    }),
  consentToProviding: async () => setProvider({ consented: true }),
  setDevice: async (id, enabled) =>
    setProvider({
      devices: provider.devices.map((device) => (device.id === id ? { ...device, enabled } : device)),
    }),
  setLimits: async (limits) => setProvider({ limits }),
  rescanBlenders: async () => {},
  async runBenchmark() {
    for (let step = 0; step < 10; step += 1) {
      setProvider({ benchmark: step / 10 });
      await wait(200);
    }
    setProvider({ benchmark: null });
  },

  async earnings(days) {
    refuseWhenDown();
    const all = samples.earnings(days);
    const none = {
      pending: '0',
      verified: '0',
      paid: '0',
      frames_paid: 0,
      frames_pending: 0,
      paid_on_chain: [],
      frames_rejected: 0,
    };
    return empty ? { ...none, days: [], jobs: [] } : all;
  },
  exportEarnings: async () => '/home/mia/earnings.csv',

  ledger: async () => ({ entries: empty ? [] : samples.ledger(), next_cursor: '' }),
  askForCredits: async () => {},
  transfer: async () => {},
  prices: async () =>
    situation.has('chain')
      ? [
          { symbol: 'STRK', usd: '0.1234', answered_by: 'coordinator', source: 'CoinGecko', age_seconds: 12 },
          {
            symbol: 'ETH',
            usd: '3012.5',
            answered_by: 'public: Coinbase',
            source: 'Coinbase',
            age_seconds: 3,
          },
        ]
      : [],
  backUpKey: async (folder) => `${folder}/veriframe-key.json`,
  ...walletMock(situation, emit, refuseWhenDown),

  settings: async () => settings,
  async saveSettings(next) {
    settings = next;
    return settings;
  },
  async doctor() {
    if (situation.has('slow')) return never;
    await wait(100);
    return {
      checks: [
        { name: 'Blender', level: 'ok', detail: '3.4.1 in /usr/bin/blender', advice: '' },
        { name: 'Sandbox', level: 'ok', detail: 'bubblewrap 0.8.0: no network, no home folder', advice: '' },
        {
          name: 'Denoiser',
          level: 'warning',
          detail: 'This Blender was built without OpenImageDenoise.',
          advice: 'Install a Blender from blender.org to render denoised scenes.',
        },
        {
          name: 'Disk',
          level: 'bad',
          detail: '0.4 GB free',
          advice: 'Make room, or choose another folder by VERIFRAME_HOME.',
        },
      ],
      text: 'VeriFrame 0.1.0\nBlender 3.4.1: ok\nSandbox: ok\nDenoiser: none\nDisk: 0.4 GB free',
    };
  },

  ...storageMock(() => settings, situation),

  onEvent(tell) {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
};

// So that a situation can be brought about by hand or by a script.
Object.assign(window, { emit });
