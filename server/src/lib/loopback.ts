const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether only this machine reaches a server that listens on `host`. */
export const isLoopback = (host: string): boolean => LOOPBACK.has(host);
