import { hash, verify } from '@node-rs/argon2';

/** argon2id, with what OWASP's Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** The hash of a password that nobody has, so that an unknown address takes as long as a known one. Made once, when it is needed. */
let nobodys: Promise<string> | null = null;

/** A failure is not kept. */
function hashOfNobody(): Promise<string> {
  nobodys ??= hash('the password of nobody at all', ARGON2ID).catch((error: unknown) => {
    nobodys = null;
    throw error;
  });
  return nobodys;
}

/** What is stored of a password. It takes a core for about 30 ms, on the machine that takes the clicks: do it in a `FairQueue`. */
export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2ID);

/** Whether it is the password; false, in the same time, when there is none. As dear as `hashPassword`. */
export async function isPassword(stored: string | null, password: string): Promise<boolean> {
  const compared = stored ?? (await hashOfNobody());
  const isRight = await verify(compared, password);
  return isRight && stored !== null;
}
