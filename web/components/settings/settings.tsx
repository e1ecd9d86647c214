'use client';

import { useTranslations } from 'next-intl';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { useMe } from '@/client/me';
import { useTenant } from '@/client/tenant';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader, Skeleton } from '@/components/ui/surface';
import { TabList } from '@/components/ui/tab-list';
import { Appearance } from './appearance';
import { OrganisationForm } from './organisation-form';
import { PasswordForm } from './password-form';
import { ProfileForm } from './profile-form';

const TABS = ['profile', 'security', 'organisation', 'appearance'] as const;

/** One's own account, this device, and the organisation. */
export function Settings(): ReactNode {
  const t = useTranslations('settings');
  const me = useMe();
  const tenant = useTenant();
  return (
    <>
      <PageHeader title={t('title')} />
      <Tabs.Root defaultValue="profile" className="max-w-2xl">
        <TabList label={t('title')} tabs={TABS.map((name) => ({ name, label: t(`tabs.${name}`) }))} />
        <Section name="profile" title={t('profile')}>
          {me.data ? <ProfileForm user={me.data.user} /> : <Waiting error={me.error} />}
        </Section>
        <Section name="security" title={t('password')} hint={t('passwordText')}>
          <PasswordForm />
        </Section>
        <Section name="organisation" title={t('organisation')} hint={t('organisationText')}>
          {tenant.data ? <OrganisationForm tenant={tenant.data} /> : <Waiting error={tenant.error} />}
        </Section>
        <Section name="appearance" title={t('appearance')} hint={t('appearanceText')}>
          <Appearance />
        </Section>
      </Tabs.Root>
    </>
  );
}

interface SectionProps {
  readonly name: (typeof TABS)[number];
  readonly title: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

const Section = ({ name, title, hint, children }: SectionProps): ReactNode => (
  <Tabs.Content value={name} className="rounded-2xl" data-testid={`settings-${name}`}>
    <Card>
      <CardHeader title={title} hint={hint} />
      <div className="px-5 pt-1 pb-6 sm:px-6">{children}</div>
    </Card>
  </Tabs.Content>
);

const Waiting = ({ error }: { readonly error: unknown }): ReactNode =>
  error ? <ProblemNotice error={error} /> : <Skeleton className="h-32" />;
