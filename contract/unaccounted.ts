/** As in `unaccounted_refunds` of a payment summary. */
interface Unaccounted {
  readonly listed: number;
  readonly known: number;
  readonly unknown?: number | null | undefined;
}

/**
 * Whether requests whose outcome nobody knows may be among the refunds that the provider lists and nobody knows. They are
 * settled first: whoever records one of them as made elsewhere counts it twice.
 */
export function mayBeOurs({ unknown }: Unaccounted): boolean {
  return (unknown ?? 0) > 0;
}
