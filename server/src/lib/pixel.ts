/** One transparent pixel, for pages: a GIF89a of 43 bytes, which every browser takes. */
export const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');
