'use client';

import { Play } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { useApi } from '@/client/context';
import { type DryRun, ENDPOINTS_PATH } from '@/client/webhooks';
import { Button } from '@/components/ui/button';
import { Field, Textarea } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { DryRunResult } from './dry-run-result';
import { type EndpointValues, endpointData, present } from './endpoint-values';

/** Writes a mapping and tries it on a sample: what would be verified, and what would be written. Nothing is. */
export function MappingConsole({ endpointId }: { readonly endpointId?: string }): ReactNode {
  const t = useTranslations('webhooks');
  const api = useApi();
  const { getValues, setError } = useFormContext<EndpointValues>();
  const [result, setResult] = useState<DryRun>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const clear = (): void => {
    setProblem(undefined);
    setResult(undefined);
  };
  const attempt = async (): Promise<void> => {
    clear();
    const values = getValues();
    try {
      JSON.parse(values.sample);
    } catch (error) {
      setError('sample', { message: t('notJson', { reason: error instanceof Error ? error.message : '' }) });
      return;
    }
    setBusy(true);
    const { name: _name, active: _active, ...draft } = present(endpointData(values));
    try {
      const answer = await api.post<DryRun>(`${ENDPOINTS_PATH}/test`, {
        ...(endpointId ? { id: endpointId, sign: true } : {}),
        draft,
        sample: { body: values.sample, headers: values.sampleHeaders },
      });
      setResult(answer);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <fieldset
      className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-xl bg-sunken p-4"
      data-testid="mapping-console"
    >
      <legend className="sr-only">{t('console')}</legend>
      <div className="grid gap-4 md:grid-cols-2">
        <CodeField name="mapping" label={t('mapping')} hint={t('mappingHint')} />
        <CodeField name="sample" label={t('sample')} hint={t('sampleHint')} onChange={clear} />
      </div>
      <div>
        <Button size="small" busy={busy} onClick={attempt} data-testid="try-mapping">
          <Play className="rtl:-scale-x-100" aria-hidden />
          {t('try')}
        </Button>
      </div>
      <div aria-live="polite">
        {problem ? <ProblemNotice error={problem} /> : null}
        {result ? <DryRunResult result={result} /> : null}
      </div>
    </fieldset>
  );
}

interface CodeFieldProps {
  readonly name: 'mapping' | 'sample';
  readonly label: string;
  readonly hint: string;
  readonly onChange?: () => void;
}

function CodeField({ name, label, hint, onChange }: CodeFieldProps): ReactNode {
  const required = useTranslations('forms')('required');
  const { register, getFieldState, formState } = useFormContext<EndpointValues>();
  return (
    <Field label={label} hint={hint} error={getFieldState(name, formState).error?.message}>
      {(control) => (
        <Textarea
          {...control}
          dir="ltr"
          spellCheck={false}
          className="min-h-48 font-mono !text-[0.8125rem] leading-relaxed"
          {...register(name, { required, onChange })}
        />
      )}
    </Field>
  );
}
