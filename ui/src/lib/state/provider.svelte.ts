import { asCommandError, backend, type CommandError, type ProviderView } from '$lib/backend';
import { onEvent } from './app.svelte';

class Provider {
  view: ProviderView | null = $state.raw(null);
  error: CommandError | null = $state.raw(null);

  async read(): Promise<void> {
    try {
      this.view = await backend.provider();
      this.error = null;
    } catch (thrown) {
      this.error = asCommandError(thrown);
    }
  }
}

export const provider = new Provider();

onEvent((event) => {
  if (event.type === 'provider') provider.view = event.data;
});
