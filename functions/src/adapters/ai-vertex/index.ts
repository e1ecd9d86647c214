import type { GoogleGenAIOptions } from '@google/genai';
import { once } from '../../kernel/once.ts';
import type { Ai } from '../../kernel/ports/ai.ts';

export interface VertexAiOptions {
  /** Google Cloud project id. */
  readonly project: string;
  /** `europe-west1` */
  readonly location: string;
  /** `gemini-2.5-flash` */
  readonly model: string;
  /** 60 s by default. */
  readonly timeoutMs?: number;
  /** Another endpoint or other credentials than the environment's. */
  readonly client?: Pick<GoogleGenAIOptions, 'httpOptions' | 'googleAuthOptions'>;
}

/** Gemini on Vertex AI. The client is loaded with the first request; `phrase` throws what the client throws. */
export function createVertexAi({
  project,
  location,
  model,
  timeoutMs = 60_000,
  client,
}: VertexAiOptions): Ai {
  const connection = once(async () => {
    const { GoogleGenAI } = await import('@google/genai');
    return new GoogleGenAI({ ...client, vertexai: true, project, location });
  });
  return {
    engine: `vertex-ai:${model}`,
    phrase: async ({ instructions, draft, locale }) => {
      const { models } = await connection.get();
      const response = await models.generateContent({
        model,
        contents: draft,
        config: {
          systemInstruction: `${instructions}\nAnswer in the language of the locale ${locale}.`,
          temperature: 0,
          abortSignal: AbortSignal.timeout(timeoutMs),
        },
      });
      if (!response.text) throw new Error(`${model} gave no text`);
      return response.text.trim();
    },
  };
}
