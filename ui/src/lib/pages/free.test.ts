// Where nobody pays, no page on the way from a scene to its frames says a word of money.
import { render } from 'svelte/server';
import { describe, expect, it, vi } from 'vitest';
import type { EstimateView, FrameView, JobRow } from '$lib/backend';
import * as samples from '$lib/backend/mock/samples';
import { app } from '$lib/state/app.svelte';
import { provider } from '$lib/state/provider.svelte';
import { currency } from '$lib/state/unit.svelte';
import Sidebar from '../shell/Sidebar.svelte';
import CreatePage from './create/CreatePage.svelte';
import { draft } from './create/draft.svelte';
import FrameCell from './jobs/FrameCell.svelte';
import FramePanel from './jobs/FramePanel.svelte';
import { Job } from './jobs/job.svelte';
import Stages from './jobs/Stages.svelte';
import ProvidePage from './provide/ProvidePage.svelte';
import MoneySettings from './settings/MoneySettings.svelte';
import { SettingsStore } from './settings/store.svelte';

// They ask the browser as soon as they are loaded.
vi.mock('$lib/state/route.svelte', () => ({ jobAddress: (id: string) => `#/jobs/${id}` }));
vi.mock('$lib/state/theme', () => ({ applyTheme: () => undefined }));

const WORDS = /\b(credits?|escrow|caps?|wallet|paid|verified)\b/i;
const nothing = () => undefined;

const cost = {
  unit: 'credits',
  price_per_frame: samples.units('0.07'),
  likely: samples.units('18.40'),
  cap: samples.units('22'),
  balance: samples.units('41.20'),
};
const estimate: EstimateView = {
  frames: 250,
  cost,
  seconds_per_frame: 44,
  seconds_likely: 7800,
  seconds_at_most: 10_200,
  basis: 'this computer’s benchmark',
  workers_online: 3,
  here: false,
  measured: true,
  energy: 0.65,
  energy_cost: '0.19',
  pieces: '',
  blocked: '',
};
const paidFrame: FrameView = {
  cell: { frame: 6, state: 'verified', progress: 0, thumbnail: 'frame://6', on_this_computer: false },
  task: 'task-6',
  image: 'frame://6/full',
  is_float: false,
  worker: samples.wallet.address,
  worker_reputation: null,
  rendered_on: 'Blender 3.4.1, CPU, 8 threads',
  seconds: 7.4,
  peak_memory: 214e6,
  checked: 'size and content plausible',
  audit_image: '',
  paid: samples.units('0.10'),
  width: 1920,
  height: 1080,
  bytes: 310_000,
  log: '',
  failures: 0,
  last_failure: '',
  can_accept: true,
  can_rerender: true,
  can_dispute: true,
};
const freeFrame: FrameView = {
  ...paidFrame,
  cell: { ...paidFrame.cell, state: 'rendered' },
  paid: '',
  can_accept: false,
  can_dispute: false,
};

/** The window where nobody pays, or where credits are paid. */
function begin(is: 'free' | 'paid') {
  const free = is === 'free';
  app.status = { ...samples.status, ...(free && { unit: '', balance: '' }) };
  currency.name = app.status.unit;
  provider.view = samples.provider;
  draft.scene = samples.scene('/home/mia/Bowling.blend');
  draft.settings = draft.scene.defaults;
  draft.estimate = free ? { ...estimate, cost: null, workers_online: 0, here: true } : estimate;
  const row: JobRow = { ...samples.rows[0]!, ...(free && { money: null }) };
  const job = new Job(row.id);
  job.view = samples.job(row);
  job.detail = free ? freeFrame : paidFrame;
  return job;
}

const panel = (job: Job, chosen = 1) =>
  render(FramePanel, {
    props: { job, chosen, onopen: nothing, oncompare: nothing, onsave: nothing, onact: nothing },
  }).body;
const create = () => render(CreatePage).body;
const sidebar = () => render(Sidebar, { props: { page: 'create' } }).body;
const provide = () => render(ProvidePage).body;
const money = () =>
  render(MoneySettings, {
    props: { store: new SettingsStore(), view: samples.settings, matches: () => true },
  }).body;

describe('where nobody pays', () => {
  it('Create speaks of time only', () => {
    begin('free');
    const page = create();
    expect(page).not.toMatch(WORDS);
    expect(page).toMatch(/about 44 s a frame.*This computer renders it\./s);
    expect(page).toMatch(/>\s*Render\s*</);
    draft.clear();
    expect(create()).not.toMatch(WORDS);
  });

  it('a job shows its frames and not what they cost', () => {
    const job = begin('free');
    const frame = panel(job);
    expect(frame).not.toMatch(WORDS);
    expect(frame).toContain('rendered here');
    expect(frame).not.toMatch(/Accept|Dispute/);
    // With several chosen every button is live.
    expect(panel(job, 3)).not.toMatch(/Accept|Dispute/);
    job.detail = null;
    expect(panel(job)).not.toMatch(WORDS);
    expect(render(Stages, { props: { stages: job.view!.stages } }).body).not.toMatch(WORDS);
    const { cell } = freeFrame;
    const props = { cell, place: 5, column: 1, height: 80, active: true, chosen: true };
    const drawn = render(FrameCell, { props: { ...props, onchoose: nothing, onopen: nothing } }).body;
    expect(drawn).toContain('tone-ok');
    expect(drawn).not.toMatch(WORDS);
  });

  it('the rail leads to no money, and Settings to the wallet', () => {
    begin('free');
    expect(sidebar()).not.toMatch(WORDS);
    expect(sidebar()).not.toContain('Earnings');
    expect(sidebar()).toMatch(/Create.*Jobs.*Provide.*Settings/s);
    expect(money()).toContain('href="#/wallet"');
  });

  it('Provide counts frames', () => {
    begin('free');
    expect(provide()).not.toMatch(WORDS);
    expect(provide()).toContain('Frames today');
    expect(provide()).not.toContain('Least price');
  });
});

describe('where somebody pays', () => {
  it('everything is said', () => {
    const job = begin('paid');
    expect(create()).toMatch(/18\.40 credits.*Your cap in credits.*Pay and render/s);
    expect(panel(job)).toMatch(/verified.*Paid.*0\.10 credits.*Accept.*Dispute/s);
    expect(sidebar()).toMatch(/Earnings.*Wallet.*41\.20 credits/s);
    expect(provide()).toMatch(/4\.62.*credits, paid today.*Least price/s);
    expect(money()).not.toContain('#/wallet');
  });

  it('a job of before keeps its money where nobody pays now', () => {
    const job = begin('paid');
    currency.name = '';
    expect(panel(job)).toContain('0.10 credits');
  });
});

it('says nothing of money before anything is known', () => {
  begin('free');
  app.status = null;
  expect(sidebar()).not.toMatch(WORDS);
});
