/** Kinds of devices. In a file without a schema, so that the dashboard can check an address without loading zod. */
export const DEVICE_TYPES = ['mobile', 'desktop', 'tablet'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];
