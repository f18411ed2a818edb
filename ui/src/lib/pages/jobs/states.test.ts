import { expect, it } from 'vitest';
import type { FrameStateView } from '$lib/backend';
import { frameTone, isDone } from './states';

it('counts what a computer of one’s own rendered as done', () => {
  const states: FrameStateView[] = [
    'waiting',
    'rendering',
    'checking',
    'rendered',
    'verified',
    'failed',
    'cancelled',
  ];
  expect(states.filter(isDone)).toEqual(['rendered', 'verified']);
  expect(states.filter((state) => frameTone(state) === 'tone-ok')).toEqual(['rendered', 'verified']);
  expect(states.filter((state) => frameTone(state) === 'tone-bad')).toEqual(['failed']);
});
