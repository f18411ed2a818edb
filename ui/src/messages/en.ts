import { common } from './en/common';
import { content } from './en/content';
import { create } from './en/create';
import { earnings } from './en/earnings';
import { jobs } from './en/jobs';
import { provide } from './en/provide';
import { settings } from './en/settings';
import { wallet } from './en/wallet';

export const en = { common, create, jobs, provide, earnings, wallet, settings, content };
