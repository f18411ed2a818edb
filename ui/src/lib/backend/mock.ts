import type { Backend } from './backend'; export const mock = {} as Backend;
