import { parseCredits } from '$lib/money';
import type {
  EarningsView,
  JobMoney,
  JobRow,
  JobView,
  LedgerEntryView,
  ProviderView,
  QuoteView,
  SceneView,
  SettingsView,
  Stage,
  StatusView,
  StorageView,
  WalletView,
} from '../types';
import { picture } from './pictures';

export const units = (text: string): string => parseCredits(text) ?? '0';
export const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

export const status: StatusView = {
  tone: 'ok',
  unit: 'credits',
  headline: 'Providing',
  reason: 'Frame 14 of Bowling, 38 %',
  network: 'Local network · 3 workers',
  jobs_running: 2,
  balance: units('41.20'),
  version: '0.1.0',
  first_start: false,
};

export function scene(path: string): SceneView {
  return {
    path,
    name: path.split('/').pop() ?? path,
    bytes: 184_000_000,
    blender_version: '3.4',
    compression: 'zstd',
    read_seconds: 0.3,
    scenes: [{ name: 'Scene' }, { name: 'Close-up' }],
    active_scene: 'Scene',
    problems: [
      {
        id: 'missing',
        severity: 'blocking',
        title: '2 textures are missing',
        detail: 'wood_floor.png, pin_normal.png — used by “Lane”, “Pin”. Frames 40–80 would be pink.',
        fixes: [
          { kind: 'locate', stored_path: '//textures/wood_floor.png' },
          { kind: 'search_folder' },
          { kind: 'ignore_missing' },
        ],
      },
      {
        id: 'denoise',
        severity: 'blocking',
        title: 'Denoising needs OpenImageDenoise',
        detail: '1 of 3 workers has it. Your Blender 3.4.1 does not.',
        fixes: [{ kind: 'denoise_off' }],
      },
      {
        id: 'driver',
        severity: 'warning',
        title: 'A driver runs a script and will stand still',
        detail: '“Ball” → rotation. Workers never run scripts. Bake it to keyframes in Blender.',
        fixes: [{ kind: 'explain', topic: 'autoexec' }],
      },
    ],
    facts: {
      engine: 'Cycles, 128 samples',
      frames: '1–250, 24 fps',
      width: 1920,
      height: 1080,
      percent: 100,
      camera: 'Camera.001 of 2',
      output: 'PNG, 16 bit',
      samples: 128,
      objects: 214,
      triangles: 1_900_000,
      files: 37,
      libraries: 1,
      total_bytes: 161_000_000,
      memory_bytes: 2_400_000_000,
    },
    dependencies: Array.from({ length: 37 }, (_, place) => ({
      stored_path: place === 4 ? '//textures/wood_floor.png' : `//textures/texture_${place + 1}.png`,
      resolved: `/home/mia/scenes/textures/texture_${place + 1}.png`,
      kind: 'image',
      status:
        place === 4 || place === 9
          ? ('missing' as const)
          : place === 7
            ? ('outside' as const)
            : ('found' as const),
      used_by: ['Lane', 'Pin'].slice(0, 1 + (place % 2)),
      bytes: 4_000_000 + place * 100_000,
    })),
    defaults: {
      path,
      scene: '',
      frames: '1-250',
      percent: 100,
      samples: 128,
      format: 'png',
      denoise_off: false,
      bake: false,
      plain: false,
      anew: false,
      ignore_missing: false,
      located: [],
      cap: '',
      pieces: 'auto',
    },
  };
}

/** What a job of the mock costs and has cost, in credits. */
const money = (spent: string, cap: string): JobMoney => ({
  unit: 'credits',
  price_per_frame: units('0.10'),
  cap: units(cap),
  spent: units(spent),
  refunded: '0',
  escrowed: units('0.74'),
  refundable: units('0.84'),
});

const row = (part: Partial<JobRow> & Pick<JobRow, 'id' | 'name' | 'state'>): JobRow => ({
  turn: null,
  frames_total: 12,
  frames_done: 7,
  money: money('0.70', '1.44'),
  seconds_left: 70,
  created_at: ago(26),
  thumbnail: picture(9),
  note: '',
  ...part,
});

