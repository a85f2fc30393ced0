import type { ChooseTenantReply, SignInInput } from '@clickledger/contract';
import type pg from 'pg';
import type { z } from 'zod';
import { hashToken, newToken } from '../lib/tokens.js';
import { Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';
import type { FairQueue } from './fair-queue.js';
import { isKnownDevice, rememberDevice } from './known-devices.js';
import {
  findAccounts,
  findById,
  mostAccounts,
  noteSignIn,
  type SignInRow,
  useRecoveryCode,
  useStep,
} from './members.js';
import { isPassword } from './password.js';
import { hashRecoveryCode, stepOfCode } from './second-factor.js';
import { closeSession, openSession } from './sessions-table.js';
import { countTry, forgetTries, type TryRule } from './sign-in-tries.js';

/** Something that was asked for is wrong: of an address and a password nobody is told which. */
export class WrongCredentials extends Told {
  constructor(asked: 'email or password' | 'password' | 'code') {
    super(401, 'wrong_credentials', `Incorrect ${asked}.`);
  }
}

/** Too many wrong tries. */
export class Locked extends Told {
  constructor(readonly seconds: number) {
    super(429, 'locked', `Too many failed attempts. Try again in ${seconds} s.`, seconds);
  }
}

/** The password opens accounts in several organizations: one has to be named. */
export class ChooseTenant extends Told {
  constructor(readonly tenants: SignInRow['tenant'][]) {
    super(409, 'choose_tenant', 'Your password opens several organizations. Choose one.');
  }

  override get body(): ChooseTenantReply {
    return { error: { code: this.code, message: this.message }, tenants: this.tenants };
  }
}

/** A session that was opened: what goes into the cookies. */
export interface Opened {
  token: string;
  seconds: number;
  /** By which the browser is known from now on; null while the second factor is asked for. */
  device: string | null;
}

export interface SignInParts {
  pool: pg.Pool;
  now: () => number;
  /** In which passwords are hashed. */
  hashing: FairQueue;
}

/** Who tries: the network, and the token of the browser's device cookie, if it has one. */
export interface Trier {
  network: string;
  device: string | null;
}

/** From one network or device. */
const ONE_SOURCE: TryRule = { freeMax: 4, halfLifeSeconds: 900 };
/** From all networks together, known devices apart: a botnet gets no five tries from each of its machines for long. */
const ALL_SOURCES: TryRule = { freeMax: 50, halfLifeSeconds: 3_600 };
const ANYWHERE = 'anywhere';

/** Opens a session of a member who has shown all that is asked of them, and makes the browser a known device. */
export async function openFor(
  pool: pg.Pool,
  memberId: number,
  device: string | null = null,
): Promise<Opened> {
  const token = newToken();
  const known = device ?? newToken();
  const seconds = await inTransaction(pool, async (client) => {
    await noteSignIn(client, memberId);
    await rememberDevice(client, memberId, hashToken(known));
    return openSession(client, { hash: hashToken(token), memberId, isHalf: false });
  });
  return { token, seconds, device: known };
}

/**
 * The first step: the password. A member with a second factor gets a session that is good for the second step alone. Whether there is
 * such a member makes no difference to what is answered, counted or hashed.
 *
 * @throws `WrongCredentials`, `Locked`, `ChooseTenant`, `TooManyTries`
 */
export async function signIn(
  { pool, hashing }: SignInParts,
  { email, password, tenant }: z.infer<typeof SignInInput>,
  trier: Trier,
): Promise<Opened> {
  const subject = `email ${email}`;
  const source = await sourceOf(pool, email, trier);
  await mayTry(pool, subject, source, ONE_SOURCE);
  if (!source.isDevice) await mayTry(pool, subject, { key: ANYWHERE }, ALL_SOURCES);
  const accounts = await findAccounts(pool, email, tenant ?? null);
  // As many for each address: how long it takes would tell an owner that somebody is a member elsewhere.
  const hashes = tenant === undefined ? await mostAccounts(pool) : 1;
  const opened = await hashing.run(source.key, async () => {
    const found: SignInRow[] = [];
    for (let i = 0; i < hashes; i++) {
      const account = accounts[i];
      if ((await isPassword(account?.passwordHash ?? null, password)) && account) found.push(account);
    }
    return found;
  });
  const [member] = opened;
  if (!member) throw new WrongCredentials('email or password');
  await forgetTries(pool, subject, source.key);
  if (opened.length > 1) throw new ChooseTenant(opened.map((account) => account.tenant));
  if (!member.hasSecondFactor) return openFor(pool, member.memberId, trier.device);
  const token = newToken();
  const seconds = await openSession(pool, {
    hash: hashToken(token),
    memberId: member.memberId,
    isHalf: true,
  });
  return { token, seconds, device: null };
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
  trier: Trier,
): Promise<Opened> {
  const member = await findById(pool, half.memberId);
  if (!member) throw new WrongCredentials('code');
  await checkSecondFactor(pool, member, code, now(), trier);
  await closeSession(pool, half.hash);
  return openFor(pool, member.memberId, trier.device);
}

/**
 * Checks a code of a member, and uses it up. Tries are counted from everywhere together: a code is short, and whoever gets to try one
 * knows the password. Throws `WrongCredentials`, `Locked`.
 */
export async function checkSecondFactor(
  pool: pg.Pool,
  member: SignInRow,
  code: string,
  nowMs: number,
  trier: Trier,
): Promise<void> {
  const subject = `code ${member.memberId}`;
  const { isDevice, key } = await sourceOf(pool, member.email, trier);
  const source = { key: isDevice ? key : ANYWHERE };
  await mayTry(pool, subject, source, ONE_SOURCE);
  const step = member.totpSecret === null ? null : stepOfCode(member.totpSecret, code, nowMs);
  const isRight =
    step === null
      ? await useRecoveryCode(pool, member.memberId, hashRecoveryCode(code))
      : await useStep(pool, member.memberId, step);
  if (!isRight) throw new WrongCredentials('code');
  await forgetTries(pool, subject, source.key);
}

/** Checks the password of somebody who is signed in. Throws `WrongCredentials`, `Locked`, `TooManyTries`. */
export async function checkPassword(
  { pool, hashing }: Pick<SignInParts, 'pool' | 'hashing'>,
  member: SignInRow,
  password: string,
): Promise<void> {
  const subject = `password ${member.memberId}`;
  await mayTry(pool, subject, { key: ANYWHERE }, ONE_SOURCE);
  const isRight = await hashing.run(subject, () => isPassword(member.passwordHash, password));
  if (!isRight) throw new WrongCredentials('password');
  await forgetTries(pool, subject, ANYWHERE);
}

async function sourceOf(
  pool: pg.Pool,
  email: string,
  { network, device }: Trier,
): Promise<{ key: string; isDevice: boolean }> {
  const hash = device === null ? null : hashToken(device);
  const isDevice = hash !== null && (await isKnownDevice(pool, email, hash));
  return { key: isDevice ? `device ${hash.toString('hex')}` : `network ${network}`, isDevice };
}

async function mayTry(pool: pg.Pool, subject: string, source: { key: string }, rule: TryRule): Promise<void> {
  const seconds = await countTry(pool, subject, source.key, rule);
  if (seconds > 0) throw new Locked(seconds);
}
