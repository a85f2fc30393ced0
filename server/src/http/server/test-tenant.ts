import { startTestData } from '../../accounts/test-data.js';
import type { Services } from './services.js';

/** The tenant that holds a tenant's test data, made when it is first asked for. */
export async function testTenantOf(services: Services, tenantId: number): Promise<number> {
  const known = services.access.testTenantOf(tenantId);
  if (known !== null) return known;
  await startTestData(services.operatorPool, tenantId);
  const made = await putInForce(services, tenantId);
  if (made === null) throw new Error(`tenant ${tenantId} has no test data`);
  return made;
}

/**
 * Has this node know the tenant that holds a tenant's test data now, and judge its first click by the organization's rules.
 *
 * @returns null: there is none
 */
export async function putInForce(
  { access, rulesInForce, signals }: Services,
  tenantId: number,
): Promise<number | null> {
  await Promise.all([access.refresh(), signals?.refresh()]);
  const testTenantId = access.testTenantOf(tenantId);
  if (testTenantId !== null) await rulesInForce?.refresh(testTenantId);
  return testTenantId;
}
