import type { Module } from './kernel/define.ts';
import { analytics } from './modules/analytics/module.ts';
import { auth } from './modules/auth/module.ts';
import { commerce } from './modules/commerce/module.ts';
import { crm } from './modules/crm/module.ts';
import { datasetsModule } from './modules/datasets/module.ts';
import { finance } from './modules/finance/module.ts';
import { hooks } from './modules/hooks/module.ts';
import { imports } from './modules/imports/module.ts';
import { insights } from './modules/insights/module.ts';
import { jobs } from './modules/jobs/module.ts';
import { platform } from './modules/platform/module.ts';
import { tenants } from './modules/tenants/module.ts';
import { webhooks } from './modules/webhooks/module.ts';

/** The only list of modules. */
export const modules: readonly Module[] = [
  auth,
  tenants,
  platform,
  imports,
  datasetsModule,
  jobs,
  crm,
  commerce,
  finance,
  hooks,
  webhooks,
  analytics,
  insights,
];
