import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTestData } from '../state/test-data.js';
import { call } from './http.js';

/** Everything but who is signed in is asked again. */
const useAskAgain = () => {
  const client = useQueryClient();
  return () => void client.resetQueries({ predicate: ({ queryKey: [name] }) => name !== 'me' });
};

/** Shows test data, or live data. What was read of the other is forgotten. */
export function useSwitchTestData(): (isOn: boolean) => void {
  const set = useTestData((state) => state.set);
  const askAgain = useAskAgain();
  return (isOn) => {
    set(isOn);
    askAgain();
  };
}

/** Deletes the organization's test data. */
export function useDeleteTestData() {
  const askAgain = useAskAgain();
  return useMutation({
    mutationFn: () => call('DELETE /api/v1/test-data'),
    onSuccess: askAgain,
  });
}
