import { defineRefundForm } from './index.ts';

defineRefundForm();