export const rows: JobRow[] = [
  row({ id: 'monkeys', name: 'Monkeys', state: 'rendering', turn: 1 }),
  row({
    id: 'hall',
    name: 'Concert hall, second camera',
    state: 'open',
    turn: 2,
    frames_total: 250,
    frames_done: 0,
    money: money('0', '30'),
    thumbnail: '',
    seconds_left: null,
    created_at: ago(3),
    note: 'Waiting for a worker with Blender 4.2.',
  }),
  row({
    id: 'pavilion',
    name: 'Pavilion',
    state: 'complete',
    frames_total: 5,
    frames_done: 5,
    money: money('0.50', '0.60'),
    seconds_left: null,
    created_at: ago(1500),
  }),
  row({
    id: 'junk',
    name: 'Junkshop',
    state: 'failed',
    frames_total: 40,
    frames_done: 3,
    money: money('0.3', '4.8'),
    seconds_left: null,
    created_at: ago(2900),
    thumbnail: picture(3),
    note: 'Frame 4 failed three times: out of memory.',
  }),
];

export function job(of: JobRow): JobView {
  const done = of.state === 'complete';
  const stages: Stage[] = [
    { id: 'packed', label: 'Packed · 0.2 s', state: 'done', progress: 1 },
    { id: 'pinned', label: 'Pinned · 3 copies', state: 'done', progress: 1 },
    { id: 'paid', label: 'Paid · 1.20 in escrow', state: 'done', progress: 1 },
    {
      id: 'rendering',
      label: done ? `Rendered · ${of.frames_total}` : `Rendering · 9 of ${of.frames_total} · 70 s left`,
      state: done ? 'done' : 'active',
      progress: 9 / of.frames_total,
    },
    {
      id: 'verified',
      label: `Verified · ${of.frames_done}`,
      state: done ? 'done' : 'waiting',
      progress: of.frames_done / of.frames_total,
    },
  ];
  return {
    row: of,
    escrow: null,
    stages: of.money === null ? stages.filter(({ id }) => id !== 'paid' && id !== 'verified') : stages,
    width: 384,
    height: 216,
    fps: 24,
    format: 'PNG',
    pieces: '',
    saved_to: done ? '/home/mia/Pictures/VeriFrame/Pavilion' : '',
    before: '',
    save_suggestion: `/home/mia/Pictures/VeriFrame/${of.name}`,
    can_pause: !done,
    can_resume: false,
    can_cancel: !done,
    timeline: [
      { at: of.created_at, text: of.money === null ? 'Open' : 'Posted, 1.44 credits put into escrow' },
      { at: ago(25), text: 'First frame taken by 0x04a1…93e7' },
    ],
  };
}

export const provider: ProviderView = {
  state: 'rendering',
  reason: 'Rendering frame 14 of Bowling, 38 %',
  detail:
    'Pauses within 2 seconds when you use the computer. Next: 6 frames of the same scene, about 4 minutes.',
  progress: 0.38,
  snoozed_until: '',
  consented: true,
  earned_today: units('4.62'),
  pending: units('0.70'),
  frames_pending: 7,
  frames_today: 46,
  frames_rejected_today: 0,
  reputation: 912,
  devices: [
    {
      id: 'cpu',
      name: 'AMD EPYC',
      kind: 'CPU',
      enabled: true,
      threads: 2,
      threads_total: 2,
      score: 118,
      memory_bytes: 0,
    },
    {
      id: 'gpu',
      name: 'GeForce RTX 4070',
      kind: 'OptiX',
      enabled: false,
      threads: 0,
      threads_total: 0,
      score: 2904,
      memory_bytes: 12e9,
    },
  ],
  blenders: [
    {
      path: '/usr/bin/blender',
      version: '3.4.1',
      engines: ['CYCLES', 'BLENDER_EEVEE', 'BLENDER_WORKBENCH'],
      denoisers: [],
      sandboxed: true,
      error: '',
    },
    {
      path: '/opt/blender-4.2/blender',
      version: '',
      engines: [],
      denoisers: [],
      sandboxed: false,
      error: 'It does not start: libXi.so.6 is missing.',
    },
  ],
  limits: {
    threads: 0,
    memory_mb: 16_384,
    disk_gb: 20,
    frame_minutes: 60,
    slots: 1,
    price_floor: units('0.08'),
  },
  benchmark: null,
  current: [{ job: 'bowling', job_name: 'Bowling', frame: 14, progress: 0.38 }],
  why_not: ['Cathedral: needs Blender 4.2, you have 3.4.1'],
};

