import type { Ai } from '../../kernel/ports/ai.ts';

/** The built-in language tools: sentences are written by rules, so a draft is already the answer. Needs no network. */
export const createOfflineAi = (): Ai => ({ engine: 'offline', phrase: async ({ draft }) => draft });
