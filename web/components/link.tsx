'use client';

import { type ComponentProps, type ReactNode, useState } from 'react';
import { Link as Base } from '@/i18n/navigation';

/**
 * A link that fetches its page when somebody is about to follow it. Next fetches every link on screen otherwise,
 * and a list of records has dozens of them.
 */
export function Link({ onPointerEnter, onFocus, ...props }: ComponentProps<typeof Base>): ReactNode {
  const [wanted, setWanted] = useState(false);
  return (
    <Base
      {...props}
      prefetch={wanted ? null : false}
      onPointerEnter={(event) => {
        setWanted(true);
        onPointerEnter?.(event);
      }}
      onFocus={(event) => {
        setWanted(true);
        onFocus?.(event);
      }}
    />
  );
}
