'use client';

import { useState } from 'react';
import {
  type DefaultValues,
  type FieldValues,
  type Path,
  type UseFormReturn,
  useForm,
} from 'react-hook-form';
import { isProblem } from '@/client/problem';

export interface ApiForm<T extends FieldValues> {
  readonly form: UseFormReturn<T>;
  /** An error that belongs to no field. */
  readonly problem: unknown;
  readonly busy: boolean;
  /** Validates, runs the work, and puts what the API refuses beside its fields. */
  readonly submit: (
    work: (values: T) => Promise<unknown>,
  ) => (event?: { preventDefault(): void }) => Promise<void>;
  readonly errorOf: (path: string) => string | undefined;
}

/** A form whose errors come from the browser first and from the API last. */
export function useApiForm<T extends FieldValues>(defaultValues: DefaultValues<T>): ApiForm<T> {
  const form = useForm<T>({
    defaultValues,
    // A message that appeared on leaving a field would move the button away from under the pointer.
    mode: 'onSubmit',
    reValidateMode: 'onChange',
  });
  const [problem, setProblem] = useState<unknown>();
  const refuse = (error: unknown): void => {
    const refused = isProblem(error)
      ? error.errors.filter(({ path }) => path !== '' && form.getValues(path as Path<T>) !== undefined)
      : [];
    for (const [index, { path, message }] of refused.entries())
      form.setError(path as Path<T>, { type: 'api', message }, { shouldFocus: index === 0 });
    if (refused.length === 0) setProblem(error);
  };
  return {
    form,
    problem,
    busy: form.formState.isSubmitting,
    submit: (work) => async (event) => {
      setProblem(undefined);
      await form.handleSubmit(async (values) => {
        try {
          await work(values);
        } catch (error) {
          refuse(error);
        }
      })(event as React.BaseSyntheticEvent | undefined);
    },
    errorOf: (path) => form.getFieldState(path as Path<T>, form.formState).error?.message,
  };
}
