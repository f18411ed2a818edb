// What the texts say where nobody pays.
import { beforeEach, describe, expect, it } from 'vitest';
import type { FrameCell, JobMoney, JobRow } from '$lib/backend';
import { currency } from '$lib/state/unit.svelte';
import { m } from '..';

beforeEach(() => (currency.name = ''));

describe('an estimate', () => {
  it('says who renders', () => {
    expect(m.create.basis('a guess', 0, true)).toBe('Estimated from a guess. This computer renders it.');
    expect(m.create.basis('a guess', 1, true)).toBe(
      'Estimated from a guess. This computer and 1 worker render it.',
    );
    expect(m.create.basis('a guess', 2, false)).toBe('Estimated from a guess, with 2 workers online.');
    expect(m.create.basis('a guess', 0, false)).toContain('No worker is online now');
  });
});

describe('a job', () => {
  const row = (money: JobMoney | null) => ({ state: 'funding', money }) as JobRow;

  it('is posted, not paid, where it costs nothing', () => {
    expect(m.jobs.state(row(null))).toBe('Posting');
    expect(m.jobs.state(row({} as JobMoney))).toBe('Paying');
    expect(m.jobs.state({ ...row(null), state: 'rendering' })).toBe('Rendering');
  });

  it('names the button that makes one', () => {
    expect(m.jobs.emptyText).toMatch(/press Render\.$/);
    currency.name = 'STRK';
    expect(m.jobs.emptyText).toMatch(/press Pay and render\.$/);
  });

  it('gives its own money back, whatever the window is paid in', () => {
    expect(m.jobs.cancelText('0.84', 'credits', 0)).toContain(
      '0.84 credits come back to your wallet at once',
    );
    expect(m.jobs.cancelText('0.84', 'STRK', 0)).toContain('0.84 STRK come back to your wallet when');
  });

  it('does not call its own frames verified', () => {
    const cell: FrameCell = {
      frame: 3,
      state: 'rendered',
      progress: 0,
      thumbnail: '',
      on_this_computer: false,
    };
    expect(m.jobs.cell(cell)).toBe('Frame 3, rendered here');
    expect(m.jobs.caption(cell)).toBe('rendered here');
  });
});

it('notes below figures begin with the unit, where there is one', () => {
  expect(m.earnings.pendingNote(2)).toBe('2 frames being checked');
  expect(m.earnings.paidNote(2)).toBe('for 2 frames');
  currency.name = 'credits';
  expect(m.earnings.pendingNote(2)).toBe('credits, 2 frames being checked');
  expect(m.earnings.paidNote(2)).toBe('credits for 2 frames');
});
