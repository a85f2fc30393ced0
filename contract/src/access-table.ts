import type { RouteRule } from './access-rules.js';
import type { HiddenRoute, RouteDeclaration } from './route.js';
import { type Action, ROUTES, type Routes } from './routes/routes.js';

type AdvertiserOf<R> = R extends { advertiser: infer View } ? View : null;

const ruleFrom = (route: RouteDeclaration | HiddenRoute): RouteRule => ({
  access: route.access,
  advertiser: ('advertiser' in route && route.advertiser) || null,
});

/**
 * Who may use which route, by the declarations of the routes. The server refuses to start with a route that is not in here, and the
 * dashboard offers no page and no control whose route its user may not use: it has this table as plain values (see its vite.config.ts).
 */
export const ACCESS_TABLE = Object.fromEntries(
  Object.entries(ROUTES).map(([action, route]) => [action, ruleFrom(route)]),
) as { readonly [A in Action]: { access: Routes[A]['access']; advertiser: AdvertiserOf<Routes[A]> } };

/** The rule of a route; null when there is none. HEAD is GET without the body. */
export function ruleOf(method: string, path: string): RouteRule | null {
  const action = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return Object.hasOwn(ACCESS_TABLE, action) ? ACCESS_TABLE[action as Action] : null;
}
