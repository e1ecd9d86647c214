import { EyeOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';

/** Beside the name of a column that says something of people. */
export function PersonalMark(): ReactNode {
  const t = useTranslations('quality');
  return (
    <span title={t('personalHint')} data-testid="personal-mark">
      <EyeOff className="size-3.5 text-warn" role="img" aria-label={t('personalHint')} />
    </span>
  );
}
