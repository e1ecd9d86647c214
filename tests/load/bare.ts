/**
 * The ceiling: the least that a server can do for one contact. Express 5 and `node:sqlite`, a bearer token looked up
 * for each request, a tenant column in every statement, and an audit row for each change in the same transaction
 * (`synchronous=NORMAL`; the platform is measured with `FULL`). Environment: `PORT`, `DB`, `TOKEN`.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import express, { type NextFunction, type Request, type Response } from 'express';

interface Caller {
  tenant: string;
  actor: string;
}

interface Row extends Record<string, unknown> {
  id: string;
  tags: string;
}

const db = new DatabaseSync(process.env.DB ?? ':memory:');
db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;
CREATE TABLE tokens(hash TEXT PRIMARY KEY, tenant TEXT NOT NULL, actor TEXT NOT NULL);
CREATE TABLE contacts(id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
  company TEXT, tags TEXT, score REAL, notes TEXT, created_at TEXT, updated_at TEXT);
CREATE INDEX contacts_company ON contacts(tenant, company, score);
CREATE TABLE audit(id INTEGER PRIMARY KEY, tenant TEXT, actor TEXT, action TEXT, row_id TEXT, at TEXT, before TEXT, after TEXT);`);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
db.prepare('INSERT INTO tokens VALUES(?,?,?)').run(sha256(process.env.TOKEN ?? 'bare'), 't1', 'u1');

const find = {
  token: db.prepare('SELECT tenant, actor FROM tokens WHERE hash=?'),
  contact: db.prepare('SELECT * FROM contacts WHERE tenant=? AND id=?'),
  page: db.prepare('SELECT * FROM contacts WHERE tenant=? AND company=? ORDER BY score DESC LIMIT 25'),
};
const insert = db.prepare('INSERT INTO contacts VALUES(?,?,?,?,?,?,?,?,?,?) RETURNING *');
const update =
  db.prepare(`UPDATE contacts SET name=coalesce(?,name), score=coalesce(?,score), notes=coalesce(?,notes),
  updated_at=? WHERE tenant=? AND id=? RETURNING *`);
const audit = db.prepare(
  'INSERT INTO audit(tenant,actor,action,row_id,at,before,after) VALUES(?,?,?,?,?,?,?)',
);

const now = () => new Date().toISOString();
const show = (row: Row) => ({ ...row, tenant: undefined, tags: JSON.parse(row.tags) as unknown });
const callerOf = (response: Response) => response.locals.caller as Caller;
const given = (value: unknown): SQLInputValue => (value ?? null) as SQLInputValue;

/** Commits a change together with its audit row. */
function write(caller: Caller, action: string, id: string, before: Row | undefined, change: () => Row): Row {
  db.exec('BEGIN');
  try {
    const after = change();
    const old = before ? JSON.stringify(before) : null;
    audit.run(caller.tenant, caller.actor, action, id, now(), old, JSON.stringify(after));
    db.exec('COMMIT');
    return after;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function authenticate(request: Request, response: Response, next: NextFunction): void {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const caller = find.token.get(sha256(token));
  if (!caller) {
    response.status(401).json({ error: 'unauthorized' });
    return;
  }
  response.locals.caller = caller;
  next();
}

const app = express();
app.disable('x-powered-by');
app.use(authenticate, express.json());

app.get('/contacts', (request, response) => {
  const rows = find.page.all(callerOf(response).tenant, String(request.query.company)) as Row[];
  response.json({ data: rows.map(show) });
});

app.get('/contacts/:id', (request, response) => {
  const row = find.contact.get(callerOf(response).tenant, request.params.id) as Row | undefined;
  if (row) response.json(show(row));
  else response.status(404).json({ error: 'not found' });
});

app.post('/contacts', (request, response) => {
  const caller = callerOf(response);
  const { name, email, company, tags, score, notes } = request.body as Record<string, unknown>;
  if (typeof name !== 'string' || !/.+@.+/.test(String(email))) {
    response.status(400).json({ error: 'invalid' });
    return;
  }
  const id = randomUUID();
  const at = now();
  const values = [name, email, company, JSON.stringify(tags ?? []), score, notes].map(given);
  const row = write(
    caller,
    'create',
    id,
    undefined,
    () => insert.get(id, caller.tenant, ...values, at, at) as Row,
  );
  response.status(201).json(show(row));
});

app.patch('/contacts/:id', (request, response) => {
  const caller = callerOf(response);
  const { id } = request.params;
  const before = find.contact.get(caller.tenant, id) as Row | undefined;
  if (!before) {
    response.status(404).json({ error: 'not found' });
    return;
  }
  const { name, score, notes } = request.body as Record<string, unknown>;
  const values = [name, score, notes].map(given);
  const change = () => update.get(...values, now(), caller.tenant, id) as Row;
  response.json(show(write(caller, 'update', id, before, change)));
});

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`The bare server is ready at http://127.0.0.1:${port}\n`);
});
// The load script says stop, or is gone.
process.once('message', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
