/**
 * How the server's process is started. Requests live for some milliseconds: with V8's default of 16 MB a semi-space many are
 * still alive when it is full, and are copied to the old generation, which then has to be collected.
 */
export const SERVER_NODE_ARGS = ['--max-semi-space-size=64'];
