'use client';

import { Play } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { useApi } from '@/client/context';
import { ENDPOINTS_PATH } from '@/client/webhooks';
import { Button } from '@/components/ui/button';
import { Field, Textarea } from '@/components/ui/field';
import { ProblemNotice } from '@/components/ui/problem-notice';
import type { EndpointValues } from './endpoint-fields';

/** Writes a mapping and tries it on a sample; nothing is stored. */
export function MappingConsole(): ReactNode {
  const t = useTranslations('webhooks');
  const forms = useTranslations('forms');
  const api = useApi();
  const { register, getValues, setError, getFieldState, formState } = useFormContext<EndpointValues>();
  const [result, setResult] = useState<string>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const attempt = async (): Promise<void> => {
    setProblem(undefined);
    setResult(undefined);
    let sample: unknown;
    try {
      sample = JSON.parse(getValues('sample'));
    } catch (error) {
      setError('sample', { message: t('notJson', { reason: error instanceof Error ? error.message : '' }) });
      return;
    }
    setBusy(true);
    try {
      const answer = await api.post<{ result: unknown }>(`${ENDPOINTS_PATH}/try`, {
        mapping: getValues('mapping'),
        sample,
      });
      setResult(JSON.stringify(answer.result, null, 2));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const code = 'min-h-48 font-mono !text-[0.8125rem] leading-relaxed';
  return (
    <fieldset className="grid gap-3 rounded-xl bg-sunken p-4" data-testid="mapping-console">
      <legend className="sr-only">{t('console')}</legend>
      <div className="grid gap-4 md:grid-cols-2">
        <Field
          label={t('mapping')}
          hint={t('mappingHint')}
          error={getFieldState('mapping', formState).error?.message}
        >
          {(control) => (
            <Textarea
              {...control}
              dir="ltr"
              spellCheck={false}
              className={code}
              {...register('mapping', { required: forms('required') })}
            />
          )}
        </Field>
        <Field
          label={t('sample')}
          hint={t('sampleHint')}
          error={getFieldState('sample', formState).error?.message}
        >
          {(control) => (
            <Textarea
              {...control}
              dir="ltr"
              spellCheck={false}
              className={code}
              {...register('sample', { onChange: () => setResult(undefined) })}
            />
          )}
        </Field>
      </div>
      <div>
        <Button size="small" busy={busy} onClick={attempt} data-testid="try-mapping">
          <Play className="rtl:-scale-x-100" aria-hidden />
          {t('try')}
        </Button>
      </div>
      <div aria-live="polite">
        {problem ? <ProblemNotice error={problem} /> : null}
        {result ? (
          <>
            <p className="mb-1 font-medium text-[0.8125rem]">{t('result')}</p>
            <pre
              dir="ltr"
              data-testid="mapping-result"
              className="max-h-72 overflow-auto rounded-lg border bg-surface p-3 font-mono text-[0.8125rem]"
            >
              {result}
            </pre>
          </>
        ) : null}
      </div>
    </fieldset>
  );
}
