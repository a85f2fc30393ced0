/**
 * How a conversion is shared among the clicks that led to it. `last_click` is what is stored and billed; a report may choose another one.
 * `position_based` gives 40 % to the first click, 40 % to the last, and 20 % to those between them.
 */
export const ATTRIBUTION_MODELS = [
  'first_click',
  'last_click',
  'linear',
  'position_based',
  'time_decay',
] as const;
export type AttributionModel = (typeof ATTRIBUTION_MODELS)[number];
