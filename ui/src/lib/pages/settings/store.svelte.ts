import { asCommandError, backend, type CommandError, type SettingsView } from '$lib/backend';
import { applyTheme } from '$lib/state/theme';
import { attempt } from '$lib/state/toasts.svelte';
import { StorageStore } from './storage.svelte';

/** What every setting is before anybody touches it; the same as in crates/app. */
export const defaults: SettingsView = {
  theme: 'system',
  coordinator_url: '',
  starknet_node: '',
  blender_paths: [],
  save_folder: '',
  notify_job_ended: true,
  notify_payout: false,
  provide_on_start: false,
  allow_unsandboxed: false,
  power_watts: 0,
  electricity_price: '',
  encrypt_scenes: true,
  kubo: 'automatic',
  kubo_url: '',
  coordinator_store: true,
  gateways: ['https://trustless-gateway.link', 'https://ipfs.io'],
  pinning: [],
  cache_limit_mb: 0,
};

export class SettingsStore {
  readonly storage = new StorageStore();
  view = $state.raw<SettingsView | null>(null);
  error = $state.raw<CommandError | null>(null);

  async read(): Promise<void> {
    try {
      this.view = await backend.settings();
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }

  /** Saves a change at once; when it is refused, the old value comes back. Tells whether it was saved. */
  async change(part: Partial<SettingsView>): Promise<boolean> {
    const before = this.view;
    if (!before) return false;
    this.view = { ...before, ...part };
    const saved = await attempt(async () => {
      this.view = await backend.saveSettings({ ...before, ...part });
    });
    if (!saved) this.view = before;
    applyTheme(this.view.theme);
    return saved;
  }

  /** As `change`, for what decides which stores are used: what was found there is looked up again. */
  async changeStores(part: Partial<SettingsView>): Promise<boolean> {
    const saved = await this.change(part);
    if (saved) void this.storage.read();
    return saved;
  }
}
