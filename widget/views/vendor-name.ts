import { html, nothing, type TemplateResult } from 'lit';

import { isIban, maskIban } from '../../contract/iban.ts';
import { id, type View } from './parts.ts';

/**
 * The page's name for a vendor. A result carries only the masked IBAN, so that its name is found by the mask; if two
 * names fit, neither is used.
 */
function nameOf({ vendorNames }: View, iban: string, row?: string): string | undefined {
  const names = vendorNames ?? {};
  const fits = Object.keys(names).filter((key) => {
    const known = key.replaceAll(' ', '');
    return key === row || known === iban || maskIban(known) === iban;
  });
  const [name, other] = new Set(fits.map((key) => names[key]));
  return other === undefined ? name : undefined;
}

/** An IBAN, masked. The provider's id of a row, which stands for an unknown one, stays as it came. */
function maskOf(iban: string, row: string | undefined): string {
  return iban === row && !isIban(iban) ? iban : maskIban(iban);
}

/** For an accessible name. `iban`: in full or masked, or else `row`. */
export function vendorText(view: View, iban: string, row?: string): string {
  return [nameOf(view, iban, row), maskOf(iban, row)].filter(Boolean).join(', ');
}

/** The name, and below it `shown`: the masked IBAN if nothing else is given. */
export function vendorName(
  view: View,
  iban: string,
  row?: string,
  shown: unknown = id(maskOf(iban, row)),
): TemplateResult {
  const name = nameOf(view, iban, row);
  return html`${name ? html`<b><bdi>${name}</bdi></b>` : nothing}${shown}`;
}
