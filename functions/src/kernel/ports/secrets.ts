/** Named secrets: signing keys and encryption keys. Values never leave the process. */
export interface Secrets {
  /** At least 32 random bytes, the same ones for the same name in every process and after every restart. */
  key(name: string): Promise<Uint8Array>;
}
