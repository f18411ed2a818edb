import { unit } from '$lib/state/unit.svelte';
import { bytes, number, percent } from '$lib/format';
import { framesCount, plural } from '../plural';

const DENOISERS: Record<string, string> = { OPENIMAGEDENOISE: 'OpenImageDenoise', OPTIX: 'OptiX' };
const ENGINES: Record<string, string> = {
  CYCLES: 'Cycles',
  BLENDER_EEVEE: 'EEVEE',
  BLENDER_EEVEE_NEXT: 'EEVEE',
  BLENDER_WORKBENCH: 'Workbench',
};
const named = (names: Record<string, string>, ids: string[]): string =>
  [...new Set(ids.map((id) => names[id.toUpperCase()] ?? id))].join(', ');

export const provide = {
  facts: 'Render for others with this computer',
  what: 'this computer’s state',
  start: 'Start providing',
  afterFrame: 'After this frame',
  snooze: 'Snooze 1 h',
  wake: 'Go on now',
  stopNow: 'Stop now',
  progress: 'Progress of the frame',
  snoozedUntil: (at: string) => `Goes on by itself ${at}.`,
  currentOf: (frame: number, job: string, share: number) => `Frame ${frame} of ${job}, ${percent(share)}`,

  consentTitle: 'Before a stranger’s scene renders here',
  consentText:
    'Providing means that Blender opens scenes that other people made. This is what such a scene can do here.',
  cannot: 'It cannot',
  cannotList: [
    'read your files: your home folder is not there for it',
    'reach the network, or any other program on this computer',
    'run scripts on your computer: Blender starts without them, and what runs all the same stays in the sandbox',
    'write anywhere but one folder, which is emptied afterwards',
  ],
  can: 'It can',
  canList: [
    'use the processor, memory and disk, up to the limits you set',
    'make the computer warm and its fans loud while it renders',
  ],
  consentSandbox: 'Where no sandbox is available, nothing is rendered unless you allow it in Settings.',
  consent: 'I understand, start',
  notNow: 'Not now',

  today: 'Today',
  get todayNote() {
    return `${unit()}, paid today`;
  },
  pending: 'Pending',
  pendingNote: (count: number) => `${framesCount(count)} being checked`,
  framesToday: 'Frames today',
  framesTodayNote: (accepted: number, refused: number) =>
    `${number(accepted)} accepted, ${number(refused)} refused`,
  reputation: 'Reputation',
  noReputation: 'new',
  reputationNote: 'of 1,000; good work raises it',
  noReputationNote: 'the first frames decide it',

  devices: 'Devices',
  useDevice: (name: string) => `Render on ${name}`,
  noDevices: 'No device was found yet. They show once a Blender is found.',
  device: (kind: string, threads: number, total: number, memory: number, score: number) =>
    [
      kind,
      total > 0 ? `${number(threads)} of ${plural(total, { one: 'thread', other: 'threads' })}` : '',
      memory > 0 ? bytes(memory) : '',
      score > 0 ? `score ${number(score)}` : 'not measured',
    ]
      .filter(Boolean)
      .join(' · '),
  benchmark: 'Measure this computer',
  benchmarkAgain: 'Measure again',
  benchmarkText: 'Renders a small scene for about a minute. Estimates rest on the score.',
  benchmarkRunning: 'Measuring this computer',

  blender: 'Blender',
  noBlender: 'No Blender was found. Install one, or say where it is in Settings › Blender programs.',
  rescan: 'Look again',
  sandboxed: 'sandboxed',
  notSandboxed: 'no sandbox',
  blenderFacts: (engines: string[], denoisers: string[]) =>
    `${named(ENGINES, engines)} · ${denoisers.length > 0 ? named(DENOISERS, denoisers) : 'no denoiser'}`,

  limits: 'When and how much',
  limit: {
    threads: 'Threads',
    memory: 'Memory, at most',
    disk: 'Disk, at most',
    minutes: 'A frame may take',
    slots: 'Frames at a time',
    price: 'Least price',
  },
  get units() {
    return { threads: 'threads', memory: 'GB', disk: 'GB', minutes: 'min', slots: '', price: unit() };
  },
  noLimit: 'no limit',
  allThreads: 'all',
  anyPrice: 'any',
  priceNote: 'Price of a benchmark minute; jobs that pay less are left to others.',
  limitWrong: (least: number, most: number) =>
    `A whole number from ${number(least)} to ${number(most)}, or empty.`,
  saved: 'Saved',
  stranger: 'A stranger’s scene can read nothing of yours, reach no network, and write to one folder only.',
  howWeKnow: 'How we know',
  howTitle: 'How a stranger’s scene is kept in',
  howText: [
    'Blender starts with its factory settings and without the scripts of the scene.',
    'On Linux it runs inside bubblewrap: the system is read-only, there is no home folder, no network, and one writable folder.',
    'It may ask the kernel for nothing but what a render needs: no keys, no other programs, no new rights. Where VeriFrame runs as root, Blender does not.',
    'Memory, disk, files and programs are looked at four times a second; who takes more than your limits is ended.',
    'Every job gets a folder of its own, which is removed when the job ends.',
    'When a frame is stopped, every process it started is stopped with it.',
    'Doctor in Settings tries the sandbox on this computer and says what it found.',
  ],
  whyNot: 'Not taken, and why',
};
