const DAY_MS = 86_400_000;

/** Why a conversion is attributed to no click. */
export type UnattributedReason =
  | 'unknown_click'
  | 'outside_window'
  | 'other_account'
  | 'no_click_of_user'
  | 'click_flagged'
  | 'already_converted';

/** A click that may have led to a conversion, as far as is known of it. */
export interface Candidate {
  clickId: string;
  /** How the conversion names it: by its ID, or by its user. */
  matchedBy: 'click_id' | 'user_id';
  clickedAtMs: number;
  receivedAtMs: number;
  /** Its latest verdict. */
  isFraudulent: boolean;
}

/** What is asked: a conversion, as it stands, and the rules of its action. */
export interface Question {
  convertedAtMs: number;
  /** The click that it names; null: none. */
  clickId: string | null;
  userId: string | null;
  /** For so long before the conversion a click counts: one that it names, and one of its user. */
  clickWindowDays: number;
  userWindowDays: number;
  /** Clicks that come in later are no longer looked at. */
  giveUpAtMs: number;
  nowMs: number;
  /** The click that it names is another account's. */
  isOtherAccounts: boolean;
  /** Whether a click has a conversion already, under an action that counts one for each click; of valid clicks, and of all of them. */
  isTaken: (clickId: string, view: 'valid' | 'all') => boolean;
}

export interface Decision<C extends Candidate = Candidate> {
  status: 'attributed' | 'waiting' | 'unattributed';
  /** Empty when it is attributed. */
  reason: UnattributedReason | '';
  /** The last valid click. */
  click: C | null;
  /** The last click, whatever its verdict. */
  anyClick: C | null;
}

/**
 * To which click a conversion belongs. The click that it names comes first, then the last one of its user, each within the window of the
 * action; a click after the conversion never counts. Of two clicks in the same millisecond the one with the greater ID is the later one.
 *
 * The order of the candidates does not matter, and clicks that can not count may be among them.
 */
export function decide<C extends Candidate>(question: Question, candidates: readonly C[]): Decision<C> {
  const inTime = candidates.filter(({ receivedAtMs }) => receivedAtMs <= question.giveUpAtMs);
  const inWindow = inTime.filter((click) => isInWindow(question, click)).sort(laterFirst);
  const valid = inWindow.filter(({ isFraudulent }) => !isFraudulent);
  const [last] = valid;
  const [lastOfAll] = inWindow;
  const isLastTaken = last !== undefined && question.isTaken(last.clickId, 'valid');
  const click = last && !isLastTaken ? last : null;
  const anyClick = lastOfAll && !question.isTaken(lastOfAll.clickId, 'all') ? lastOfAll : null;
  if (click) return { status: 'attributed', reason: '', click, anyClick };
  const reason = isLastTaken ? 'already_converted' : lastOfAll ? 'click_flagged' : whyNone(question, inTime);
  const mayCome = reason === 'unknown_click' || reason === 'no_click_of_user';
  const status = mayCome && question.nowMs < question.giveUpAtMs ? 'waiting' : 'unattributed';
  return { status, reason, click: null, anyClick };
}

function isInWindow(
  { convertedAtMs, clickWindowDays, userWindowDays }: Question,
  { clickedAtMs, matchedBy }: Candidate,
): boolean {
  const windowMs = (matchedBy === 'click_id' ? clickWindowDays : userWindowDays) * DAY_MS;
  return clickedAtMs <= convertedAtMs && clickedAtMs >= convertedAtMs - windowMs;
}

/** The click that the conversion names, then those of its user, the last one first. */
function laterFirst(a: Candidate, b: Candidate): number {
  if (a.matchedBy !== b.matchedBy) return a.matchedBy === 'click_id' ? -1 : 1;
  if (a.clickedAtMs !== b.clickedAtMs) return b.clickedAtMs - a.clickedAtMs;
  return a.clickId < b.clickId ? 1 : -1;
}

function whyNone(
  { clickId, isOtherAccounts }: Question,
  candidates: readonly Candidate[],
): UnattributedReason {
  if (clickId === null) return 'no_click_of_user';
  if (candidates.some(({ matchedBy }) => matchedBy === 'click_id')) return 'outside_window';
  return isOtherAccounts ? 'other_account' : 'unknown_click';
}