export const quote: QuoteView = {
  unit: 'STRK',
  spends: units('22.08'),
  fee_most: units('0.0061'),
  deploys: false,
  balance: units('184.5'),
};

export function earnings(days: number): EarningsView {
  const list = Array.from({ length: days }, (_, place) => {
    const back = days - 1 - place;
    const base = Math.max(0, Math.sin(place * 1.7) + 1) * 2.2;
    return {
      date: new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10),
      pending: back === 0 ? units('0.70') : '0',
      verified: back < 2 ? units((base / 4).toFixed(2)) : '0',
      paid: units(base.toFixed(2)),
      frames: Math.round(base * 10),
      electricity: units((base / 7).toFixed(2)),
    };
  });
  return {
    pending: units('0.70'),
    paid_on_chain: [],
    verified: units('0.31'),
    paid: units('64.12'),
    frames_paid: 641,
    frames_pending: 7,
    frames_rejected: 2,
    days: list,
    jobs: ['Bowling', 'Cathedral at dawn', 'Product turntable'].map((name, place) => ({
      job: `earned-${place}`,
      name,
      frames: 46 - place * 9,
      pending: place === 0 ? units('0.70') : '0',
      paid: units((4.62 - place).toFixed(2)),
      seconds: 3400 - place * 700,
      last_at: ago(12 + place * 900),
      payouts: Array.from({ length: 46 - place * 9 }, (_, frame) => ({
        at: ago(12 + place * 900 + frame),
        frame: 46 - frame,
        amount: units('0.10'),
        entry: String(900 - frame - place * 60),
      })),
    })),
  };
}

export const wallet: WalletView = {
  address: '0x04a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d93e7',
  unit: 'credits',
  balance: units('41.20'),
  escrowed: units('0.74'),
  network: 'Local network',
  backed_up: false,
  can_ask_for_credits: true,
  has_chain: false,
  chain_trouble: null,
  key: { protection: 'none', locked: false, lock_minutes: 15, replaced: false },
};

export function ledger(): LedgerEntryView[] {
  const steps: [string, boolean, string, string][] = [
    ['Credits to start with', true, '100', ''],
    ['Escrow for Cathedral at dawn', false, '60', ''],
    ['Frame 1 of Bowling', true, '0.10', ''],
    ['Frame 2 of Bowling', true, '0.10', ''],
    ['Not used by Cathedral at dawn', true, '2.44', ''],
    ['Escrow for Monkeys', false, '1.44', 'monkeys'],
  ];
  let balance = 0n;
  return steps
    .map(([text, incoming, amount, job], place) => {
      balance += (incoming ? 1n : -1n) * BigInt(units(amount));
      return {
        seq: String(place + 1),
        at: ago(6000 - place * 900),
        text,
        incoming,
        amount: units(amount),
        balance: balance.toString(),
        job,
      };
    })
    .reverse();
}

export const settings: SettingsView = {
  theme: 'system',
  coordinator_url: '',
  starknet_node: '',
  blender_paths: ['/opt/blender-4.2/blender'],
  save_folder: '',
  notify_job_ended: true,
  notify_payout: false,
  provide_on_start: false,
  allow_unsandboxed: false,
  power_watts: 120,
  electricity_price: '0.30',
  encrypt_scenes: true,
  kubo: 'automatic',
  kubo_url: '',
  coordinator_store: true,
  gateways: ['https://trustless-gateway.link', 'https://ipfs.io'],
  pinning: [
    { name: 'Studio pins', url: 'https://pins.studio.example/api' },
    { name: 'Second copy', url: 'https://keep.example.org/psa' },
  ],
  cache_limit_mb: 0,
};

/** What the mock's stores hold; `pinning` is put in from the settings. */
export const storage: StorageView = {
  kubo: {
    state: 'found',
    url: 'http://127.0.0.1:5001',
    is_used: false,
    version: '0.37.0',
    agent: 'kubo/0.37.0/',
    peers: 12,
    repo_bytes: '3214000000',
    storage_max: '10000000000',
    message: '',
  },
  bytes: '3140000000',
  kept_bytes: '1920000000',
  blocks: '3284',
  pinning: [],
};
