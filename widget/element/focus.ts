import type { State } from '../flow/state.ts';

/** What was drawn: the state, how many reviews found faults, and the heading. */
export interface Look {
  readonly at: string | undefined;
  readonly tries: number;
  readonly title: string | null | undefined;
}

export function lookOf(root: ShadowRoot, state: State | undefined): Look {
  return {
    at: state?.at,
    tries: state && 'tries' in state ? state.tries : 0,
    title: root.querySelector<HTMLElement>('#heading')?.textContent,
  };
}

/** Puts the focus where a person goes on after a change. `focused`: the place that had the focus before it was drawn. */
export function moveFocus(
  root: ShadowRoot,
  before: Partial<Look>,
  now: Look,
  focused: Element | null | undefined,
): void {
  if (!before.at || !now.at) return;
  // A slot that is still drawn keeps the focus.
  if (focused?.matches('slot') && focused.isConnected) focused = null;
  const heading = root.querySelector<HTMLElement>('#heading');
  const isOther = before.at !== now.at;
  // The heading is a status, and whoever hears it because the focus comes to it must not hear it twice.
  if (heading && before.title !== now.title)
    heading.parentElement!.ariaLive = isOther && focused && root.activeElement !== heading ? 'off' : null;
  if (isOther) {
    if (focused) heading?.focus();
  }
  // After each review with faults, focus the first of them, also if the page's own button has asked for the review.
  else if (now.tries > before.tries!) {
    // A page may have corrected them in the same turn.
    const list = root.querySelector<HTMLElement>('#faults');
    if (list) {
      list.ariaLive = null;
      // A screen reader announces the same faults again only if they are new in the document.
      list.before(list);
    }
    // A wrong sum makes none of the vendors' fields invalid.
    const field =
      root.querySelector<HTMLElement>('[aria-invalid=true]:not(details *)') ??
      root.querySelector<HTMLElement>('#vendor-0');
    // A screen reader reads the fault only if the focus moves.
    if (root.activeElement === field) list?.focus();
    else field?.focus();
  }
  // The focused button is gone: focus what replaced it, or else the heading.
  else if (focused && !root.activeElement) {
    // That of another place belongs to another question.
    const next = focused.querySelector<HTMLElement>('.place:scope [data-next]');
    if (next?.isConnected) next.focus();
    // There is none, or it is hidden.
    if (!root.activeElement) heading?.focus();
  }
}

/**
 * The place that has the focus, or the slot whose content has it, also if a component around the form hands on what was put
 * into its own slot.
 */
export function placeOf(root: ShadowRoot): Element | null | undefined {
  return (
    root.activeElement?.closest('.place, section') ??
    [...root.querySelectorAll('slot')].find(
      (slot) =>
        slot.matches(':focus-within') ||
        // In a window that is not in front nothing matches that.
        slot.assignedElements({ flatten: true }).some((element) => element.contains(document.activeElement)),
    )
  );
}

/** The line of the order whose units are being typed, with the caret. */
export interface Line {
  readonly id: string;
  readonly caret: readonly [start: number | null, end: number | null];
}

export function focusedLine(root: ShadowRoot): Line | undefined {
  const field = root.activeElement as HTMLInputElement | null;
  const id = field?.dataset['line'];
  return id === undefined ? undefined : { id, caret: [field!.selectionStart, field!.selectionEnd] };
}

/**
 * The page has replaced the lines, and the fields follow their place: the focus goes to the new place of its line. A
 * line that is gone leaves it to the heading, because the next key would go to another line.
 */
export function followLine(root: ShadowRoot, line: Line | undefined): undefined {
  if (!line || focusedLine(root)?.id === line.id) return;
  const { id, caret } = line;
  const fields = root.querySelectorAll<HTMLInputElement>('[data-line]');
  const field = [...fields].find(({ dataset }) => dataset['line'] === id);
  (field ?? root.querySelector<HTMLElement>('#heading'))?.focus();
  field?.setSelectionRange(...caret);
}

/** The first field, or the heading of a state without fields. */
export function firstFieldOf(root: ParentNode | null): HTMLElement | null | undefined {
  const find = (selector: string) => root?.querySelector<HTMLElement>(selector);
  return find('input:checked') ?? find(':is(input, textarea):not([hidden] *)') ?? find('#heading');
}
