// What the window calls by a text is what Rust declares: nothing else compares the two.
import { describe, expect, it } from 'vitest';
import bindings from './bindings.ts?raw';
import calls from './tauri.ts?raw';

const named = (text: string, by: RegExp) => [...text.matchAll(by)].map((found) => found[1]).sort();

describe('the commands of the window', () => {
  it('are called by the names that Rust declares', () => {
    const declared = named(bindings, /__TAURI_INVOKE<[^"]*>\("([a-z_]+)"/g);
    const called = [...new Set(named(calls, /invoke(?:<[^>]*>)?\(\s*'([a-z_]+)'/g))];
    expect(declared.length).toBeGreaterThan(50);
    expect(called.filter((name) => !declared.includes(name))).toEqual([]);
  });
});
