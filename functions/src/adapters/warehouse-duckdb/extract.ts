import type { Database } from './database.ts';
import { quoteText } from './database.ts';
import type { Parameters } from './query.ts';

/** Writes the rows of one SELECT into a Parquet file, on a connection of its own, until `signal` ends it. */
export async function extractRows(
  database: Database,
  sql: string,
  parameters: Parameters,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const connection = await database.connect();
  const stop = (): void => connection.interrupt();
  signal.addEventListener('abort', stop);
  try {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const statement = await connection.prepare(`COPY (${sql}) TO ${quoteText(file)} (FORMAT parquet)`);
    statement.bind([...parameters]);
    if (signal.aborted) stop();
    await statement.run();
  } finally {
    signal.removeEventListener('abort', stop);
    connection.closeSync();
  }
}
