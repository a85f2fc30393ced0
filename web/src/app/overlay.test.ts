import { expect, it } from 'vitest';
import { useOverlay } from './overlay.js';

it('a dialog that tells late that it was closed leaves the next one open', () => {
  const { show, hide } = useOverlay.getState();
  show('help');
  show('search');
  hide('help');
  expect(useOverlay.getState().shown).toBe('search');
  hide('search');
  expect(useOverlay.getState().shown).toBeNull();
});
