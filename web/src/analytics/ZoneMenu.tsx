import { datesOf } from '../lib/dates.js';
import { browserZone } from '../lib/zone.js';
import { serverNow } from '../state/now.js';
import { useChangeView, useView } from '../state/view.js';

/** The zones of the browser's own list; its own one and UTC first. */
const zones = [...new Set([browserZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])];

/** The time zone in which days begin and times are written. */
export function ZoneMenu() {
  const { zone } = useView();
  const changeView = useChangeView();
  return (
    <select
      className="control max-w-36"
      aria-label="Time zone"
      title={`Days begin and times are written in ${zone} (${datesOf(zone).zoneName(serverNow())})`}
      data-testid="zone"
      value={zone}
      onChange={({ target }) => changeView({ zone: target.value })}
    >
      {(zones.includes(zone) ? zones : [zone, ...zones]).map((name) => (
        <option key={name} value={name}>
          {name.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  );
}
