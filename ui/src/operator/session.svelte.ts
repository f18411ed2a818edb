// The operator's session: an access token, and the one that renews it. Both are gone with the tab.

interface Tokens {
  access: string;
  refresh: string;
}

const KEPT = 'veriframe.operator';

class Session {
  tokens: Tokens | null = $state.raw(recall());
  /** Why one has to sign in again. */
  why = $state('');

  start(tokens: Tokens): void {
    this.tokens = tokens;
    this.why = '';
    sessionStorage.setItem(KEPT, JSON.stringify(tokens));
  }

  end(why = ''): void {
    this.tokens = null;
    this.why = why;
    sessionStorage.removeItem(KEPT);
  }
}

export const session = new Session();

function recall(): Tokens | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (kept && typeof kept === 'object' && 'access' in kept && 'refresh' in kept) {
      return { access: String(kept.access), refresh: String(kept.refresh) };
    }
  } catch {
    // Somebody else's text; the page asks for a sign-in.
  }
  return null;
}

/** `#token=…&refresh=…`, the link that `veriframe operator token` prints. The fragment reaches no server and no history. */
export function takeSessionFromAddress(): void {
  const said = new URLSearchParams(location.hash.slice(1));
  const access = said.get('token');
  if (!access) return;
  session.start({ access, refresh: said.get('refresh') ?? '' });
  history.replaceState(null, '', '#/overview');
}

/** What somebody pasted: the whole link, its fragment, or a token alone. */
export function takeSessionFromText(text: string): boolean {
  const fragment = text.trim().replace(/^[^#]*#/, '');
  const said = new URLSearchParams(fragment);
  const access = said.get('token') ?? (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(fragment) ? fragment : null);
  if (!access) return false;
  session.start({ access, refresh: said.get('refresh') ?? '' });
  return true;
}
