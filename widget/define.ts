import { defineRefundForm } from './index.ts';

export { registerLocale } from './index.ts';

defineRefundForm();
