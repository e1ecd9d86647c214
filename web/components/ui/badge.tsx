import { cva, type VariantProps } from 'class-variance-authority';
import type { ReactNode } from 'react';

const style = cva(
  'inline-flex max-w-full items-center gap-1.5 truncate rounded-full px-2 py-0.5 font-medium text-xs',
  {
    variants: {
      tone: {
        neutral: 'bg-ink/7 text-soft',
        accent: 'bg-accent-tint text-accent-strong',
        good: 'bg-good-tint text-good',
        warn: 'bg-warn-tint text-warn',
        bad: 'bg-bad-tint text-bad',
        info: 'bg-info-tint text-info',
      },
    },
    defaultVariants: { tone: 'neutral' },
  },
);

export type Tone = NonNullable<VariantProps<typeof style>['tone']>;

export const Badge = ({
  tone,
  children,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
}): ReactNode => <span className={style({ tone })}>{children}</span>;
