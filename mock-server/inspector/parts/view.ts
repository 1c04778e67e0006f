import { LitElement, type PropertyDeclarations } from 'lit';

import type { Question } from './confirm-dialog.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Asks a person before something is lost. */
export type Ask = (question: Question) => Promise<boolean>;

/** A part of the page that shows the sandbox. Light DOM, one stylesheet for all. */
export abstract class View extends LitElement {
  static override properties: PropertyDeclarations = { sandbox: { attribute: false }, ask: { attribute: false } };

  declare sandbox: Sandbox;
  declare ask: Ask;

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sandbox.addEventListener('change', this.#onChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sandbox.removeEventListener('change', this.#onChange);
  }

  #onChange = (): void => this.requestUpdate();
}
