import { databaseSource } from './database.ts';

/** Rows of a query to PostgreSQL, or what speaks its protocol. */
export const postgres = databaseSource('postgres', 5432);
