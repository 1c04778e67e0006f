import { defineRefundForm } from './index.ts';

export { registerLocale, registerProvider } from './index.ts';

defineRefundForm();
