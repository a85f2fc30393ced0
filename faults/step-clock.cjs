// Preloaded into a server under test (node -r): its wall clock is ahead by the milliseconds that the file of
// FAULTS_CLOCK_FILE holds, and follows when they change. Covered: `Date`. Not covered: the monotonic clock and timers, as with a real
// step; and the clocks of the stores, which are processes of their own.
const { readFileSync } = require('node:fs');

const RealDate = Date;
const file = process.env.FAULTS_CLOCK_FILE;
const LOOK_EVERY_MS = 20;
let aheadMs = 0;

function look() {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    aheadMs = 0;
  }
}
look();
setInterval(look, LOOK_EVERY_MS).unref();

class SteppedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + aheadMs);
    else super(...args);
  }
  static now() {
    return RealDate.now() + aheadMs;
  }
}
globalThis.Date = SteppedDate;
