import { hash, verify } from '@node-rs/argon2';
import { Told } from '../lib/told.js';

/** argon2id, with what OWASP's Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each takes a core for about 30 ms, on the machine that takes the clicks. */
const AT_ONCE_MAX = 1;
/** Beyond so many that wait, tries are refused. */
const WAITING_MAX = 20;
/** The hash of a password that nobody has, so that an unknown address takes as long as a known one. Made once, when it is needed. */
let nobodys: Promise<string> | null = null;

/** More tries at once than this node takes. */
export class TooManyTries extends Told {
  constructor() {
    super(429, 'too_many_tries', 'Too many sign-ins at once. Try again.', 1);
  }
}

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE_MAX) {
    if (waiting.length >= WAITING_MAX) throw new TooManyTries();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/** Not in turn, since it may not be refused; a failure is not kept either. */
function hashOfNobody(): Promise<string> {
  nobodys ??= hash('the password of nobody at all', ARGON2ID).catch((error: unknown) => {
    nobodys = null;
    throw error;
  });
  return nobodys;
}

/** What is stored of a password. Throws `TooManyTries`. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, ARGON2ID));

/** Whether it is the password; false, in the same time, when there is none. Throws `TooManyTries`. */
export async function isPassword(stored: string | null, password: string): Promise<boolean> {
  const compared = stored ?? (await hashOfNobody());
  const isRight = await inTurn(() => verify(compared, password));
  return isRight && stored !== null;
}
