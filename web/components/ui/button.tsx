import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn';

export const buttonStyle = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-lg font-medium transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      tone: {
        primary: 'bg-accent text-accent-ink hover:bg-accent-strong',
        plain:
          'border border-line bg-surface text-ink shadow-[0_1px_1px_rgb(0_0_0/4%)] hover:border-edge/60 hover:bg-sunken dark:bg-raised',
        ghost: 'text-soft hover:bg-ink/6 hover:text-ink',
        danger: 'bg-bad text-white hover:opacity-90 dark:text-[#2b0c09]',
        link: 'text-accent underline-offset-4 hover:underline',
      },
      size: {
        normal: 'h-9 px-3.5 text-sm',
        small: 'h-8 px-2.5 text-[0.8125rem]',
        large: 'h-11 px-5 text-[0.9375rem]',
        icon: 'size-9',
        inline: 'h-auto p-0 text-[length:inherit]',
      },
    },
    defaultVariants: { tone: 'plain', size: 'normal' },
  },
);

export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof buttonStyle> {
  /** Styles the child (a link) instead of a button. */
  readonly asChild?: boolean;
  /** Shows that work is under way and takes no second click. */
  readonly busy?: boolean;
}

export function Button({
  tone,
  size,
  asChild,
  busy,
  className,
  children,
  disabled,
  type,
  ...props
}: ButtonProps): ReactNode {
  const classes = cn(buttonStyle({ tone, size }), className);
  if (asChild)
    return (
      <Slot.Root className={classes} {...props}>
        {children}
      </Slot.Root>
    );
  return (
    <button
      type={type ?? 'button'}
      className={classes}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...props}
    >
      {busy ? <LoaderCircle className="animate-spin" aria-hidden /> : null}
      {children}
    </button>
  );
}

/** A button that is only an icon; its name is read aloud and shown on hover. */
export function IconButton({
  label,
  children,
  ...props
}: Omit<ButtonProps, 'size'> & { readonly label: string }): ReactNode {
  return (
    <Button tone="ghost" size="icon" aria-label={label} title={label} {...props}>
      {children}
    </Button>
  );
}
