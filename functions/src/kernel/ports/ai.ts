/** Text by a language model, or by the built-in language tools; the answer always says which. */
export interface Ai {
  /** Shown to the user: `vertex-ai:gemini-…`, `openai-compatible:llama3`, `offline`. */
  readonly engine: string;
  /**
   * Rewrites a draft into plain prose. The model may not add figures: the caller checks that every number
   * of the answer stands in the draft, and keeps the draft otherwise.
   */
  phrase(request: { instructions: string; draft: string; locale: string }): Promise<string>;
}
