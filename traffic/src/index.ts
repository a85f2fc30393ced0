// Made-up traffic for the demo, the test clicks of the dashboard, the benches and the fault test: what is random in it, and who clicks.
// Each of them keeps what is its own: how fast it sends, over what, and what it expects. It runs in a browser, too.
export * from './audience.js';
export * from './chance.js';
export * from './random.js';
