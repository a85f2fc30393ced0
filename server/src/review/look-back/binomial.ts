/** Lanczos' approximation (g = 7, n = 9), good to 15 digits for x > 0.5. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  const t = x - 1;
  const sum = LANCZOS.reduce((acc, c, i) => (i === 0 ? c : acc + c / (t + i)), 0);
  const base = t + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (t + 0.5) * Math.log(base) - base + Math.log(sum);
}

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Terms beyond the first are summed until they no longer matter. */
const TERM_SHARE_MIN = 1e-12;

/**
 * P(X >= k) of a binomial distribution: how likely `k` or more of `n` are by chance when each is with probability `p`.
 * Summed from `k` on; meant for k above n * p, where terms fall.
 */
export function binomialTail(n: number, k: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1 || k <= n * p) return 1;
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = term;
  for (let i = k; i < n && term > sum * TERM_SHARE_MIN; i++) {
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
    sum += term;
  }
  return Math.min(1, sum);
}
