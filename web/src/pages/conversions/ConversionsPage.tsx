import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useMay } from '../../app/may.js';
import { useChangeSearch, useSearchText } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Segmented } from '../../ui/Segmented.js';
import { Actions } from './Actions.js';
import { AttributionReport } from './AttributionReport.js';
import { ConversionDialog } from './ConversionDialog.js';
import { ConversionList } from './ConversionList.js';
import { Postbacks } from './Postbacks.js';
import { SendTest } from './SendTest.js';
import { TimeToConvert } from './TimeToConvert.js';

const TABS = [
  { value: 'list', label: 'Conversions' },
  { value: 'models', label: 'Attribution' },
  { value: 'actions', label: 'Actions' },
  { value: 'postbacks', label: 'Postbacks' },
] as const;

/** Every conversion and why it counts or not; what conversions mean; and how they come in. */
export function ConversionsPage() {
  const wanted = useSearchText('tab');
  const tab = TABS.find(({ value }) => value === wanted)?.value ?? 'list';
  const opened = useSearchText('conversion');
  const action = useSearchText('action') ?? '';
  const change = useChangeSearch();
  const [isTesting, setTesting] = useState(false);
  const maySend = useMay('POST /api/v1/conversions');
  const may = {
    list: true,
    models: useMay('GET /api/v1/analytics/attribution'),
    actions: useMay('GET /api/v1/conversion-actions'),
    postbacks: useMay('GET /api/v1/postbacks'),
  };
  const mayOpen = useMay('GET /api/v1/conversions/:conversion_id');
  return (
    <>
      <PageHeader title="Conversions">
        {maySend && (
          <Button data-testid="test-conversion" onClick={() => setTesting(true)}>
            <FlaskConical aria-hidden="true" />
            Send test conversion
          </Button>
        )}
        {(tab === 'list' || tab === 'models') && <Toolbar rangeOnly />}
      </PageHeader>
      <Segmented
        label="Part of the page"
        className="mb-4"
        value={tab}
        options={TABS.filter(({ value }) => may[value])}
        onChange={(value) => change({ tab: value === 'list' ? undefined : value })}
      />
      {tab === 'models' && <AttributionReport />}
      {tab === 'actions' && <Actions />}
      {tab === 'postbacks' && <Postbacks onOpen={(conversion) => void change({ conversion })} />}
      {tab === 'list' && (
        <>
          <ConversionList onOpen={mayOpen ? (conversion) => void change({ conversion }) : null} />
          <TimeToConvert action={action} />
        </>
      )}
      <ConversionDialog id={opened} onClose={() => void change({ conversion: undefined })} />
      <Dialog
        title="Send test conversion"
        open={isTesting}
        onClose={() => setTesting(false)}
        testId="send-test-dialog"
      >
        <SendTest
          onOpen={(conversion) => {
            setTesting(false);
            void change({ conversion });
          }}
        />
      </Dialog>
    </>
  );
}
