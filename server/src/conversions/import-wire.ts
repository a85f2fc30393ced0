import { LIMITS } from '@clickledger/contract';
import { z } from 'zod';

/** A batch of the import command. Its conversions are read one by one, as everywhere. */
export const ConversionImport = z.object({
  tenantId: z.int().positive(),
  /** For the audit log. */
  file: z.string().min(1).max(LIMITS.idLengthMax),
  conversions: z.array(z.unknown()).min(1).max(LIMITS.batchConversionsMax),
});
export type ConversionImport = z.infer<typeof ConversionImport>;

/** What became of each, in order; what is wrong is said for people. */
export type ConversionResult = { isDuplicate: boolean } | { error: string };
export interface ConversionImportReply {
  results: ConversionResult[];
}
