/** Where load goes, and what a connection begins with. */
export type Target = {
  readonly port: number;
  /** A ClientHello in base64 for what is passed on unread, or a client of mutual TLS. */
  readonly greeting:
    | { readonly kind: "hello"; readonly hello: string }
    | {
        readonly kind: "mutual-tls";
        readonly cert: string;
        readonly key: string;
        readonly ca: string;
        readonly serverName: string;
        /** Names of the key exchanges that the client offers, the first preferred; OpenSSL's own list unless told. */
        readonly groups?: string;
      };
};

/**
 * Key exchanges that a client offers: one that every OpenSSL knows, so that all of those compared do the same work, and the one that is safe
 * from who records now to decrypt later, which OpenSSL knows from 3.5 on.
 */
export const GROUPS = { common: "X25519", postQuantum: "X25519MLKEM768:X25519" } as const;

/** What a client process does. */
export type Load = { readonly target: Target } & (
  | {
      readonly kind: "transfer";
      readonly direction: "up" | "down";
      readonly connections: number;
      readonly bytes: number;
    }
  | {
      readonly kind: "connections";
      readonly atOnce: number;
      readonly total: number;
      /** Whether all of them resume one TLS session, which is begun before. */
      readonly resumed?: boolean;
    }
  | { readonly kind: "pace"; readonly connections: number; readonly perSecond: number; readonly seconds: number }
  | { readonly kind: "idle"; readonly connections: number }
);

/** What a client process found. Latencies are those of the whole exchange, at p50 and p99. */
export type LoadResult = {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};
