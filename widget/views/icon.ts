import { html, nothing } from 'lit';

import type { State } from '../flow/state.ts';
import type { Drawn } from './parts.ts';

const CHECK = 'm6.5 10 2.5 2.5 4.5-5';
const CLOCK = 'M10 5.5V10l3 2';
const CROSS = 'm7 7 6 6m0-6-6 6';
const MARK = 'M10 5.5V11m0 2.5v1';

const SHAPES: Readonly<Partial<Record<State['at'], string>>> = {
  succeeded: CHECK,
  pending: CLOCK,
  awaiting_approval: CLOCK,
  failed: CROSS,
  cancelled: CROSS,
  load_failed: MARK,
  signed_out: MARK,
  unknown: MARK,
  unrecognised: MARK,
  reversing: MARK,
  reversed: MARK,
};

/** Stands before the heading. The heading says the same in words. */
export function icon(at: State['at']): Drawn {
  const shape = SHAPES[at];
  return shape
    ? html`<svg class="icon" part="icon" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="8.5" />
        <path d=${shape} />
      </svg>`
    : nothing;
}
