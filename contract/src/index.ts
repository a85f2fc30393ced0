export * from './analytics.js';
export * from './api-markdown.js';
export * from './clicks.js';
export { COUNTRY_CODES } from './countries.js';
export * from './entities.js';
export * from './errors.js';
export * from './limits.js';
export * from './openapi.js';
export * from './operations.js';
