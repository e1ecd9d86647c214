'use client';

import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn';

export const Menu = DropdownMenu.Root;
export const MenuTrigger = DropdownMenu.Trigger;
export const MenuRadioGroup = DropdownMenu.RadioGroup;

const item =
  'flex w-full cursor-default select-none items-center gap-2.5 rounded-md px-2.5 py-2 text-sm outline-none data-highlighted:bg-ink/6 data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:text-faint';

export function MenuContent({ className, ...props }: ComponentProps<typeof DropdownMenu.Content>): ReactNode {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        sideOffset={6}
        collisionPadding={8}
        className={cn(
          'z-50 min-w-48 animate-arrive rounded-xl border bg-raised p-1.5 shadow-raised',
          className,
        )}
        {...props}
      />
    </DropdownMenu.Portal>
  );
}

export function MenuItem({
  className,
  danger,
  ...props
}: ComponentProps<typeof DropdownMenu.Item> & { readonly danger?: boolean }): ReactNode {
  return (
    <DropdownMenu.Item
      className={cn(item, danger && 'text-bad data-highlighted:bg-bad-tint [&_svg]:text-bad', className)}
      {...props}
    />
  );
}

export function MenuRadioItem({
  children,
  ...props
}: ComponentProps<typeof DropdownMenu.RadioItem>): ReactNode {
  return (
    <DropdownMenu.RadioItem className={cn(item, 'justify-between')} {...props}>
      {children}
      <DropdownMenu.ItemIndicator>
        <Check aria-hidden />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  );
}

export const MenuLabel = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <DropdownMenu.Label className="px-2.5 pt-1.5 pb-1 font-medium text-faint text-xs">
    {children}
  </DropdownMenu.Label>
);

export const MenuSeparator = (): ReactNode => <DropdownMenu.Separator className="mx-1 my-1.5 h-px bg-line" />;
