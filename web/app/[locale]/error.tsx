'use client';

import { ErrorPage } from '@/components/shell/error-page';

export default ErrorPage;
