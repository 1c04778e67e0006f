import { MerchantConsole } from './console.ts';
import { forgetKeys, runIn, START_OVER_HEADER, START_OVER_PATH } from './start-over.ts';

/** Of this tab: the page is read again because everything has begun again. */
const STARTS_OVER = 'demo: starts over';

// At the beginning, because a form that is still in the page may write again until it is left.
if (sessionStorage.getItem(STARTS_OVER) !== null) {
  sessionStorage.removeItem(STARTS_OVER);
  forgetKeys();
}
runIn({
  hasPages: true,
  async startOver() {
    const response = await fetch(START_OVER_PATH, { method: 'POST', headers: { [START_OVER_HEADER]: '1' } });
    if (!response.ok) throw new Error(`${START_OVER_PATH} answered ${response.status}`);
    sessionStorage.setItem(STARTS_OVER, '1');
    location.reload();
  },
});
customElements.define('merchant-console', MerchantConsole);
