/** The proxy without Node's modules, for Workers and other runtimes that bring a ledger store of their own. */
export * from './every-runtime.ts';
export { DurableObjectLedger, type DurableObjectOptions, type DurableStorage } from './ledger/stores/durable-object.ts';
