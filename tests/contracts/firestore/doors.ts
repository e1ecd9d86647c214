import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CollectionReference, Firestore, type Settings } from '@google-cloud/firestore';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe } from 'vitest';
import { type FirestoreEngine, openFirestoreEngine } from '../../../emulators/firestore/index.ts';
import { loadServiceDefinition } from '../../../emulators/firestore/testing/testing.ts';

/** Where a Firestore is reached: our engine in two ways, and whatever the operator points to. */
export type Door = 'in process' | 'gRPC' | 'FIRESTORE_EMULATOR_HOST';

// The client obeys the variable whatever its settings say, so it is taken away from the other doors.
const given = process.env.FIRESTORE_EMULATOR_HOST;
delete process.env.FIRESTORE_EMULATOR_HOST;
process.env.METADATA_SERVER_DETECTION ??= 'none';

const DOORS: readonly Door[] = given
  ? ['in process', 'gRPC', 'FIRESTORE_EMULATOR_HOST']
  : ['in process', 'gRPC'];
const PROJECT = 'contract-project';
const run = Math.random().toString(36).slice(2, 8);
let collections = 0;

type Unary = (request: object, callback: (error: Error | null, response: unknown) => void) => void;
type RawClient = InstanceType<ReturnType<typeof makeGenericClientConstructor>>;

/** A call in which requests and responses go both ways. */
export interface Duplex {
  send(request: object): void;
  /** The next response; undefined at the end. */
  next(): Promise<unknown>;
  end(): void;
}

/** One database behind one door, for the tests of a file. Index mode `automatic`, as Google's emulator works. */
export class World {
  readonly door: Door;
  /** Resource name of the default database. */
  readonly database = `projects/${PROJECT}/databases/(default)`;
  readonly root = `${this.database}/documents`;
  private engine: FirestoreEngine | undefined;
  private host: string | undefined;
  private shared: Firestore | undefined;
  private raw: RawClient | undefined;
  private readonly clients: Firestore[] = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'contract-'));

  constructor(door: Door) {
    this.door = door;
  }

  async open(): Promise<void> {
    if (this.door === 'FIRESTORE_EMULATOR_HOST') this.host = given;
    else this.engine = openFirestoreEngine({ directory: this.directory, indexMode: 'automatic' });
    if (this.door === 'gRPC') this.host = (await this.engine?.serve())?.address;
    this.shared = this.client();
  }

  /** A client of its own; the tests' end terminates it. */
  client(settings: Settings = {}): Firestore {
    const { host } = this;
    const client = new Firestore({ projectId: PROJECT, ...(host && { host, ssl: false }), ...settings });
    if (!host) this.engine?.attach(client);
    this.clients.push(client);
    return client;
  }

  /** The client that the tests share. */
  get firestore(): Firestore {
    if (!this.shared) throw new Error('The world is not open.');
    return this.shared;
  }

  /** A collection that no other test uses. */
  collection(client: Firestore = this.firestore): CollectionReference {
    return client.collection(`c${run}-${++collections}`);
  }

  /** Makes one call of the protocol with a request that no client library has looked at. */
  call(method: string, request: object): Promise<unknown> {
    this.raw ??= this.connect();
    const client = this.raw;
    return new Promise((resolve, reject) => {
      const answer = client[method] as unknown as { responseStream?: boolean } & Unary;
      if (!answer.responseStream) {
        answer.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
        return;
      }
      const stream = (answer as unknown as (request: object) => NodeJS.ReadableStream).call(client, request);
      const responses: unknown[] = [];
      stream.on('data', (response) => responses.push(response));
      stream.on('error', reject);
      stream.on('end', () => resolve(responses));
    });
  }

  /** Makes one call with bytes that may be no message at all. */
  send(method: string, message: Buffer): Promise<unknown> {
    this.raw ??= this.connect();
    const client = this.raw;
    const same = (bytes: Buffer) => bytes;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/google.firestore.v1.Firestore/${method}`,
        same,
        same,
        message,
        (error, response) => (error ? reject(error) : resolve(response)),
      );
    });
  }

  /** Opens a call in which requests and responses go both ways; `next` fails when the call has. */
  duplex(method: string): Duplex {
    this.raw ??= this.connect();
    const open = this.raw[method] as unknown as () => NodeJS.ReadWriteStream;
    const stream = open.call(this.raw);
    const responses: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
    return {
      send: (request) => stream.write(request as unknown as string),
      next: async () => (await responses.next()).value,
      end: () => stream.end(),
    };
  }

  private connect(): RawClient {
    if (!this.host) throw new Error('Only doors with a network take raw requests.');
    const Client = makeGenericClientConstructor(loadServiceDefinition(), 'Firestore');
    return new Client(this.host, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
  }

  async dispose(): Promise<void> {
    this.raw?.close();
    await Promise.all(this.clients.map((client) => client.terminate()));
    await this.engine?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function contractOn(doors: readonly Door[], title: string, define: (world: World) => void): void {
  describe.each(doors)(`${title}, %s`, (door) => {
    const world = new World(door);
    beforeAll(() => world.open());
    afterAll(() => world.dispose());
    define(world);
  });
}

/** Declares tests that hold behind every door. */
export function contract(title: string, define: (world: World) => void): void {
  contractOn(DOORS, title, define);
}

/** Declares tests that need raw requests: in process there is nothing but the client library. */
export function networkContract(title: string, define: (world: World) => void): void {
  contractOn(
    DOORS.filter((door) => door !== 'in process'),
    title,
    define,
  );
}
