import type { Module } from './kernel/define.ts';
import { auth } from './modules/auth/module.ts';
import { platform } from './modules/platform/module.ts';
import { tenants } from './modules/tenants/module.ts';

/** The only list of modules. */
export const modules: readonly Module[] = [auth, tenants, platform];
