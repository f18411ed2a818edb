import { isPaid } from '$lib/state/unit.svelte';
import { bytes, duration, number, percent } from '$lib/format';
import type { FrameCell, FrameStateView, JobRow, JobStateView, ChainAction, WhenDone } from '$lib/backend';
import { framesCount, plural } from '../plural';
import { create } from './create';

const frameStates: Record<FrameStateView, string> = {
  waiting: 'waiting',
  rendering: 'rendering',
  checking: 'checking',
  rendered: 'rendered here',
  verified: 'verified',
  failed: 'failed',
  cancelled: 'cancelled',
};

const jobStates: Record<JobStateView, string> = {
  packing: 'Packing',
  pinning: 'Pinning',
  funding: 'Paying',
  open: 'Waiting for a worker',
  rendering: 'Rendering',
  verifying: 'Checking',
  paused: 'Paused',
  complete: 'Complete',
  failed: 'Failed',
  cancelled: 'Cancelled',
  expired: 'Expired',
};

export const jobs = {
  facts: (running: number, total: number) =>
    running > 0
      ? `${number(running)} of ${number(total)} running`
      : plural(total, { one: 'job', other: 'jobs' }),
  emptyTitle: 'No jobs yet',
  get emptyText() {
    return `A job is one scene with the frames you want. It appears here as soon as you press ${isPaid() ? create.pay : create.render}.`;
  },
  emptyAction: 'Create a job',
  what: 'your jobs',
  queue: 'Queue',
  past: 'Ended',
  move: (name: string) => `Move ${name}`,
  moveHint: 'Drag, or use ↑ and ↓',
  renderFirst: 'Render first',
  pauseAll: 'Pause all',
  resumeAll: 'Go on with all',
  pauseAllTitle: 'Pause all jobs?',
  pauseAllText:
    'Frames that are being rendered now can be finished first. Stopped at once they are rendered anew later; nothing that is finished is lost.',
  pauseAfter: 'After these frames',
  pauseNow: 'Stop at once',
  whenDone: 'When the queue is done',
  whenDoneChoice: {
    nothing: 'Do nothing',
    sleep: 'Sleep',
    shut_down: 'Shut down',
  } as Record<WhenDone, string>,
  queueDone: 'The queue is done',
  queueDoneText: (shutDown: boolean, seconds: number) =>
    `This computer ${shutDown ? 'shuts down' : 'goes to sleep'} in ${plural(seconds, { one: 'second', other: 'seconds' })}.`,
  stayOn: 'Stay on',
  // Where nobody pays there is nobody to wait for but this computer.
  state: ({ state, money }: JobRow) =>
    money === null ? { ...jobStates, funding: 'Posting', open: 'Waiting' }[state] : jobStates[state],
  progress: (done: number, total: number) => `${number(done)} of ${framesCount(total)}`,
  progressOf: (name: string) => `Progress of ${name}`,
  spent: (spent: string, cap: string) => `${spent} of at most ${cap}`,
  left: (seconds: number) => `${duration(seconds)} left`,
  notFound: 'This job is not here',

  // `pieces`: how the one frame is cut, `4 × 2 tiles`.
  headFacts: (frames: number, width: number, height: number, posted: string, pieces: string) =>
    [
      pieces ? `${framesCount(1)} in ${pieces}` : framesCount(frames),
      width > 0 ? `${width} × ${height}` : '',
      posted,
    ]
      .filter(Boolean)
      .join(' · '),
  posted: (at: string) => `posted ${at}`,
  whatOne: 'the job',
  pause: 'Pause',
  resume: 'Resume',
  cancel: (refund: string) => `Cancel and refund ${refund}`,
  cancelTitle: (name: string) => `Cancel ${name}?`,
  cancelText: (refund: string, unit: string, done: number) =>
    `${refund} ${unit} come back to your wallet${unit === 'STRK' ? ' when the job is settled' : ' at once'}. ${done > 0 ? `The ${framesCount(done)} that are verified stay yours.` : 'No frame was verified yet.'} Frames that are being rendered now are thrown away.`,
  cancelFree: 'Cancel',
  cancelFreeText: 'Frames that are done stay yours; those being rendered now are thrown away.',
  chain: {
    title: (number: string) => `On the chain: job ${number}`,
    pays: (amount: string) => `Workers get ${amount}.`,
    busy: 'The network is at it…',
    transactions: (count: number) => plural(count, { one: 'transaction', other: 'transactions' }),
    copy: 'Copy the transaction’s hash',
    actions: {
      cancel: 'Take the cap back',
      accept: 'Accept and pay',
      challenge: 'Challenge',
      expire: 'Take the cap back',
    } as Record<ChainAction, string>,
    titles: {
      cancel: 'Take the cap back?',
      accept: 'Accept the frames and pay?',
      challenge: 'Challenge the result?',
      expire: 'Take the cap back?',
    } as Record<ChainAction, string>,
    texts: {
      cancel: 'Nobody has the job yet. It ends, and all of the cap comes back to your wallet.',
      accept:
        'Workers are paid at once, and what is left of the cap comes back to your wallet. This is final.',
      challenge:
        'You put down a bond, and the arbiter decides. If the result stands, the bond is lost; if it falls, you get it back, and half of the coordinator’s.',
      expire: 'The deadline has passed. All of the cap comes back to your wallet.',
    } as Record<ChainAction, string>,
    done: {
      cancel: 'The cap came back',
      accept: 'Accepted: workers are being paid',
      challenge: 'Challenged: the arbiter decides',
      expire: 'The cap came back',
    } as Record<ChainAction, string>,
  },
  saveAll: 'Save all…',
  saveTitle: 'Save all frames',
  saveSome: (count: number) => `Save ${framesCount(count)}`,
  saveText: (count: number) =>
    count === 0
      ? 'No frame is finished yet.'
      : `${framesCount(count)}, named frame_0001 and so on. Files of the same name are replaced.`,
  folder: 'Folder',
  browse: 'Browse…',
  browseTitle: 'Where shall the frames go?',
  saving: 'Saving…',
  savedTitle: (files: number) => `${framesCount(files)} saved`,
  openFolder: 'Open folder',
  savedTo: 'Saved to',
  stages: 'Stages of the job',
  stageStates: { waiting: 'waiting', active: 'in progress', done: 'done', failed: 'failed' },
  money: (spent: string, escrowed: string, refunded: string) =>
    [`${spent} paid`, `${escrowed} in escrow`, refunded === '' ? '' : `${refunded} came back`]
      .filter(Boolean)
      .join(' · '),

  grid: 'Frames',
  gridWhat: 'the frames',
  size: 'Size of the thumbnails',
  selected: (count: number) => `${number(count)} selected`,
  // The words under the picture come first, in their order, so that speaking them finds the cell.
  cell: (cell: FrameCell) => {
    if (cell.state !== 'rendering') return `Frame ${cell.frame}, ${frameStates[cell.state]}`;
    const here = cell.on_this_computer ? 'this computer, ' : '';
    return `Frame ${cell.frame}, ${here}rendering, ${percent(cell.progress)}`;
  },
  frameState: (state: FrameStateView) => frameStates[state],
  caption: (cell: FrameCell) =>
    cell.state === 'rendering' && cell.on_this_computer ? 'this computer' : frameStates[cell.state],
  renderingOf: (frame: number) => `Rendering of frame ${frame}`,
  noFrames: 'The frames appear here once the job is posted.',
  keys: '↑ ↓ ← → move · Enter open · Space compare · S save',

  panel: 'The chosen frame',
  panelMany: (count: number) => `${framesCount(count)} chosen`,
  panelHint: 'Choose a frame to see who rendered it and how it was checked.',
  frame: (frame: number) => `Frame ${frame}`,
  open: 'Open',
  compare: 'Compare',
  log: 'Log',
  logTitle: (frame: number) => `Log of frame ${frame}`,
  logEmpty: 'Blender has written nothing yet.',
  fact: {
    renderedBy: 'Rendered by',
    on: 'On',
    took: 'Took',
    size: 'Size',
    checked: 'Checked',
    paid: 'Paid',
    failed: 'Failed',
  },
  worker: (address: string, reputation: number | null) =>
    reputation === null ? address : `${address}, reputation ${number(reputation)}`,
  took: (seconds: number, memory: number) =>
    memory > 0 ? `${duration(seconds)}, ${bytes(memory)} of memory` : duration(seconds),
  pictureSize: (width: number, height: number, size: number) =>
    `${width} × ${height}${size > 0 ? `, ${bytes(size)}` : ''}`,
  failures: (count: number, last: string) =>
    `${plural(count, { one: 'time', other: 'times' })}${last === '' ? '' : `: ${last}`}`,
  notPaid: 'not yet',
  accept: 'Accept',
  rerender: 'Render again',
  dispute: 'Dispute',
  acted: {
    accept: (count: number) => `${framesCount(count)} accepted`,
    rerender: (count: number) => `${framesCount(count)} will be rendered again`,
    dispute: (count: number) => `${framesCount(count)} disputed`,
  },
  disputeTitle: 'Dispute this frame?',
  disputeText:
    'Another worker renders it again and the pictures are compared. If yours is right the payment is taken back; the check itself is paid from your cap.',
  saveFrames: 'Save…',
  history: 'What happened',

  viewer: {
    picture: (frame: number) => `Picture of frame ${frame}`,
    noPicture: 'This frame has no picture yet.',
    loading: 'Reading the picture…',
    failed: 'The picture could not be read.',
    fit: 'Fit',
    oneToOne: '1:1',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    zoomIs: (share: number) => percent(share),
    exposure: 'Exposure',
    stops: (stops: number) => `${stops > 0 ? '+' : ''}${stops.toFixed(1)} stops`,
    compareWith: 'Compare with',
    nothing: 'Nothing',
    previous: (frame: number) => `Frame ${frame}`,
    audit: 'The check’s picture',
    how: 'Way to compare',
    wipe: 'Wipe',
    difference: 'Difference',
    wipeAt: 'Position of the wipe',
    before: 'Frame before',
    next: 'Frame after',
    hint: 'Wheel zooms, drag moves, ← → other frames, Esc closes',
  },
};
