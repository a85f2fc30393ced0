import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
// Natural Earth (public domain), at 1 : 110 million: the smallest countries are left out, and are in the list.
import atlas from 'world-atlas/countries-110m.json';

export const MAP_WIDTH = 640;
export const MAP_HEIGHT = 312;
/** ISO 3166-1 numeric code of Antarctica, where nobody clicks. */
const ANTARCTICA = '010';

export interface Country {
  /** ISO 3166-1 alpha-2; the name where there is none. */
  code: string;
  name: string;
  /** An SVG path in a box of `MAP_WIDTH` by `MAP_HEIGHT`. */
  path: string;
}

/** The alpha-2 code of a numeric one: `276` is `DE`. Unicode's locale data, which every browser has, knows it. */
export function alpha2(numeric: string | undefined): string | null {
  if (!numeric) return null;
  const code = Intl.getCanonicalLocales(`und-${numeric.padStart(3, '0')}`)[0]?.slice(4);
  return code && /^[A-Z]{2}$/.test(code) ? code : null;
}

/** The countries of the world, drawn once. */
export function drawWorld(): Country[] {
  const topology = atlas as unknown as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  const { features } = feature(topology, topology.objects.countries);
  const shown = features.filter(({ id }) => id !== ANTARCTICA);
  const projection = geoNaturalEarth1().fitExtent(
    [
      [2, 2],
      [MAP_WIDTH - 2, MAP_HEIGHT - 2],
    ],
    { type: 'FeatureCollection', features: shown },
  );
  const draw = geoPath(projection).digits(1);
  return shown.map((country) => {
    const { name } = country.properties;
    return { code: alpha2(country.id as string | undefined) ?? name, name, path: draw(country) ?? '' };
  });
}
