import type { DataModel, LooseRow, LooseRows } from '../data-model.ts';
import type { Provider } from '../provider.ts';
import { parseSeed } from '../seed-rows.ts';
import type { Millis } from '../time.ts';
import { cleanRow } from './clean.ts';
import type { Recorder } from './recorder.ts';

export interface RecordedSeed {
  readonly rows: LooseRows;
  /** What is not in the rows, as sentences. */
  readonly gaps: readonly string[];
}

/**
 * The seed of what was recorded so far, without secrets and personal data. A payment that no seed may have is left out
 * and named, so that the rest can be used.
 */
export function recordedSeed(model: DataModel, recorders: ReadonlyMap<Provider, Recorder>, now: Millis): RecordedSeed {
  const byId = new Map<string, Map<unknown, LooseRow>>();
  const gaps: string[] = [];
  for (const [provider, recorder] of recorders) {
    for (const [payment, raw] of recorder.payments()) {
      const rows = cleaned(provider, raw);
      const parsed = parseSeed(model, rows, now);
      if ('fault' in parsed) gaps.push(`${provider.title}: payment ${payment} is left out: ${parsed.fault}.`);
      else for (const [name, list] of Object.entries(rows)) merge(byId, name, list);
    }
    gaps.push(...recorder.gaps().map((gap) => `${provider.title}: ${gap}`));
  }
  return { rows: Object.fromEntries([...byId].map(([name, rows]) => [name, [...rows.values()]])), gaps };
}

/** The rows of a sandbox itself as a seed, without secrets and personal data. */
export function ownSeed(providers: readonly Provider[], rows: LooseRows): LooseRows {
  return Object.assign(
    {},
    ...providers.map((provider) => {
      const own = Object.keys(provider.rows.schemas).map((name) => [name, rows[name] ?? []]);
      return cleaned(provider, Object.fromEntries(own) as LooseRows);
    }),
  ) as LooseRows;
}

function cleaned({ recording }: Provider, rows: LooseRows): Record<string, LooseRow[]> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, list = []]) => [
      name,
      recording ? list.map((row) => cleanRow(row, recording.clean)) : [...list],
    ]),
  );
}

/** A row that several payments need, such as a connected account, is there once. */
function merge(byId: Map<string, Map<unknown, LooseRow>>, name: string, list: readonly LooseRow[]): void {
  const rows = byId.get(name) ?? new Map<unknown, LooseRow>();
  for (const row of list) rows.set(row['id'], row);
  byId.set(name, rows);
}
