import { beforeEach, describe, expect, it } from 'vitest';
import type { CostView, EstimateView, JobSettings } from '$lib/backend';
import { currency } from '$lib/state/unit.svelte';
import { Draft } from './draft.svelte';

const cost: CostView = { unit: 'credits', price_per_frame: '2', likely: '20', cap: '24', balance: '100' };
const estimate = (cost: CostView | null) => ({ frames: 10, cost }) as EstimateView;

describe('what a job costs', () => {
  beforeEach(() => (currency.name = ''));

  it('is said by its estimate, and before that by the window', () => {
    const draft = new Draft();
    expect(draft.costs).toBe(false);
    currency.name = 'credits';
    expect(draft.costs).toBe(true);
    draft.estimate = estimate(null);
    expect(draft.costs).toBe(false);
    currency.name = '';
    draft.estimate = estimate(cost);
    expect(draft.costs).toBe(true);
  });

  it('has a cap only where somebody pays', () => {
    const draft = new Draft();
    draft.settings = { frames: '1-10', cap: '' } as JobSettings;
    draft.estimate = estimate(cost);
    expect(draft.meant().cap).toBe('24');
    draft.estimate = estimate(null);
    expect(draft.meant().cap).toBe('');
  });
});
