// The texts of the window. Another language is another object of the same type.
import { en } from './en';

export type Messages = typeof en;
export const m: Messages = en;
