import { standAloneUpayments } from '../../providers/upayments/stand-alone.ts';
import { standAloneUqpay } from '../../providers/uqpay/stand-alone.ts';
import type { StandAloneProvider } from './stand-alone-provider.ts';

/** The providers of the stand-alone proxy. A provider is a folder below `providers/` and one line here. */
export const PROVIDERS: readonly StandAloneProvider[] = [standAloneUqpay, standAloneUpayments];
