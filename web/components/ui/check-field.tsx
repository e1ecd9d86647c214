import type { ComponentProps, ReactNode } from 'react';

interface Props extends ComponentProps<'input'> {
  readonly label: string;
  readonly hint?: string;
}

/** A box to tick, with its words beside it. */
export const CheckField = ({ label, hint, ...input }: Props): ReactNode => (
  <label className="flex items-start gap-2.5 text-sm">
    <input type="checkbox" className="mt-0.5 size-4 accent-(--accent)" {...input} />
    <span>
      {label}
      {hint ? <span className="block text-faint text-xs">{hint}</span> : null}
    </span>
  </label>
);
