import type pg from 'pg';
import {
  findByEmail,
  findById,
  noteSignIn,
  noteSuccess,
  noteTry,
  type SignInRow,
  useRecoveryCode,
  useStep,
} from '../ledger/members.js';
import { closeSession, openSession } from '../ledger/sessions.js';
import { inTransaction } from '../ledger/transaction.js';
import { Told } from '../lib/told.js';
import { isPassword } from './password.js';
import { hashRecoveryCode, stepOfCode } from './second-factor.js';
import { hashToken, newToken } from './tokens.js';

/** Something that was asked for is wrong: of an address and a password nobody is told which. */
export class WrongCredentials extends Told {
  constructor(asked: 'email or password' | 'password' | 'code') {
    super(401, 'wrong_credentials', `Incorrect ${asked}.`);
  }
}

/** Too many wrong tries of one account. */
export class Locked extends Told {
  constructor(readonly seconds: number) {
    super(429, 'locked', `Too many failed attempts. Try again in ${seconds} s.`, seconds);
  }
}

/** A session that was opened: what goes into the cookie. */
export interface Opened {
  token: string;
  seconds: number;
}

export interface SignInParts {
  pool: pg.Pool;
  now: () => number;
}

/** Opens a session of a member who has shown all that is asked of them. */
export async function openFor(pool: pg.Pool, memberId: number): Promise<Opened> {
  const token = newToken();
  const seconds = await inTransaction(pool, async (client) => {
    await noteSuccess(client, memberId);
    await noteSignIn(client, memberId);
    return openSession(client, { hash: hashToken(token), memberId, isHalf: false });
  });
  return { token, seconds };
}

/**
 * The first step: the password. A member with a second factor gets a session that is good for the second step alone, and
 * their wrong tries stay counted until it is done, so that who knows the password gets no more tries at the code.
 *
 * @throws `WrongCredentials`, `Locked`, `TooManyTries`
 */
export async function signIn({ pool }: SignInParts, email: string, password: string): Promise<Opened> {
  const member = await findByEmail(pool, email);
  if (member) await countTry(pool, member);
  if (!(await isPassword(member?.passwordHash ?? null, password)) || !member)
    throw new WrongCredentials('email or password');
  if (!member.hasSecondFactor) return openFor(pool, member.memberId);
  const token = newToken();
  const seconds = await openSession(pool, {
    hash: hashToken(token),
    memberId: member.memberId,
    isHalf: true,
  });
  return { token, seconds };
}

/**
 * The second step: a code of the app, or a recovery code; each is good once. The half session ends, and a whole one with another
 * token takes its place.
 *
 * @throws `WrongCredentials`, `Locked`
 */
export async function signInSecond(
  { pool, now }: SignInParts,
  half: { hash: Buffer; memberId: number },
  code: string,
): Promise<Opened> {
  const member = await findById(pool, half.memberId);
  if (!member) throw new WrongCredentials('code');
  await checkSecondFactor(pool, member, code, now());
  await closeSession(pool, half.hash);
  return openFor(pool, member.memberId);
}

/** Checks a code of a member, and uses it up. Throws `WrongCredentials`, `Locked`. */
export async function checkSecondFactor(
  pool: pg.Pool,
  member: SignInRow,
  code: string,
  nowMs: number,
): Promise<void> {
  await countTry(pool, member);
  const step = member.totpSecret === null ? null : stepOfCode(member.totpSecret, code, nowMs);
  const isRight =
    step === null
      ? await useRecoveryCode(pool, member.memberId, hashRecoveryCode(code))
      : await useStep(pool, member.memberId, step);
  if (!isRight) throw new WrongCredentials('code');
  await noteSuccess(pool, member.memberId);
}

/** Checks the password of somebody who is signed in. Throws `WrongCredentials`, `Locked`, `TooManyTries`. */
export async function checkPassword(pool: pg.Pool, member: SignInRow, password: string): Promise<void> {
  await countTry(pool, member);
  if (!(await isPassword(member.passwordHash, password))) throw new WrongCredentials('password');
  await noteSuccess(pool, member.memberId);
}

async function countTry(pool: pg.Pool, { memberId, lockedSeconds }: SignInRow): Promise<void> {
  if (lockedSeconds > 0 || !(await noteTry(pool, memberId))) throw new Locked(Math.max(1, lockedSeconds));
}
