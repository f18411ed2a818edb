// Which page is shown, and which of its rows: `#/jobs/ID`; some pages have parts: `#/errors/work/7`.

export const PAGES = ['overview', 'jobs', 'workers', 'queue', 'errors', 'money', 'audit'] as const;
export type PageName = (typeof PAGES)[number];

class Route {
  #hash = $state(location.hash);

  constructor() {
    window.addEventListener('hashchange', () => (this.#hash = location.hash));
  }

  get parts(): string[] {
    return this.#hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  }

  get page(): PageName {
    return PAGES.find((page) => page === this.parts[0]) ?? 'overview';
  }

  get selected(): string | null {
    return this.parts[1] || null;
  }
}

export const route = new Route();
export const to = (page: PageName, ...rows: string[]): string =>
  `#/${[page, ...rows].map(encodeURIComponent).join('/')}`;
