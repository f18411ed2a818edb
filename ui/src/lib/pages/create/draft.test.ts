import { beforeEach, describe, expect, it, vi } from 'vitest';
import { backend, type CostView, type EstimateView, type JobSettings, type SceneView } from '$lib/backend';
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

describe('a scene that is read again', () => {
  it('keeps what was typed meanwhile', async () => {
    const answers: ((view: SceneView) => void)[] = [];
    const inspect = vi.spyOn(backend, 'inspectScene');
    inspect.mockImplementation(() => new Promise((answer) => answers.push(answer)));
    const view = {
      path: '/a.blend',
      problems: [] as SceneView['problems'],
      defaults: { frames: '1-24', percent: 100, samples: 0, located: [] as JobSettings['located'] },
    } as SceneView;
    const draft = new Draft();
    const opened = draft.open('/a.blend');
    answers.shift()!(view);
    await opened;
    const again = draft.reread();
    draft.change({ frames: '1-6' });
    answers.shift()!(view);
    await again;
    expect(draft.settings?.frames).toBe('1-6');
    draft.clear();
    inspect.mockRestore();
  });
});
