import { z } from 'zod';
import type { Ai } from '../../kernel/ports/ai.ts';

export interface OpenAiCompatibleOptions {
  /** `http://127.0.0.1:11434/v1`; `/chat/completions` is added. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** 60 s by default. */
  readonly timeoutMs?: number;
}

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

/**
 * A language model behind the OpenAI chat completions API, such as Ollama, vLLM or llama.cpp.
 * `phrase` throws when the server does not answer in time or as the API describes.
 */
export function createOpenAiCompatible(options: OpenAiCompatibleOptions): Ai {
  const { baseUrl, model, apiKey, timeoutMs = 60_000 } = options;
  return {
    engine: `openai-compatible:${model}`,
    phrase: async ({ instructions, draft, locale }) => {
      const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
        },
        body: JSON.stringify({
          model,
          temperature: 0,
          messages: [
            { role: 'system', content: `${instructions}\nAnswer in the language of the locale ${locale}.` },
            { role: 'user', content: draft },
          ],
        }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new Error(`${baseUrl} answered ${response.status}`);
      const [choice] = completion.parse(await response.json()).choices;
      return choice?.message.content.trim() ?? '';
    },
  };
}
