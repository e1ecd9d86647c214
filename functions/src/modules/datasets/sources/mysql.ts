import { databaseSource } from './database.ts';

/** Rows of a query to MySQL or MariaDB. */
export const mysql = databaseSource('mysql', 3306);
