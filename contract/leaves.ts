import * as z from 'zod/mini';

/**
 * What most members of a message are, each made once for all messages: a schema takes about a kilobyte of the memory of
 * its page, and the time to make it before anything is drawn.
 */
export const string = z.string();
export const number = z.number();
export const boolean = z.boolean();
export const optionalString = z.optional(string);
export const optionalNumber = z.optional(number);
export const optionalBoolean = z.optional(boolean);
/** Absent, null or a value. */
export const nullishString = z.optional(z.nullable(string));
export const nullishNumber = z.optional(z.nullable(number));
export const nullishBoolean = z.optional(z.nullable(boolean));
