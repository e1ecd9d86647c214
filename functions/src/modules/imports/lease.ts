import type { Ports } from '../../kernel/context.ts';
import { CommitConflict, type StoredDocument, StoreUnavailable } from '../../kernel/ports/documents.ts';

/** After this without a sign of life a run is taken for dead. */
const LEASE_MS = 30_000;

/** One import at a time for each tenant: whoever holds the lease works. */
export interface Lease {
  /** Shows that the run is alive. Throws when another run took over meanwhile. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

export type LeaseAnswer = { readonly lease: Lease } | { readonly heldFor: string };

/** Takes the tenant's lease for a job; answers which job has it when it is not free. */
export async function takeLease(
  ports: Ports,
  tenantId: string,
  jobId: string,
  owner: string,
): Promise<LeaseAnswer> {
  const path = `tenants/${tenantId}/leases/imports`;
  const now = (): number => ports.clock.now();
  const data = (): Record<string, unknown> => ({ jobId, owner, until: now() + LEASE_MS });
  const held = async (): Promise<StoredDocument | undefined> => {
    const found = await ports.documents.get(path);
    return found?.data.owner === owner ? found : undefined;
  };
  const current = await ports.documents.get(path);
  if (current && Number(current.data.until) > now()) return { heldFor: String(current.data.jobId) };
  try {
    await ports.documents.commit([
      { kind: 'set', path, data: data(), when: current ? { revision: current.revision } : { exists: false } },
    ]);
  } catch (error) {
    if (!(error instanceof CommitConflict)) throw error;
    return { heldFor: String((await ports.documents.get(path))?.data.jobId ?? '') };
  }
  return {
    lease: {
      renew: async () => {
        const found = await held();
        if (!found) throw new StoreUnavailable(`another run took over ${jobId}`);
        await ports.documents.commit([
          { kind: 'set', path, data: data(), when: { revision: found.revision } },
        ]);
      },
      release: async () => {
        const found = await held();
        if (found)
          await ports.documents.commit([{ kind: 'delete', path, when: { revision: found.revision } }]);
      },
    },
  };
}
