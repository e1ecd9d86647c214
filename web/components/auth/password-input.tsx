'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { cn } from '@/components/ui/cn';
import { Input } from '@/components/ui/field';

/** A password that can be looked at. */
export function PasswordInput(props: ComponentProps<'input'>): ReactNode {
  const t = useTranslations('auth');
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <span className="relative block">
      <Input {...props} type={shown ? 'text' : 'password'} className={cn('pe-11', props.className)} />
      <button
        type="button"
        aria-label={t(shown ? 'hidePassword' : 'showPassword')}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute end-1 top-1/2 grid size-8 -translate-y-1/2 place-items-center rounded-md text-faint hover:text-ink"
      >
        <Icon className="size-4" aria-hidden />
      </button>
    </span>
  );
}
