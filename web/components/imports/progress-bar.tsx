import { Progress } from 'radix-ui';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  /** 0 to 1; undefined while it is not known. */
  readonly share: number | undefined;
}

export function ProgressBar({ label, share }: Props): ReactNode {
  const percent = share === undefined ? undefined : Math.round(Math.min(Math.max(share, 0), 1) * 100);
  return (
    <div className="grid gap-1.5">
      <p className="flex justify-between gap-4 text-[0.8125rem]">
        <span>{label}</span>
        {percent === undefined ? null : (
          <span className="text-faint tabular-nums" dir="ltr">
            {percent}%
          </span>
        )}
      </p>
      <Progress.Root
        value={percent ?? null}
        aria-label={label}
        data-testid="progress"
        className="h-2 overflow-hidden rounded-full bg-ink/8"
      >
        <Progress.Indicator
          className={
            percent === undefined
              ? 'block h-full w-1/3 animate-pulse rounded-full bg-accent'
              : 'block h-full rounded-full bg-accent transition-[width] duration-300'
          }
          style={percent === undefined ? undefined : { width: `${percent}%` }}
        />
      </Progress.Root>
    </div>
  );
}
