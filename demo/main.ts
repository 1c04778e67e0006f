import { MerchantConsole } from './console.ts';

customElements.define('merchant-console', MerchantConsole);
