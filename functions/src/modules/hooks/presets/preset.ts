/** How a sender signs: everything that differs between those that use an HMAC. Header names are in lower case. */
export interface HmacScheme {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  /** Header with the signature. */
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** What stands before a signature in its header: `sha256=`, `v1=`. */
  readonly prefix: string;
  /** What separates the parts of a header that lists several; one right signature among them is enough. */
  readonly separator?: ',' | ' ' | undefined;
  /** Header with the time of sending, in seconds since 1970… */
  readonly timestampHeader?: string | undefined;
  /** …or the beginning of the part of the signature's header that has it: `t=`. */
  readonly timestampPart?: string | undefined;
  /** Header with the sender's id of the delivery. */
  readonly idHeader?: string | undefined;
  /** What is signed, made of `{id}`, `{timestamp}` and `{body}`. */
  readonly content: string;
  /** The secret's text is the key, or the bytes that it is the base64 of (after `whsec_`). */
  readonly key: 'text' | 'base64';
}

/** Where a delivery says something about itself: in a header, or in a field of its body (`data.id`). */
export type Place = { readonly header: string } | { readonly field: string };

/** What tells two deliveries apart. Without an id of the sender's, `id` means the body. */
export const DEDUPE = ['id', 'id-and-body', 'body', 'none'] as const;
export type Dedupe = (typeof DEDUPE)[number];

/** A kind of sender. */
export interface Preset {
  readonly label: string;
  readonly hmac?: HmacScheme;
  readonly id?: Place;
  readonly type?: Place;
  readonly dedupe: Dedupe;
  /** Who makes the secret: the sender shows it, or it is entered there and may be made here. */
  readonly secretFrom: 'sender' | 'either';
  /** A first call that announces the webhook and carries no event; it is answered and otherwise ignored. */
  readonly ping?: { readonly unsignedBody: RegExp } | { readonly type: string };
  /** How to set it up at the sender, in English; translations are in the portal’s messages as `senders.<name>.setup`. */
  readonly setup: string;
  /** Made up after the sender's documentation. Signatures are added when it is tried. */
  readonly sample: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Readonly<Record<string, unknown>>;
  };
  /** A mapping to begin with, which fits the sample. */
  readonly starter: {
    readonly collection: string;
    readonly key?: string;
    readonly events?: readonly string[];
    readonly mapping: string;
  };
}
