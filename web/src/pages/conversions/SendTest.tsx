import type { ClickReply, ConversionReply } from '@clickledger/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { call } from '../../api/http.js';
import { useSwitchTestData } from '../../api/test-data.js';
import { useCurrency } from '../../state/currency.js';
import { useTestData } from '../../state/test-data.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { useConversionActions } from './action-queries.js';

/** The campaign of test data that the click of a test conversion is of. */
const CLICK = { ad_id: 'demo-ad', campaign_id: 'demo-conversions', advertiser_id: 'demo' } as const;

interface Draft {
  action: string;
  value: string;
  currency: string;
  orderId: string;
}

/** Sends a click and its conversion as test data: both go the whole way, and change no live figure. */
export function SendTest({ onOpen }: { onOpen: (conversionId: string) => void }) {
  const { currency } = useCurrency();
  const actions = useConversionActions().data?.data ?? [];
  const isTestShown = useTestData((state) => state.isOn);
  const switchTo = useSwitchTestData();
  const listId = useId();
  const [draft, setDraft] = useState<Draft>({ action: 'sale', value: '10.00', currency, orderId: '' });
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const send = useMutation({
    mutationFn: async ({ action, value, currency: unit, orderId }: Draft) => {
      // Nobody prefetches here, so that neither reply is empty.
      const click = (await call('POST /api/v1/clicks', { body: CLICK, data: 'test' })) as ClickReply;
      const reply = await call('POST /api/v1/conversions', {
        data: 'test',
        body: {
          action,
          click_id: click.click_id,
          ...(value.trim() && { value: value.trim(), currency: unit }),
          ...(orderId.trim() && { order_id: orderId.trim() }),
        },
      });
      return reply as ConversionReply;
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(draft);
  };
  const sent = send.data;
  const view = () => {
    if (!sent) return;
    if (!isTestShown) switchTo(true);
    onOpen(sent.conversion_id);
  };
  return (
    <form className="space-y-4 text-sm" onSubmit={submit} data-testid="send-test-form">
      <p>
        Sends a test click and a conversion of it. Both are test data: live figures and bills don’t change.
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        <div>
          <Field
            label="Action"
            required
            list={listId}
            value={draft.action}
            onChange={({ target }) => change({ action: target.value })}
          />
          <datalist id={listId}>
            {actions.map(({ action }) => (
              <option key={action} value={action} />
            ))}
          </datalist>
        </div>
        <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-2">
          <Field
            label="Value"
            inputMode="decimal"
            value={draft.value}
            onChange={({ target }) => change({ value: target.value })}
          />
          <Field
            label="Currency"
            maxLength={3}
            value={draft.currency}
            onChange={({ target }) => change({ currency: target.value.toUpperCase() })}
          />
        </div>
        <Field
          label="Order ID"
          hint="Send the same one twice to see a duplicate."
          value={draft.orderId}
          onChange={({ target }) => change({ orderId: target.value })}
        />
      </div>
      <FormError error={send.error} />
      {sent && (
        <p role="status" data-testid="test-sent" className={sent.is_duplicate ? 'text-warn' : 'text-good'}>
          {sent.is_duplicate
            ? 'Duplicate: this order was recorded before and isn’t counted again.'
            : 'Recorded. It is attributed within seconds.'}
        </p>
      )}
      <div className="flex justify-end gap-2">
        {sent && (
          <Button data-testid="view-test-conversion" onClick={view}>
            View conversion
          </Button>
        )}
        <Button type="submit" kind="primary" data-testid="send-test" disabled={send.isPending}>
          {sent ? 'Send another' : 'Send test conversion'}
        </Button>
      </div>
    </form>
  );
}
