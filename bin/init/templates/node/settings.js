// Every setting is checked when the server starts: later a wrong one would only show as a fault of something else.

const PLACE = 'in .env (copy .env.example) or in the environment of the server';

export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: set it ${PLACE}`);
  return value;
}

function checked(name, value, isRight, expected) {
  if (!isRight) throw new Error(`${name}: expected ${expected}, received ${value}: correct it ${PLACE}`);
  return value;
}

export function address(name) {
  const value = setting(name);
  const isRight = URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
  return checked(name, value, isRight, 'an address that begins with http:// or https://');
}

/** The address of something of one payment. */
export function addressOfPayment(name) {
  const value = setting(name);
  const expected = 'an address with {id} where the payment goes, such as http://shop.internal/orders/{id}';
  return checked(name, value, /^https?:\/\/[^/]/.test(value) && value.includes('{id}'), expected);
}

/** Milliseconds, or `undefined` where nothing is set. */
export function milliseconds(name) {
  const value = process.env[name];
  if (!value) return undefined;
  const isRight = /^\d{1,4}(?:\.\d+)?$/.test(value) && Number(value) > 0;
  return Number(checked(name, value, isRight, 'a number of seconds above 0, such as 20')) * 1000;
}

export function port(name, otherwise) {
  const value = process.env[name] || otherwise;
  return Number(checked(name, value, /^\d{1,5}$/.test(value) && Number(value) < 65_536, 'a number from 0 to 65535'));
}
