import type { NextRequest, NextResponse } from 'next/server';
import createMiddleware from 'next-intl/middleware';
import { routing } from './i18n/routing';

const pickLanguage = createMiddleware(routing);

/** Serves each page in the visitor's language: the cookie's, else the browser's. */
export default function proxy(request: NextRequest): NextResponse {
  const response = pickLanguage(request);
  response.headers.append('vary', 'cookie, accept-language');
  return response;
}

export const config = { matcher: '/((?!api|hooks|docs|metrics|_next|.*\\..*).*)' };
