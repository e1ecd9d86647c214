export { BigQueryError, type ErrorReason } from '@mewayz/googlesql';
export { type BigQueryEngine, type BigQueryEngineOptions, openBigQueryEngine } from './engine.ts';
export type { QueryLimits } from './jobs/limits.ts';
export type { BigQueryServer, BigQueryServerOptions } from './rest/server.ts';
