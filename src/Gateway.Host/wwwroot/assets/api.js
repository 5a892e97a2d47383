const PATIENCE = 10_000;

/** Why a request came to nothing, in words to show. */
export class Failure extends Error {
  constructor(words, status = 0, problem = {}) {
    super(words);
    this.status = status;
    this.field = problem.field;
    this.errors = problem.errors ?? [];
  }
}

/** Calls the gateway. A session that ended is told to the page as the event "signed-out". */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Failure('the gateway cannot be reached. Is this device on the right network?');
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  throw new Failure(wordsOf(response, answer), response.status, answer ?? {});
}

function wordsOf(response, problem) {
  const wait = Number(response.headers.get('Retry-After'));
  if (response.status === 429) return `Too many tries. ${wait ? `Try again in ${waitWords(wait)}.` : 'Wait a little before the next.'}`;
  if (response.status === 401) return 'You are not signed in any more.';
  return problem?.detail ?? problem?.title ?? `The gateway answered with error ${response.status}.`;
}

const waitWords = seconds => seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
