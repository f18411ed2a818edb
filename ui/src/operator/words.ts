// Words and figures of the page.
import { moment, number, shortAddress } from '$lib/format';
import { credits } from '$lib/money';

export { credits, number, shortAddress };

export const when = (text: string | undefined): string => (text ? moment(new Date(text)) : '–');

/** `1 frame`, `2 frames`. */
export const counted = (count: number, one: string): string =>
  `${number(count)} ${one}${count === 1 ? '' : 's'}`;

/** `render_failed` as `render failed`. */
const WORDS: Record<string, string> = {
  queued: 'waiting',
  leased: 'being rendered',
  submitted: 'being checked',
  dead: 'given up',
  notify: 'send events to a webhook',
  redeliver: 'send one event again',
  gather_results: 'gather a job’s results',
  check_pins: 'look after a job’s results',
  work_retried: 'work tried again',
};

export const plain = (word: string): string => WORDS[word] ?? word.replaceAll('_', ' ');

export const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);

/** The name of an account of the books, short enough for a column. */
export function account(name: string): string {
  const [kind = '', id = ''] = name.split(':');
  if (kind === 'user') return shortAddress(id);
  return kind === 'escrow' ? `escrow ${id.slice(0, 8)}` : kind;
}

const TONES: Record<string, string> = {
  complete: 'tone-ok',
  paid: 'tone-ok',
  verified: 'tone-ok',
  online: '',
  failed: 'tone-bad',
  expired: 'tone-bad',
  dead: 'tone-bad',
  suspended: 'tone-bad',
  paused: 'tone-warn',
  sign_in_refused: 'tone-warn',
  tokens_revoked: 'tone-warn',
};

/** Green means verified or paid, amber look here, red failed; everything else is plain. */
export const tone = (word: string): string => TONES[word] ?? '';
