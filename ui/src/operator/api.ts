// The coordinator, as the page asks it. An access token that ran out is renewed once, without a word.
import { session } from './session.svelte';

const BASE = '/api/v1';

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

let renewal: Promise<boolean> | null = null;

export async function get<T>(path: string): Promise<T> {
  return (await ask('GET', path)) as T;
}

export async function post<T>(path: string, body: object = {}): Promise<T> {
  return (await ask('POST', path, body)) as T;
}

async function ask(method: string, path: string, body?: object, again = true): Promise<unknown> {
  const answer = await send(method, path, session.tokens?.access, body);
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const error = await problem(answer);
  if (answer.status !== 401) throw error;
  if (again && (await renew())) return ask(method, path, body, false);
  session.end('Your session ended.');
  throw error;
}

async function send(method: string, path: string, token?: string, body?: object): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers['content-type'] = 'application/json';
  try {
    return await fetch(BASE + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      cache: 'no-store',
    });
  } catch {
    throw new ApiError('unreachable', 'The coordinator does not answer.', 'Trying again.');
  }
}

async function problem(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as { error: { code: string; message: string; hint: string } };
    return new ApiError(error.code, error.message, error.hint);
  } catch {
    return new ApiError('unreadable', `The coordinator answered ${answer.status}.`, '');
  }
}

/** Several requests may find the token run out at once; a refresh token works once. */
function renew(): Promise<boolean> {
  renewal ??= (async () => {
    const refresh = session.tokens?.refresh;
    if (!refresh) return false;
    const answer = await send('POST', '/auth/refresh', undefined, { refresh_token: refresh });
    if (!answer.ok) return false;
    const tokens = (await answer.json()) as { access_token: string; refresh_token: string };
    session.start({ access: tokens.access_token, refresh: tokens.refresh_token });
    return true;
  })().finally(() => (renewal = null));
  return renewal;
}
