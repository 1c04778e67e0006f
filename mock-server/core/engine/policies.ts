interface Policy {
  /** Place in the documentation that explains it, such as `docs/providers/<name>.md#errors`. */
  readonly section: string;
  readonly text: string;
  /** What would change it. */
  readonly until: string;
}

/**
 * Decisions of ours where no source of the provider says anything, by an id such as `provider.topic`. An answer that rests
 * on one names it in the journal, so that nobody takes our choice for the provider's.
 */
export type Policies = Readonly<Record<string, Policy>>;

export interface PolicyNote {
  readonly id: string;
  readonly text: string;
  readonly section: string;
}

/** As the journal and the delivery log name them. */
export const policyNotes = (policies: Policies, ids: readonly string[]): PolicyNote[] =>
  ids.map((id) => ({ id, text: policies[id]?.text ?? '', section: policies[id]?.section ?? '' }));
