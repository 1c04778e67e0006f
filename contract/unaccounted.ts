/** As in `unaccounted_refunds` of a payment summary. */
interface Unaccounted {
  readonly listed: number;
  readonly known: number;
  readonly unknown?: number | null | undefined;
}

/**
 * Whether the requests whose outcome nobody knows explain why the provider lists more refunds than are known. Then they
 * are settled first: whoever records one of them as made elsewhere counts it twice.
 */
export function mayBeOurs({ listed, known, unknown }: Unaccounted): boolean {
  return listed <= known + (unknown ?? 0);
}
