'use client';

import type { ComponentProps, ReactNode } from 'react';
import { useLabels } from '@/client/labels';
import { useMe } from '@/client/me';
import { ROLES } from '@/client/types';
import { Select } from '@/components/ui/field';

/** Roles up to one's own: nobody gives more than they have. */
export function RoleSelect(props: ComponentProps<'select'>): ReactNode {
  const labels = useLabels();
  const { data: me } = useMe();
  const most = ROLES.indexOf(me?.role ?? 'viewer');
  return (
    <Select {...props}>
      {ROLES.filter((_, index) => index <= most).map((role) => (
        <option key={role} value={role}>
          {labels.value(role)}
        </option>
      ))}
    </Select>
  );
}
