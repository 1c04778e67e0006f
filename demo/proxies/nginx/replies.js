// What the browser gets: a problem of the proxy itself, or a reply as it came.

function refuse(r, status, code, effect) {
  const problem = { title: code.replace(/_/g, ' '), status: status, code: code, effect: effect || 'nothing' };
  send(r, status, 'application/problem+json', JSON.stringify(problem));
}

function send(r, status, type, text) {
  r.headersOut['Content-Type'] = type;
  r.headersOut['Cache-Control'] = 'no-store';
  r.return(status, text);
}

/** njs takes no empty buffer for a text. */
function bytes(buffer) {
  return buffer && buffer.length > 0 ? buffer : '';
}

/** Passes on a reply as it came, with these headers and no others. */
function pass(r, reply) {
  ['Retry-After', 'Idempotent-Replayed'].forEach((name) => {
    if (reply.headersOut[name]) r.headersOut[name] = reply.headersOut[name];
  });
  send(r, reply.status, reply.headersOut['Content-Type'] || '', bytes(reply.responseBuffer));
}

export default { refuse, send, bytes, pass };
