import type { FormDriver } from '../drive.ts';

/** Says what happened to an unknown refund, and how it is known, as a person does who has asked the provider. */
export async function say(ui: FormDriver, outcome: string, words: string): Promise<void> {
  const root = ui.form.shadowRoot!;
  root.querySelector('#outcome')!.closest('details')!.open = true;
  ui.field('outcome').value = outcome;
  ui.field('words').value = words;
  root.querySelector<HTMLInputElement>('[name=sure]')!.checked = true;
  ui.button('Record this').focus();
  await ui.press('Record this');
}
