// Addresses of the pages: `#/create`, `#/jobs`, `#/jobs/ID`, …

export const pages = ['create', 'jobs', 'provide', 'earnings', 'wallet', 'settings'] as const;
export type Page = (typeof pages)[number];
export type Route = { page: Page; id: string };

export function readRoute(hash: string): Route {
  const [page = '', id = ''] = hash.replace(/^#\/?/, '').split('/');
  const known = pages.find((name) => name === page);
  return known ? { page: known, id: decodeURIComponent(id) } : { page: 'create', id: '' };
}

export const jobAddress = (id: string): string => `#/jobs/${encodeURIComponent(id)}`;

class Location {
  route: Route = $state.raw(readRoute(window.location.hash));
}

export const here = new Location();

window.addEventListener('hashchange', () => {
  here.route = readRoute(window.location.hash);
});
