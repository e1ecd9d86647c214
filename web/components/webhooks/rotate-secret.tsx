'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useApi } from '@/client/context';
import { keys } from '@/client/records';
import { CopyValue } from '@/components/ui/copy';
import { Field, Input, Select } from '@/components/ui/field';
import { DoneDialog, FormDialog } from '@/components/ui/form-dialog';
import { useApiForm } from '@/components/use-api-form';

interface Props {
  /** The endpoint that rotates, and the collection of its records. */
  readonly path: string;
  readonly collection: string;
  readonly id: string;
  /** Whether the secret comes from the other side, so that it has to be entered. */
  readonly given?: boolean;
  readonly onClose: () => void;
}

const HOURS = [0, 1, 24, 72, 168];

/** Gives an endpoint a new secret; the old one counts for a while longer. */
export function RotateSecret({ path, collection, id, given, onClose }: Props): ReactNode {
  const t = useTranslations('secrets');
  const required = useTranslations('forms')('required');
  const api = useApi();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const draft = useApiForm({ overlapHours: '24', secret: '' });
  const rotate = async (values: { overlapHours: string; secret: string }): Promise<void> => {
    const answer = await api.post<{ secret: string }>(path, {
      id,
      overlapHours: Number(values.overlapHours),
      ...(given ? { secret: values.secret } : {}),
    });
    await client.invalidateQueries({ queryKey: keys.one(collection, id) });
    if (given) onClose();
    else setSecret(answer.secret);
  };
  if (secret)
    return (
      <DoneDialog onClose={onClose} title={t('new')} description={t('onceOnly')}>
        <CopyValue value={secret} label={t('secret')} testId="new-secret" />
      </DoneDialog>
    );
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={rotate}
      submitLabel={t('rotate')}
      title={t('rotate')}
      description={t('rotateText')}
    >
      {given ? (
        <Field label={t('secret')} hint={t('givenHint')} error={draft.errorOf('secret')}>
          {(control) => (
            <Input
              {...control}
              type="password"
              dir="ltr"
              autoComplete="off"
              {...draft.form.register('secret', { required })}
            />
          )}
        </Field>
      ) : null}
      <Field label={t('overlap')}>
        {(control) => (
          <Select {...control} {...draft.form.register('overlapHours')}>
            {HOURS.map((hours) => (
              <option key={hours} value={hours}>
                {t('overlapHours', { hours })}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
