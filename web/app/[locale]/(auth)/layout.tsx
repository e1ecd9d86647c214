import { getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { LanguageSwitch } from '@/components/auth/language-switch';
import { Brand } from '@/components/shell/brand';

/** Two halves: the form, and what it opens. Phones show the form alone. */
export default async function AuthLayout({
  children,
  params,
}: PageProps & { readonly children: ReactNode }): Promise<ReactNode> {
  const locale = await pageLocale({ params });
  const app = await getTranslations({ locale, namespace: 'app' });
  const t = await getTranslations({ locale, namespace: 'auth' });
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.05fr)]">
      <div className="flex flex-col px-6 py-6 sm:px-10">
        <header className="flex items-center justify-between gap-4">
          <Brand name={app('name')} />
          <LanguageSwitch />
        </header>
        <main className="m-auto w-full max-w-sm py-10">{children}</main>
      </div>
      <aside className="relative hidden overflow-hidden bg-[#0b2b27] p-12 text-[#eaf5f2] lg:flex lg:flex-col lg:justify-end">
        <Curve />
        <div className="relative max-w-lg">
          <p className="text-balance font-semibold text-[2.125rem] leading-[1.15] tracking-[-0.028em]">
            {t('promise')}
          </p>
          <p className="mt-4 max-w-md text-pretty text-[#b9d4cd]">{t('promiseText')}</p>
        </div>
      </aside>
    </div>
  );
}

/** A quiet line that rises; decoration only. */
const Curve = (): ReactNode => (
  <svg
    viewBox="0 0 600 420"
    preserveAspectRatio="none"
    aria-hidden
    className="absolute inset-x-0 top-0 h-[68%] w-full rtl:-scale-x-100"
  >
    <defs>
      <linearGradient id="curve" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor="#5cc7b5" stopOpacity="0.32" />
        <stop offset="1" stopColor="#5cc7b5" stopOpacity="0" />
      </linearGradient>
    </defs>
    {[84, 168, 252, 336].map((y) => (
      <line key={y} x1="0" x2="600" y1={y} y2={y} stroke="#fff" strokeOpacity="0.06" />
    ))}
    <path
      d="M0 330C60 318 84 268 140 276s76 42 128 10 62-104 118-104 70 52 118 20 60-92 96-112V420H0Z"
      fill="url(#curve)"
    />
    <path
      d="M0 330C60 318 84 268 140 276s76 42 128 10 62-104 118-104 70 52 118 20 60-92 96-112"
      fill="none"
      stroke="#5cc7b5"
      strokeWidth="2.5"
      vectorEffect="non-scaling-stroke"
    />
  </svg>
);
